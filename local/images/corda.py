"""What genuine nodes in a sandbox are given: a template's database; and beside them programs of Corda's classes."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from local.images.sandbox import Sandbox
from local.system import ensure_packages


def template(corda: Sandbox, role: str, base: Path) -> None:
    """Put a role's template into a base directory."""
    database = base / "persistence.mv.db"
    shutil.copyfile(corda.root / f"opt/corda/templates/{role}/persistence.mv.db", database)
    database.chmod(0o666)


def compiled(corda: Sandbox, source: Path, folder: Path, archives: Sequence[Path] = ()) -> Path:
    """Compile a program against the image's own archives, and others, into a folder that containers can read."""
    if shutil.which("javac") is None:
        ensure_packages("default-jdk-headless")
    folder.chmod(0o755)
    class_path = ":".join(str(jar) for jar in [*corda.root.glob("opt/corda/capsule/apps/*/*.jar"), *archives])
    javac = ["javac", "-nowarn", "--release", "8", "-Xlint:-options", "-proc:none", "-cp", class_path]
    subprocess.run([*javac, "-d", folder, source], check=True, capture_output=True)
    return folder
