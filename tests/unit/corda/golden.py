"""Payloads that genuine Corda wrote; what each is says the README beside them."""

from pathlib import Path

GOLDEN = Path(__file__).parents[2] / "golden" / "corda"
NODE_INFOS = tuple(sorted(path.name for path in GOLDEN.glob("*odeInfo*")))


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()
