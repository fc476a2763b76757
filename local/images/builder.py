"""From names to archives: builds what is missing, and nothing else."""

import tempfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from local.console import LocalError, step
from local.images import archives, context
from local.images.archives import PREFIX, Image
from local.images.bases import BASES
from local.images.engines import Engine, find_engine
from local.images.recipes import RECIPES, Recipe
from local.once import locked, made
from local.paths import ROOT, cache_root, fingerprint

FORMAT = "2"
"""Raise it when the way of building changes what comes out of the same files."""

_DIGITS = 12
"""Of a key in a tag, which tell builds apart."""


def ensure(names: Iterable[str]) -> dict[str, Image]:
    """Return the images of these names (``corda:4.10``), building the ones whose sources have changed."""
    wanted = [recipe(name) for name in names]
    engine = find_engine()
    return {each.name: _ensure(each, engine) for each in wanted}


def recipe(name: str) -> Recipe:
    """Return the recipe of an image."""
    try:
        return RECIPES[name]
    except KeyError:
        raise LocalError(f"no image is called {name}; there are {', '.join(RECIPES)}") from None


def build_arguments(recipe: Recipe, engine: Engine) -> dict[str, str]:
    """Return the values that the Dockerfile gets, bases among them."""
    bases = {argument: engine.base(BASES[base]) for argument, base in recipe.bases.items()}
    return {**bases, **recipe.arguments}


def key(recipe: Recipe, engine: Engine) -> str:
    """Return the fingerprint of everything that goes into an image."""
    arguments = sorted(build_arguments(recipe, engine).items())
    return fingerprint(
        FORMAT,
        engine.name,
        recipe.target or "",
        *(f"{name}={value}" for name, value in arguments),
        (ROOT / recipe.dockerfile).read_bytes(),
        context.key(recipe.entries()),
    )


def image(recipe: Recipe, engine: Engine) -> Image:
    """Return what an image is called and where its archive is, or will be."""
    build = key(recipe, engine)
    return Image(f"{PREFIX}/{recipe.name}-{build[:_DIGITS]}", archives.folder(recipe.name) / f"{build}.tar")


def _ensure(recipe: Recipe, engine: Engine) -> Image:
    wanted = image(recipe, engine)
    made(wanted.archive, partial(_build, recipe, engine, wanted.reference))
    archives.used(wanted.archive)
    archives.prune(recipe.name)
    return wanted


def _build(recipe: Recipe, engine: Engine, reference: str, target: Path) -> None:
    # One build at a time: each takes all the cores it can get, and they share a layer store.
    with locked(cache_root() / "images" / ".build.lock"):
        engine.prepare([BASES[base] for base in recipe.bases.values()])
        with step(f"image {recipe.name} with {engine.name}"), tempfile.TemporaryDirectory() as folder:
            context.stage(recipe.entries(), Path(folder))
            engine.build(
                reference,
                dockerfile=ROOT / recipe.dockerfile,
                folder=Path(folder),
                arguments=build_arguments(recipe, engine),
                target=recipe.target,
                archive=target,
            )


def listing(names: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return reference, archive and size in MB of each image; the last two are empty if it isn't built."""
    engine = find_engine()
    rows = []
    for name in names:
        found = image(recipe(name), engine)
        size = f"{found.archive.stat().st_size / 1e6:.0f}" if found.archive.exists() else ""
        rows.append((found.reference, str(found.archive) if size else "", size))
    return rows
