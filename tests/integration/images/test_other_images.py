"""The images beside Corda's: small, without privileges, on a read-only file system."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from local.images.sandbox import Container, Sandbox
from local.monitoring import prometheus, scraping
from local.pod_security import USER

SandboxOf = Callable[[str], Sandbox]


def stays_up(container: Container) -> bool:
    time.sleep(1)
    return container.running


def test_the_operator_is_its_images_entry_point(sandbox_of: SandboxOf) -> None:
    code, output = sandbox_of("operator:dev").run("version", ["--version"])
    assert code == 0
    assert output.startswith("corda-operator ")
    assert sandbox_of("operator:dev").config["User"] == "10001:10001"


def test_the_operator_compiles_nothing_when_it_starts(sandbox_of: SandboxOf) -> None:
    program = (
        "import importlib.util, os, sys, corda_operator.cli, kopf, aiohttp, cryptography.x509\n"
        "sources = [m.__file__ for m in sys.modules.values() if (getattr(m, '__file__', '') or '').endswith('.py')]\n"
        "print([s for s in sources if not os.path.exists(importlib.util.cache_from_source(s))], len(sources))"
    )
    _, output = sandbox_of("operator:dev").run("bytecode", ["-c", program], entrypoint=["python"])
    missing, _, count = output.strip().rpartition(" ")
    assert missing == "[]"
    assert int(count) > 200


def test_the_operators_image_has_no_package_installer(sandbox_of: SandboxOf) -> None:
    code, output = sandbox_of("operator:dev").run("pip", ["-m", "pip", "--version"], entrypoint=["python"])
    assert code == 1
    assert "No module named pip" in output


def test_pause_waits_until_it_is_told_to_end(sandbox_of: SandboxOf) -> None:
    pause = sandbox_of("pause:3.10").start("pause")
    try:
        assert stays_up(pause)
        pause.signal(signal.SIGTERM)
        assert pause.wait(10) == 0
    finally:
        pause.close()


def test_coredns_serves_without_any_capability(sandbox_of: SandboxOf, tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(".:1053 {\n    errors\n    ready :8181\n}\n")
    tmp_path.chmod(0o755)
    coredns = sandbox_of("coredns:1.13.2").start("coredns", volumes={"/etc/coredns": tmp_path})
    try:
        end = time.monotonic() + 60
        while ".:1053" not in coredns.output:
            assert coredns.running, coredns.output
            assert time.monotonic() < end, coredns.output
            time.sleep(0.1)
    finally:
        coredns.close()


def test_prometheus_runs_as_its_pod_does(sandbox_of: SandboxOf, tmp_path: Path) -> None:
    files = scraping.files([])
    objects = json.loads(json.dumps(prometheus.objects(files, prometheus.IMAGE)))
    (deployment,) = (each for each in objects if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    configuration, database = (tmp_path / each["name"] for each in container["volumeMounts"])
    for folder in (configuration, database):
        folder.mkdir()
    for name, text in files.items():
        (configuration / name).write_text(text)
    os.chown(database, USER, USER)
    tmp_path.chmod(0o755)
    volumes = dict(
        zip((each["mountPath"] for each in container["volumeMounts"]), (configuration, database), strict=True)
    )
    running = sandbox_of(prometheus.IMAGE).start("prometheus", container["args"], volumes=volumes)
    try:
        end = time.monotonic() + 60
        while "Server is ready to receive web requests" not in running.output:
            assert running.running, running.output
            assert time.monotonic() < end, running.output
            time.sleep(0.1)
        assert sorted(each.name for each in database.iterdir() if each.is_dir()) == ["chunks_head", "wal"]
    finally:
        running.close()
    assert sandbox_of(prometheus.IMAGE).config["User"] == f"{USER}:{USER}"
