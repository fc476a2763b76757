"""What is in the Corda image, and what isn't."""

import hashlib
import re
import tarfile
from collections.abc import Iterator

from local.images.jars import POSTGRESQL_VERSION, TABLE, parse_table
from local.images.sandbox import GIB, Sandbox

FLAGS = {"JAVA_TOOL_OPTIONS": "-XX:+PrintFlagsFinal"}


def test_the_capsule_starts_as_nobody_on_a_read_only_file_system(corda: Sandbox, version: str) -> None:
    code, output = corda.run("capsule", ["-jar", "/opt/corda/corda.jar", "--version"], entrypoint=["java"])
    assert code == 0, output
    lines = output.splitlines()
    assert lines[0] == f"Version: {version}"
    assert [line for line in lines if "ERROR" in line or "Exception" in line] == []


def test_the_launcher_passes_cordas_own_commands_on(corda: Sandbox, version: str) -> None:
    code, output = corda.run("command", ["--version"])
    assert code == 0, output
    assert output.splitlines()[0] == f"Version: {version}"


def test_the_launcher_passes_cordas_exit_code_on(corda: Sandbox) -> None:
    code, output = corda.run("mistake", ["--no-such-option"])
    assert code not in (0, 143)
    assert "--no-such-option" in output


def test_runs_as_a_user_without_privileges(corda: Sandbox) -> None:
    code, output = corda.run("user", ["-u"], entrypoint=["id"])
    assert (code, output.strip()) == (0, "10001")
    assert corda.config["User"] == "10001:10001"


def flag(name: str, output: str) -> str:
    found = re.search(rf"\b{name}\s+:?= (\S+)", output)
    assert found, output
    return found[1]


def test_half_of_the_containers_memory_is_heap(corda: Sandbox) -> None:
    for gibibytes in (1, 2):
        memory = gibibytes * GIB
        _, output = corda.run(f"heap-{gibibytes}", ["--version"], environment=FLAGS, memory=memory)
        assert int(flag("MaxHeapSize", output)) == memory // 2
        assert flag("UseG1GC", output) == "true"


def test_heap_and_collector_can_be_chosen(corda: Sandbox) -> None:
    chosen = {**FLAGS, "CORDA_JVM_OPTS": "-Xmx320m -XX:+UseSerialGC"}
    _, output = corda.run("heap-chosen", ["--version"], environment=chosen)
    assert int(flag("MaxHeapSize", output)) == 320 << 20
    assert flag("UseSerialGC", output) == "true"


def test_the_jars_are_those_of_maven_central(corda: Sandbox, version: str) -> None:
    table = parse_table(TABLE.read_text())
    home = corda.root / "opt/corda"
    assert hashlib.sha256((home / "corda.jar").read_bytes()).hexdigest() == table[f"corda-{version}.jar"]
    exporter = hashlib.sha256((home / "jmx_prometheus_javaagent.jar").read_bytes()).hexdigest()
    assert exporter in table.values()
    drivers = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in (home / "drivers").iterdir()}
    assert drivers == {f"postgresql-{POSTGRESQL_VERSION}.jar": table[f"postgresql-{POSTGRESQL_VERSION}.jar"]}


def test_the_compiler_is_not_in_the_image(corda: Sandbox) -> None:
    assert not [name for name, _ in layers(corda) if "/ecj-" in name or name.endswith(".java")]


def layers(sandbox: Sandbox) -> Iterator[tuple[str, bytes]]:
    """Yield every file of every layer, those that a later layer hides included."""
    with tarfile.open(sandbox.image.archive) as archive:
        for layer in (member for member in archive if member.isfile() and member.name.endswith(".tar")):
            with tarfile.open(fileobj=archive.extractfile(layer)) as files:
                for file in files:
                    if content := files.extractfile(file) if file.isfile() else None:
                        yield file.name, content.read()


def test_no_layer_holds_a_private_key(corda: Sandbox) -> None:
    key = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}")
    # GnuTLS tests itself with keys that everybody knows.
    known = ("libgnutls.so",)
    aliases = (b"cordaclientca", b"cordaclienttls", b"identity-private-key")
    found = []
    seen = 0
    for name, content in layers(corda):
        seen += 1
        keystore = content.startswith(b"\xfe\xed\xfe\xed") and any(alias in content for alias in aliases)
        if any(library in name for library in known):
            continue
        if keystore or key.search(content) or name.endswith((".jks", ".p12", ".pfx")):
            found.append(name)
    assert seen > 1000
    assert found == []


def test_templates_say_nothing_of_the_node_they_were_made_for(corda: Sandbox) -> None:
    for role in ("bank", "notary"):
        content = (corda.root / f"opt/corda/templates/{role}/persistence.mv.db").read_bytes()
        assert b"DATABASECHANGELOG" in content
        assert b"O=Template" not in content


def test_the_image_is_not_larger_than_its_parts(corda: Sandbox) -> None:
    megabytes = corda.image.archive.stat().st_size / 1e6
    print(f"{corda.image.reference}: {megabytes:.0f} MB")
    # Debian with Java 245, the jar 80, what it unpacks to 80, and some air.
    assert megabytes < 450
