"""A few seconds of fuzzing for each reader; `python -m tests.fuzz` does it for longer."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no build for this platform")
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_breaks_a_reader_within_seconds(target: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", target, "--seconds", "4", "--findings", str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'operator'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stderr[-4000:]
    assert "Done " in run.stderr
    assert not list(tmp_path.iterdir())
