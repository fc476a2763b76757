"""Which images there are, and what goes into each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local import cordapps, gateway
from local.images.context import Entry, files
from local.images.jars import COMPILER_VERSION, EXPORTER_VERSION, FINANCE, FINANCE_TABLE, POSTGRESQL_VERSION, jar
from local.paths import ROOT
from local.system import unpacked_package
from local.tools import binary

CORDA_VERSIONS = ("4.10", "4.9", "4.8", "4.7")


@dataclass(frozen=True)
class Recipe:
    """How an image is made."""

    name: str
    dockerfile: str
    """Relative to the checkout."""
    entries: Callable[[], list[Entry]]
    """Returns the files that the build sees."""
    bases: Mapping[str, str] = field(default_factory=dict)
    """Build argument -> name of the base whose reference it gets."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    """The stage of the Dockerfile, if it isn't the last."""
    node_only: bool = False
    """Whether only a cluster that runs without a container engine needs it."""


def _corda(version: str) -> Recipe:
    def entries() -> list[Entry]:
        archives = (
            f"corda-{version}.jar",
            f"jmx_prometheus_javaagent-{EXPORTER_VERSION}.jar",
            f"postgresql-{POSTGRESQL_VERSION}.jar",
            f"ecj-{COMPILER_VERSION}.jar",
        )
        return [*files(ROOT / "images" / "corda", *CORDA_FILES), *map(jar, archives)]

    return Recipe(
        f"corda:{version}",
        "images/corda/Dockerfile",
        entries,
        bases={"BASE": "java8"},
        arguments={
            "CORDA_VERSION": version,
            "JMX_EXPORTER_VERSION": EXPORTER_VERSION,
            "POSTGRESQL_DRIVER_VERSION": POSTGRESQL_VERSION,
            "COMPILER_VERSION": COMPILER_VERSION,
        },
    )


CORDA_FILES = ("jars.sha256", "rootfs", "build", "node-tool")


def _operator() -> list[Entry]:
    return files(ROOT, "requirements/run.txt", "operator")


def _azure() -> list[Entry]:
    packages = ("local/__init__.py", "local/azure/__init__.py", "requirements/run.txt")
    return files(ROOT, *packages, "local/azure/stub", "local/azure/azurite")


def _credit_record(version: str) -> Recipe:
    def entry(name: str) -> Entry:
        return Entry(
            f"cordapps/{name}.jar", lambda: getattr(cordapps.built(version), name), key=cordapps.fingerprint_of(version)
        )

    return Recipe(
        f"credit-record:{version}",
        "cordapps/credit-record/Dockerfile",
        lambda: [entry("contracts"), entry("workflows")],
        bases={"BASE": "busybox"},
    )


def _finance() -> list[Entry]:
    return [jar(each, "cordapps", FINANCE_TABLE) for each in FINANCE]


def _gateway() -> list[Entry]:
    folder = "cordapps/credit-record/gateway"
    jars = [
        Entry(name, lambda name=name: gateway.built(name), key=gateway.fingerprint_of())  # type: ignore[misc]
        for name in (gateway.LIBRARIES, gateway.APPLICATION)
    ]
    return [Entry("java.options", lambda: ROOT / folder / "java.options"), *jars]


def _program(place: str, find: Callable[[], Path]) -> Callable[[], list[Entry]]:
    return lambda: [Entry(place, find)]


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("operator:dev", "Dockerfile", _operator, bases={"BASE": "python"}),
        *(_corda(version) for version in CORDA_VERSIONS),
        *(_credit_record(version) for version in cordapps.RELEASES),
        # The same as ours, which copies whatever is in its folder.
        Recipe("finance:4.10", "cordapps/credit-record/Dockerfile", _finance, bases={"BASE": "busybox"}),
        Recipe(
            f"credit-record-gateway:{gateway.VERSION}",
            "cordapps/credit-record/gateway/Dockerfile",
            _gateway,
            bases={"BASE": "java17"},
        ),
        Recipe(
            "azure-stub:dev",
            "local/azure/Dockerfile",
            _azure,
            bases={"PYTHON_BASE": "python", "NODE_BASE": "node"},
            target="azure-stub",
        ),
        Recipe(
            "azurite:3.37.0",
            "local/azure/Dockerfile",
            _azure,
            bases={"PYTHON_BASE": "python", "NODE_BASE": "node"},
            target="azurite",
        ),
        Recipe(
            "pause:3.10",
            "local/images/pause/Dockerfile",
            _program("catatonit", lambda: unpacked_package("catatonit") / "usr/bin/catatonit"),
            node_only=True,
        ),
        Recipe(
            "coredns:1.13.2",
            "local/images/coredns/Dockerfile",
            _program("coredns", lambda: binary("coredns")),
            node_only=True,
        ),
        Recipe(
            "prometheus:3.13.5",
            "local/images/prometheus/Dockerfile",
            _program("prometheus", lambda: binary("prometheus")),
        ),
    )
}
