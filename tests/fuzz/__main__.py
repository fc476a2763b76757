"""Fuzz one target with libFuzzer; the exit code is 0 if nothing was found."""

import argparse
import importlib
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

_RSS_MIB = 512
_SECONDS_FOR_ONE = 5
_LONGEST = 16_384


def main() -> None:
    """Fuzz as the command line says; does not return."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, help="a folder that keeps what was interesting, for the next run")
    parser.add_argument("--findings", type=Path, default=Path(), help="where an input that broke the reader is put")
    arguments = parser.parse_args()

    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["corda_operator"]):
        targets = importlib.import_module("tests.fuzz.targets").TARGETS
    if arguments.target not in targets:
        parser.error(f"no target {arguments.target!r}; there are {', '.join(targets)}")
    target = targets[arguments.target]

    with tempfile.TemporaryDirectory() as temporary:
        corpus = arguments.corpus or Path(temporary)
        corpus.mkdir(parents=True, exist_ok=True)
        for sample in target.samples:
            (corpus / sha256(sample).hexdigest()).write_bytes(sample)
        flags = {
            "max_total_time": arguments.seconds,
            "rss_limit_mb": _RSS_MIB,
            "timeout": _SECONDS_FOR_ONE,
            "max_len": _LONGEST,
            "artifact_prefix": f"{arguments.findings.resolve()}/",
        }
        atheris.Setup([sys.argv[0], *(f"-{name}={value}" for name, value in flags.items()), str(corpus)], target.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
