"""All objects of some nodes as YAML, for people to read what changes.

``python -m tests.unit.reconcile.node.manifests`` writes them.
"""

from pathlib import Path

import yaml

from tests.unit.reconcile.node.world import consortium, empty, node, planned

FOLDER = Path(__file__).parent / "golden"
NAMES = ("bank-a", "notary", "joined")


class _Readable(yaml.SafeDumper):
    def ignore_aliases(self, _: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)


def rendered(name: str) -> str:
    """Return the objects of one of the nodes."""
    if name == "joined":
        image = "registry.example.com/credit-record@sha256:" + "0" * 64
        of = node(
            "bank-a",
            consortiumRef={"name": "elsewhere"},
            revocation={"hardFail": False},
            rpc={"exposure": {"type": "InternalLoadBalancer", "sourceRanges": ["10.1.0.0/16"], "subnet": "apps"}},
            cordapps=[{"name": "credit-record", "image": image}],
            database={"postgresql": {"host": "db", "name": "corda", "user": "corda", "passwordSecret": "db"}},
        )
        world = empty(of, consortium=consortium("elsewhere"), trust_root=None, listing=None)
    else:
        of = node(name)
        world = empty(of)
    return yaml.dump_all(planned(of, world).objects, Dumper=_Readable, sort_keys=False, width=120)


if __name__ == "__main__":
    for each in NAMES:
        (FOLDER / f"{each}.yaml").write_text(rendered(each))
