"""Runs an image as a strict cluster would: runc, a read-only root, no privileges, no network but loopback.

Its own loopback, unless a container is to share the machine's.
"""

import itertools
import json
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from local.console import LocalError
from local.images import Image
from local.system import ensure_packages, unpacked_package

GIB = 1 << 30


@dataclass
class Sandbox:
    """An image's root file system and what its containers need."""

    image: Image
    folder: Path
    config: dict[str, Any] = field(default_factory=dict)
    root: Path = Path()
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        with tarfile.open(self.image.archive) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
            self.config = json.load(archive.extractfile(manifest[0]["Config"]))["config"]  # type: ignore[arg-type]
        ensure_packages("buildah")
        self._buildah("pull", "--quiet", f"docker-archive:{self.image.archive}")
        self._container = self._buildah("from", "--pull-never", self.image.reference)
        self.root = Path(self._buildah("mount", self._container))
        self._runc = unpacked_package("runc") / "usr/sbin/runc"

    def close(self) -> None:
        """Give back mounts and layers."""
        self._buildah("umount", self._container)
        self._buildah("rm", self._container)
        shutil.rmtree(self.folder)

    def _buildah(self, *words: str) -> str:
        store = [f"--root={self.folder / 'store'}", f"--runroot={self.folder / 'run'}", "--storage-driver=overlay"]
        done = subprocess.run(["buildah", *store, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def start(
        self,
        name: str,
        arguments: Sequence[str] | None = None,
        *,
        entrypoint: Sequence[str] | None = None,
        volumes: Mapping[str, Path] | None = None,
        environment: Mapping[str, str] | None = None,
        memory: int = GIB,
        shares_network: bool = False,
        piped: bool = False,
    ) -> "Container":
        """Start a container of the image with its own entry point and command, or others.

        One that is ``piped`` reads what is written to its ``stdin`` and writes its answers to its ``stdout``; only
        its standard error is in ``output`` then.
        """
        words = [
            *(self.config["Entrypoint"] if entrypoint is None else entrypoint),
            *((self.config.get("Cmd") or []) if arguments is None else arguments),
        ]
        # Several tests share the sandbox, and may call their containers the same.
        name = f"{name}-{next(self._numbers)}"
        bundle = self.folder / name
        bundle.mkdir()
        variables = [*self.config["Env"], *(f"{key}={value}" for key, value in (environment or {}).items())]
        # The kubelet writes this file into every pod.
        hosts = bundle / "hosts"
        hosts.write_text("127.0.0.1 localhost pod\n")
        mounts = {"/etc/hosts": hosts, **(volumes or {})}
        spec = _spec(self.root, words, variables, self.config.get("WorkingDir") or "/", self.config["User"], mounts)
        if shares_network:
            spec["linux"]["namespaces"].remove({"type": "network"})
        spec["linux"]["resources"]["memory"] = {"limit": memory, "swap": memory}
        spec["linux"]["cgroupsPath"] = f"/corda-operator-sandbox/{self.folder.name}-{name}"
        (bundle / "config.json").write_text(json.dumps(spec))
        return Container(f"{self.folder.name}-{name}", bundle, self._runc, piped=piped)

    def run(self, name: str, arguments: Sequence[str] | None = None, **options: Any) -> tuple[int, str]:
        """Run a container to its end and return its exit code and all it said."""
        container = self.start(name, arguments, **options)
        try:
            return container.wait(240), container.output
        finally:
            container.close()


def _spec(
    root: Path,
    words: list[str],
    variables: list[str],
    folder: str,
    user: str,
    volumes: Mapping[str, Path],
) -> dict[str, Any]:
    uid, gid = (int(part) for part in user.split(":"))
    return {
        "ociVersion": "1.0.2",
        "hostname": "pod",
        "process": {
            "user": {"uid": uid, "gid": gid},
            "args": words,
            "env": variables,
            "cwd": folder,
            "noNewPrivileges": True,
            "capabilities": {},
        },
        "root": {"path": str(root), "readonly": True},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]},
            *(
                {"destination": place, "type": "bind", "source": str(source), "options": ["rbind"]}
                for place, source in volumes.items()
            ),
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts", "network")],
            "resources": {},
        },
    }


@dataclass(frozen=True)
class Usage:
    """What a container has taken of the machine."""

    cpu_seconds: float
    resident_mib: float
    """Memory that no file backs."""


class Container:
    """A running container."""

    def __init__(self, identity: str, bundle: Path, runc: Path, *, piped: bool = False) -> None:
        self._identity = identity
        self._command = [str(runc), "--root", str(bundle / "state")]
        self._log = bundle / "log"
        with self._log.open("wb") as log:
            words = [*self._command, "run", "--bundle", str(bundle), identity]
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else log,
                stderr=log,
            )

    @property
    def stdin(self) -> IO[bytes]:
        """Where to write for a container that is piped."""
        return _there(self._process.stdin)

    @property
    def stdout(self) -> IO[bytes]:
        """What a container that is piped answers."""
        return _there(self._process.stdout)

    @property
    def output(self) -> str:
        """What the container has said so far."""
        return self._log.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether the container has not ended yet."""
        return self._process.poll() is None

    def wait(self, seconds: float) -> int:
        """Return the exit code, which runc passes on."""
        return self._process.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        """Signal the container's first process, as the kubelet does."""
        subprocess.run([*self._command, "kill", self._identity, str(number.value)], check=True, capture_output=True)

    def usage(self) -> "Usage":
        """Return what all its processes have taken so far."""
        command = [*self._command, "events", "--stats", self._identity]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["data"]
        memory = told["memory"]["raw"]
        # What the kernel calls it depends on the version of its control groups.
        resident = memory["anon"] if "anon" in memory else memory["rss"]
        return Usage(told["cpu"]["usage"]["total"] / 1e9, resident / (1 << 20))

    def execute(self, *words: str) -> str:
        """Run a command beside the container's own and return what it says."""
        return subprocess.run(
            [*self._command, "exec", self._identity, *words], capture_output=True, text=True, check=True
        ).stdout

    def attempt(self, *words: str) -> tuple[int, str, str]:
        """Run a command beside the container's own and return exit code, output and what it says of errors."""
        command = [*self._command, "exec", self._identity, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def close(self) -> None:
        """End whatever still runs."""
        for _ in range(60):
            if self.running:
                # There may be no container yet, or no more.
                with suppress(subprocess.CalledProcessError):
                    self.signal(signal.SIGKILL)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.5)
        if self.running:
            raise LocalError(f"the container {self._identity} does not end within 30 s")
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise LocalError("the container was not started with piped=True: it has neither stdin nor stdout")
    return pipe
