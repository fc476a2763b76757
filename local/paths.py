"""Where things lie: the checkout, what is built into it, and the cache that outlives it."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

BUILD = ROOT / "build"
"""Everything made inside the checkout; ``git clean`` may take it."""


def cache_root() -> Path:
    """Return the folder for what is slow to make and safe to share between checkouts.

    ``CORDA_OPERATOR_CACHE`` overrides it; otherwise it follows the XDG base directories.
    """
    chosen = os.environ.get("CORDA_OPERATOR_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "corda-operator"


def fingerprint(*parts: str | bytes | Path) -> str:
    """Return a short key over texts and files' (or folders') contents, for naming what is made from them."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            for file in sorted(p for p in part.rglob("*") if p.is_file()) if part.is_dir() else [part]:
                digest.update(f"{file.relative_to(part) if part.is_dir() else file.name}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
        else:
            content = part.encode() if isinstance(part, str) else part
            digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]
