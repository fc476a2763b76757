"""CorDapps are fetched or copied, compared with their SHA-256, and put into the node's folder, each as a whole.

A jar that is already there and right is not fetched again, so a node starts although the place that it came from is
away. What nobody asks for any more is taken out.
"""

import functools
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import aiohttp

from corda_operator.cordapps.configuration import Configuration, Cordapp
from corda_operator.cordapps.errors import CordappError

logger = logging.getLogger(__name__)

LARGEST_JAR: Final = 1 << 30
"""Bytes."""
_CHUNK: Final = 1 << 20
_TIMES: Final = aiohttp.ClientTimeout(total=600, sock_connect=20, sock_read=60)
_PARTIAL: Final = ".partial"


async def install(configuration: Configuration) -> None:
    """Make the node's folder hold the CorDapps and nothing else; raise CordappError."""
    target = configuration.target
    (target / "config").mkdir(parents=True, exist_ok=True)
    jars: dict[str, str] = {}
    for cordapp in configuration.cordapps:
        for jar in await _installed(cordapp, target):
            if jar in jars:
                raise CordappError(f"CorDapps {jars[jar]} and {cordapp.name} both bring {jar}: rename one of them")
            jars[jar] = cordapp.name
        if cordapp.configuration is not None:
            text = json.dumps(cordapp.configuration, indent=2)
            _whole(target / "config" / f"{cordapp.name}.conf", functools.partial(_write, text))
    settings = {f"{each.name}.conf" for each in configuration.cordapps if each.configuration is not None}
    _clear(target, {*jars, "config"})
    _clear(target / "config", settings)


async def _installed(cordapp: Cordapp, target: Path) -> tuple[str, ...]:
    if cordapp.folder is not None:
        return tuple(_copied(cordapp, cordapp.folder, target))
    jar = target / f"{cordapp.name}.jar"
    if not jar.is_file() or _sha256(jar) != cordapp.sha256:
        partial = jar.with_name(f".{jar.name}{_PARTIAL}")
        await _fetch(cordapp, partial)
        _check(cordapp, partial)
        _settle(partial, jar)
        logger.info("fetched %s", jar.name, extra={"url": cordapp.url, "sha256": cordapp.sha256})
    return (jar.name,)


def _copied(cordapp: Cordapp, folder: Path, target: Path) -> Iterator[str]:
    jars = sorted(each for each in folder.glob("*.jar") if each.is_file())
    if not jars:
        raise CordappError(f"CorDapp {cordapp.name}: expected jars in /cordapps of its image, and there are none")
    if len(jars) > 1 and cordapp.sha256 is not None:
        jars = [_picked(cordapp, jars)]
    if len(jars) > 1 and cordapp.configuration is not None:
        raise CordappError(
            f"CorDapp {cordapp.name}: configuration is for one jar, and its image has {_names(jars)}: pick one of them "
            "by its sha256"
        )
    for jar in jars:
        _check(cordapp, jar)
        name = jar.name if len(jars) > 1 else f"{cordapp.name}.jar"
        _whole(target / name, functools.partial(shutil.copyfile, jar))
        yield name


def _picked(cordapp: Cordapp, jars: Sequence[Path]) -> Path:
    found = next((jar for jar in jars if _sha256(jar) == cordapp.sha256), None)
    if found is None:
        raise CordappError(
            f"CorDapp {cordapp.name}: expected a jar with SHA-256 {cordapp.sha256} in its image, which has "
            f"{', '.join(f'{jar.name} ({_sha256(jar)})' for jar in jars)}: correct sha256 if one of these is the jar "
            "that was agreed on"
        )
    return found


def _names(jars: Sequence[Path]) -> str:
    return ", ".join(jar.name for jar in jars)


async def _fetch(cordapp: Cordapp, file: Path) -> None:
    url, size = str(cordapp.url), 0
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMES, trust_env=True) as session,
            session.get(url) as response,
        ):
            if response.status != 200:
                raise CordappError(f"CorDapp {cordapp.name}: {url} answered {response.status}, expected 200")
            with file.open("wb") as opened:
                async for chunk in response.content.iter_chunked(_CHUNK):
                    size += len(chunk)
                    if size > LARGEST_JAR:
                        raise CordappError(f"CorDapp {cordapp.name}: {url} has more than {LARGEST_JAR} bytes")
                    opened.write(chunk)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CordappError(
            f"CorDapp {cordapp.name}: {url} can't be fetched: {type(error).__name__}: {error}"
        ) from error
    except OSError as error:
        raise CordappError(f"CorDapp {cordapp.name}: {file} can't be written: {error}") from error


def _check(cordapp: Cordapp, jar: Path) -> None:
    if cordapp.sha256 is None:
        return
    found = _sha256(jar)
    if found != cordapp.sha256:
        raise CordappError(
            f"CorDapp {cordapp.name}: {cordapp.url or jar.name} has SHA-256 {found}, expected {cordapp.sha256}: "
            "correct sha256 if this jar is the one that was agreed on, else find out who changed it"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _whole(file: Path, make: Callable[[Path], object]) -> None:
    partial = file.with_name(f".{file.name}{_PARTIAL}")
    try:
        make(partial)
        _settle(partial, file)
    except OSError as error:
        raise CordappError(f"{file} can't be written: {error}") from error


def _settle(partial: Path, file: Path) -> None:
    with partial.open("rb") as opened:
        os.fsync(opened.fileno())
    partial.replace(file)


def _write(text: str, file: Path) -> None:
    file.write_text(f"{text}\n")


def _clear(folder: Path, keep: set[str]) -> None:
    for each in folder.iterdir():
        ours = each.suffix in (".jar", ".conf", _PARTIAL)
        if ours and each.name not in keep:
            each.unlink()
            logger.info("removed %s", each.name)
