"""What the operator knows of the cluster: our resources and everything they own, as the watches tell it.

Reconciling reads from here, so that the cost of a look does not depend on how many resources there are. What the
operator itself has just written is put in as well, and the watch's echo of it is no news: an echo that woke its
resource again would double all work.

Objects are kept as compressed JSON, a tenth of what they take as Python objects; 500 nodes own 6,000. Those that were
of interest last are kept as they are: a node that comes up changes its objects, and looks at all of them, several
times in a second.
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
_UNPACKED: Final = 256
"""Objects that are kept as they are: about those of twenty nodes, and 5 MB."""


class _Stored:
    """An object: its version, whom it belongs to, and what it is, packed or not."""

    __slots__ = ("owners", "packed", "plain", "uid", "version")

    def __init__(self, manifest: Mapping[str, Any], version: int) -> None:
        metadata = manifest["metadata"]
        self.version = version
        self.uid: str = metadata.get("uid", "")
        self.owners = tuple(owners(manifest))
        # Who owns which field is the API server's business, and half of an object.
        bare = {**manifest, "metadata": {key: metadata[key] for key in metadata if key != "managedFields"}}
        self.plain: Manifest | None = bare
        self.packed = b""

    def pack(self) -> None:
        if not self.packed:
            self.packed = zlib.compress(json.dumps(self.plain, separators=(",", ":")).encode(), 1)
        self.plain = None

    def manifest(self) -> Manifest:
        if self.plain is None:
            self.plain = json.loads(zlib.decompress(self.packed))
        return self.plain


class World:
    """Objects by reference, and by the resource that they belong to."""

    def __init__(self) -> None:
        self._objects: dict[Reference, _Stored] = {}
        self._owned: defaultdict[Key, set[Reference]] = defaultdict(set)
        self._unpacked: OrderedDict[Reference, _Stored] = OrderedDict()
        """Those that were of interest last, the latest at the end."""
        self._gone: OrderedDict[Reference, int] = OrderedDict()
        self._nodes: dict[Key, CordaNode] = {}
        self._consortia: dict[Key, Consortium] = {}
        self._of_consortium: defaultdict[Key, set[Key]] = defaultdict(set)
        self._in_order: dict[Key, tuple[CordaNode, ...]] = {}
        """What was asked for and has not changed since: each node's plan looks at all of them."""
        self._resources: set[Key] = set()
        self._invalid: dict[Key, str] = {}

    def put(self, manifest: Mapping[str, Any]) -> bool:
        """Keep an object, and tell whether that is news; an older version than the known one is none.

        Versions of one object can be compared as numbers (kubernetes: KEP-5504).
        """
        reference = Reference.of(manifest)
        version, old = _number(manifest["metadata"].get("resourceVersion", "")), self._objects.get(reference)
        if old is not None and version <= old.version:
            return False
        if version <= self._gone.get(reference, -1):
            return False
        new = _Stored(manifest, version)
        self._forget(reference)
        self._objects[reference] = new
        self._touch(reference, new)
        for key in new.owners:
            self._owned[key].add(reference)
        if reference.kind in (NODE_KIND, CONSORTIUM_KIND):
            key = key_of(manifest)
            self._resources.add(key)
            self._understand(key, manifest)
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
        """Return an object, without who manages its fields; not to be changed."""
        stored = self._objects.get(reference)
        return None if stored is None else self._manifest(reference, stored)

    def uid(self, reference: Reference) -> str | None:
        """Return an object's UID."""
        stored = self._objects.get(reference)
        return None if stored is None else stored.uid

    def owned(self, key: Key) -> dict[Reference, Manifest]:
        """Return everything that belongs to a resource, by labels or by reference, in order; not to be changed."""
        found = sorted(self._owned.get(key, ()))
        return {reference: self._manifest(reference, self._objects[reference]) for reference in found}

    def owned_of_kind(self, key: Key, kind: str) -> list[Manifest]:
        """Return the objects of one kind that belong to a resource."""
        found = sorted(each for each in self._owned.get(key, ()) if each.kind == kind)
        return [self._manifest(reference, self._objects[reference]) for reference in found]

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
        yield from sorted(self._resources)

    def consortium(self, namespace: str, name: str) -> Consortium | None:
        """Return a Consortium; None also if it can't be understood."""
        return self._consortia.get(Key(CONSORTIUM_KIND, namespace, name))

    def node(self, key: Key) -> CordaNode | None:
        """Return a CordaNode; None also if it can't be understood."""
        return self._nodes.get(key)

    def nodes(self, namespace: str, consortium: str) -> tuple[CordaNode, ...]:
        """Return the CordaNodes that refer to a Consortium, by name."""
        of = Key(CONSORTIUM_KIND, namespace, consortium)
        if of not in self._in_order:
            self._in_order[of] = tuple(self._nodes[key] for key in sorted(self._of_consortium.get(of, ())))
        return self._in_order[of]

    def why_invalid(self, key: Key) -> str | None:
        """Return why a resource can't be understood, if it can't."""
        return self._invalid.get(key)

    def __len__(self) -> int:
        return len(self._objects)

    def _manifest(self, reference: Reference, stored: _Stored) -> Manifest:
        manifest = stored.manifest()
        self._touch(reference, stored)
        return manifest

    def _touch(self, reference: Reference, stored: _Stored) -> None:
        self._unpacked[reference] = stored
        self._unpacked.move_to_end(reference)
        if len(self._unpacked) > _UNPACKED:
            _, coldest = self._unpacked.popitem(last=False)
            coldest.pack()

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
        of = Key(CONSORTIUM_KIND, key.namespace, node.spec.consortium_ref.name)
        self._of_consortium[of].add(key)
        self._in_order.pop(of, None)

    def _forget(self, reference: Reference) -> bool:
        stored = self._objects.pop(reference, None)
        if stored is None:
            return False
        self._unpacked.pop(reference, None)
        for key in stored.owners:
            self._owned[key].discard(reference)
            if not self._owned[key]:
                del self._owned[key]
        key = Key(reference.kind, reference.namespace, reference.name)
        if reference.kind not in (NODE_KIND, CONSORTIUM_KIND):
            return True
        self._resources.discard(key)
        self._consortia.pop(key, None)
        self._invalid.pop(key, None)
        node = self._nodes.pop(key, None)
        if node is not None:
            of = Key(CONSORTIUM_KIND, key.namespace, node.spec.consortium_ref.name)
            self._of_consortium[of].discard(key)
            self._in_order.pop(of, None)
        return True


def _number(version: str) -> int:
    return int(version) if version.isdecimal() else -1
