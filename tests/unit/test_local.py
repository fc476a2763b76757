"""The few pieces that everything in ``local`` stands on."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local import tools
from local.cluster import namespaces
from local.console import LocalError
from local.once import made
from local.paths import fingerprint
from local.processes import Process, recorded, spawn, start_time

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_process_ends_when_it_is_told_to(tmp_path: Path) -> None:
    process = spawn(tmp_path, "sleeper", SLEEP)
    assert process.alive
    assert recorded(tmp_path) == [process]

    process.stop()

    assert not process.alive
    assert start_time(process.pid) is None


def test_a_process_that_has_our_ones_id_but_not_its_start_is_left_alone(tmp_path: Path) -> None:
    process = spawn(tmp_path, "sleeper", SLEEP)
    other = Process("sleeper", process.pid, process.started - 1)

    other.stop()

    assert process.alive
    process.stop()


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    stubborn = f"""
        import pathlib, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path({str(ready)!r}).touch()
        time.sleep(60)
    """
    process = spawn(tmp_path, "stubborn", [sys.executable, "-c", textwrap.dedent(stubborn)])
    while not ready.exists():
        assert process.alive

    process.stop(grace=0.1)

    assert not process.alive


def test_a_clusters_processes_are_found_by_their_mark_and_no_others(tmp_path: Path) -> None:
    ours = spawn(tmp_path / "a", "sleeper", SLEEP, {**os.environ, namespaces.MARK: str(tmp_path / "a")})
    theirs = spawn(tmp_path / "b", "sleeper", SLEEP, {**os.environ, namespaces.MARK: str(tmp_path / "b")})
    try:
        # The mark shows once the program has replaced our own copy of this process.
        while not namespaces.owned(tmp_path / "a"):
            assert ours.alive
        assert [process.pid for process in namespaces.owned(tmp_path / "a")] == [ours.pid]

        namespaces.end(namespaces.owned(tmp_path / "a"))

        assert not ours.alive
        assert theirs.alive
    finally:
        ours.stop()
        theirs.stop()


def test_what_a_killed_maker_left_half_made_is_made_anew(tmp_path: Path) -> None:
    target = tmp_path / "thing"
    script = f"""
        import os, signal, sys
        from pathlib import Path
        from local.once import made
        def half(folder):
            folder.mkdir()
            (folder / "rubbish").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        made(Path({str(target)!r}), half)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not target.exists()

    def whole(folder: Path) -> None:
        folder.mkdir()
        (folder / "good").touch()

    assert [file.name for file in made(target, whole).iterdir()] == ["good"]


def test_a_fingerprint_tells_contents_names_and_order_apart(tmp_path: Path) -> None:
    for name, content in (("a", "1"), ("b", "2")):
        (tmp_path / name).write_text(content)
    before = fingerprint(tmp_path)

    assert fingerprint("a", "b") != fingerprint("b", "a")
    assert fingerprint("ab") != fingerprint("a", "b")
    (tmp_path / "a").rename(tmp_path / "c")
    assert fingerprint(tmp_path) != before


def test_a_tools_version_comes_from_the_pinned_module() -> None:
    assert tools.module_version("k8s.io/kubernetes").startswith("1.")
    with pytest.raises(LocalError, match="requires no module"):
        tools.module_version("example.org/nothing")
