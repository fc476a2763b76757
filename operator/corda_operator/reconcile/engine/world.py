"""What the operator knows of the cluster: our resources and everything they own, as the watches tell it.

Reconciling reads from here, so that the cost of a look does not depend on how many resources there are. What the
operator itself has just written is put in as well, and the watch's echo of it is no news: an echo that woke its
resource again would double all work.

Objects are kept as compressed JSON, a tenth of what they take as Python objects; 500 nodes own 6,000.
"""

import json
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from corda_operator.api.consortium import Consortium
from corda_operator.api.corda_node import CordaNode
from corda_operator.reconcile.desired import Manifest, Reference
from corda_operator.reconcile.engine.keys import CONSORTIUM_KIND, NODE_KIND, Key, key_of, owners

_REMEMBERED_DELETIONS: Final = 10_000
"""An answer to a write may come after the news that the object was deleted, and must not bring it back."""


class _Stored:
    """An object: its version, whom it belongs to, and its packed JSON."""

    __slots__ = ("owners", "packed", "uid", "version")

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        metadata = manifest["metadata"]
        self.version = _number(metadata.get("resourceVersion", ""))
        self.uid: str = metadata.get("uid", "")
        self.owners = tuple(owners(manifest))
        # Who owns which field is the API server's business, and half of an object.
        bare = {**manifest, "metadata": {key: metadata[key] for key in metadata if key != "managedFields"}}
        self.packed = zlib.compress(json.dumps(bare, separators=(",", ":")).encode(), 1)

    def manifest(self) -> Manifest:
        result: Manifest = json.loads(zlib.decompress(self.packed))
        return result


class World:
    """Objects by reference, and by the resource that they belong to."""

    def __init__(self) -> None:
        self._objects: dict[Reference, _Stored] = {}
        self._owned: defaultdict[Key, set[Reference]] = defaultdict(set)
        self._gone: OrderedDict[Reference, int] = OrderedDict()
        self._nodes: dict[Key, CordaNode] = {}
        self._consortia: dict[Key, Consortium] = {}
        self._of_consortium: defaultdict[Key, set[Key]] = defaultdict(set)
        self._invalid: dict[Key, str] = {}

    def put(self, manifest: Mapping[str, Any]) -> bool:
        """Keep an object, and tell whether that is news; an older version than the known one is none.

        Versions of one object can be compared as numbers (kubernetes: KEP-5504).
        """
        reference = Reference.of(manifest)
        new, old = _Stored(manifest), self._objects.get(reference)
        if old is not None and new.version <= old.version:
            return False
        if new.version <= self._gone.get(reference, -1):
            return False
        self._forget(reference)
        self._objects[reference] = new
        for key in new.owners:
            self._owned[key].add(reference)
        if reference.kind in (NODE_KIND, CONSORTIUM_KIND):
            self._understand(key_of(manifest), manifest)
        return True

    def drop(self, reference: Reference, version: str = "") -> bool:
        """Forget an object that is gone, as of a resourceVersion, and tell whether that is news."""
        known = self._objects.get(reference)
        number = _number(version)
        if known is not None and known.version > number >= 0:
            return False
        self._gone[reference] = max(number, self._gone.get(reference, -1), -1 if known is None else known.version)
        self._gone.move_to_end(reference)
        while len(self._gone) > _REMEMBERED_DELETIONS:
            self._gone.popitem(last=False)
        return self._forget(reference)

    def get(self, reference: Reference) -> Manifest | None:
        """Return an object, without who manages its fields."""
        stored = self._objects.get(reference)
        return None if stored is None else stored.manifest()

    def uid(self, reference: Reference) -> str | None:
        """Return an object's UID."""
        stored = self._objects.get(reference)
        return None if stored is None else stored.uid

    def owned(self, key: Key) -> dict[Reference, Manifest]:
        """Return everything that belongs to a resource, by labels or by reference, in order."""
        return {reference: self._objects[reference].manifest() for reference in sorted(self._owned.get(key, ()))}

    def owned_of_kind(self, key: Key, kind: str) -> list[Manifest]:
        """Return the objects of one kind that belong to a resource."""
        found = sorted(each for each in self._owned.get(key, ()) if each.kind == kind)
        return [self._objects[reference].manifest() for reference in found]

    def owners(self, reference: Reference) -> tuple[Key, ...]:
        """Return whom an object belongs to."""
        stored = self._objects.get(reference)
        return () if stored is None else stored.owners

    def version(self, reference: Reference) -> int:
        """Return an object's known version; -1: there is none."""
        stored = self._objects.get(reference)
        return -1 if stored is None else stored.version

    def versions(self, api_version: str, kind: str, namespace: str | None) -> dict[Reference, int]:
        """Return the known versions of the objects of a kind, of one namespace or of all."""
        return {
            reference: stored.version
            for reference, stored in self._objects.items()
            if (reference.api_version, reference.kind) == (api_version, kind)
            and namespace in (None, reference.namespace)
        }

    def resources(self) -> Iterator[Key]:
        """Yield all resources of ours, Consortia first: their nodes need them."""
        found = [
            Key(reference.kind, reference.namespace, reference.name)
            for reference in self._objects
            if reference.kind in (NODE_KIND, CONSORTIUM_KIND)
        ]
        yield from sorted(found)

    def consortium(self, namespace: str, name: str) -> Consortium | None:
        """Return a Consortium; None also if it can't be understood."""
        return self._consortia.get(Key(CONSORTIUM_KIND, namespace, name))

    def node(self, key: Key) -> CordaNode | None:
        """Return a CordaNode; None also if it can't be understood."""
        return self._nodes.get(key)

    def nodes(self, namespace: str, consortium: str) -> tuple[CordaNode, ...]:
        """Return the CordaNodes that refer to a Consortium, by name."""
        keys = self._of_consortium.get(Key(CONSORTIUM_KIND, namespace, consortium), ())
        return tuple(self._nodes[key] for key in sorted(keys))

    def why_invalid(self, key: Key) -> str | None:
        """Return why a resource can't be understood, if it can't."""
        return self._invalid.get(key)

    def __len__(self) -> int:
        return len(self._objects)

    def _understand(self, key: Key, manifest: Mapping[str, Any]) -> None:
        try:
            if key.kind == CONSORTIUM_KIND:
                self._consortia[key] = Consortium.model_validate(manifest)
                return
            node = CordaNode.model_validate(manifest)
        except ValidationError as error:
            self._invalid[key] = "; ".join(
                f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)
            )
            return
        self._nodes[key] = node
        self._of_consortium[Key(CONSORTIUM_KIND, key.namespace, node.spec.consortium_ref.name)].add(key)

    def _forget(self, reference: Reference) -> bool:
        stored = self._objects.pop(reference, None)
        if stored is None:
            return False
        for key in stored.owners:
            self._owned[key].discard(reference)
            if not self._owned[key]:
                del self._owned[key]
        key = Key(reference.kind, reference.namespace, reference.name)
        self._consortia.pop(key, None)
        self._invalid.pop(key, None)
        node = self._nodes.pop(key, None)
        if node is not None:
            self._of_consortium[Key(CONSORTIUM_KIND, key.namespace, node.spec.consortium_ref.name)].discard(key)
        return True


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else -1
