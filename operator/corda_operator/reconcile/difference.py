"""Whether the world already is as wished, so that nothing has to be written. Pure.

A wished object says only what the operator decides; the API server adds defaults and other owners add fields. So the
wish is fulfilled if everything in it is in the live object.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from corda_operator.reconcile.desired import Manifest, Reference


def fulfilled(wish: Mapping[str, Any], live: Mapping[str, Any] | None) -> bool:
    """Tell whether a live object has everything that a wished one says."""
    return live is not None and unfulfilled(wish, live) is None


def first_unfulfilled(wishes: Iterable[Manifest], live: Mapping[Reference, Manifest]) -> Reference | None:
    """Return the first object that isn't as wished among the live ones, or None."""
    references = ((Reference.of(each), each) for each in wishes)
    return next(
        (reference for reference, each in references if unfulfilled(each, live.get(reference)) is not None),
        None,
    )


def unfulfilled(wish: Any, live: Any, path: str = "") -> str | None:
    """Return the path of the first field that isn't as wished, such as ``.spec.replicas``, or None."""
    # Most of what is compared, and by far the quickest to tell from the others.
    if isinstance(wish, (str, int)):
        return None if wish == live else path
    if isinstance(wish, Mapping):
        if not isinstance(live, Mapping):
            # Kubernetes leaves out maps that are empty.
            return None if not wish and live is None else path
        for key, value in wish.items():
            different = unfulfilled(value, live.get(key))
            if different is not None:
                return f"{path}.{key}{different}"
        return None
    if isinstance(wish, Sequence):
        if not isinstance(live, Sequence) or isinstance(live, str):
            return None if not wish and live is None else path
        if len(wish) != len(live):
            return path
        for index, value in enumerate(wish):
            different = unfulfilled(value, live[index])
            if different is not None:
                return f"{path}[{index}]{different}"
        return None
    return None if wish == live else path
