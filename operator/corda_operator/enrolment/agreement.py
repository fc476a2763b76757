"""One version of a secret for everybody, though Key Vault cannot write on a condition.

Whoever finds no version adds one; then all take the oldest. A version's age is known in whole seconds only, of
which the vault's servers may differ by one: so nobody relies on the oldest version before it is so old that
none can come in beside it any more. What replaces a version is of the next generation, which is a tag.
"""

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from corda_operator.azure.errors import AccessDenied, NotFound, SoftDeleted, Unavailable
from corda_operator.azure.secrets import Secret, Secrets, SecretVersion
from corda_operator.enrolment.errors import UnusableError

logger = logging.getLogger(__name__)

GENERATION = "generation"
SETTLED = datetime.timedelta(seconds=2)
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Draft:
    """What a new version will be."""

    value: str = field(repr=False)
    content_type: str
    tags: Mapping[str, str]
    expires: datetime.datetime | None = None


Make = Callable[[], Awaitable[Draft]]


async def find(secrets: Secrets, name: str) -> Secret | None:
    """Return the version that all agree on, or None if there is none at all.

    Raises UnusableError if there are only disabled ones.
    """
    chosen = await _chosen(secrets, name)
    return None if chosen is None else await secrets.get(name, chosen.version)


async def find_or_add(secrets: Secrets, name: str, make: Make) -> Secret:
    """Return the version that all agree on, which is what ``make`` returns if there is none.

    A deleted secret is recovered, with the versions that it had. Raises UnusableError like ``find``.
    """
    return await find(secrets, name) or await _added(secrets, name, await make())


async def find_or_recover(secrets: Secrets, name: str, because: str) -> Secret:
    """Return the version that all agree on of a secret that has to be there, recovering it if it was deleted.

    Raises UnusableError if it is gone: another key in its place would be of no use to anybody.
    """
    found = await find(secrets, name)
    if found is None:
        logger.warning("looking for the secret %s among the deleted ones: it is needed, since %s", name, because)
        await secrets.recover(name)
        found = await find(secrets, name)
    if found is None:
        raise UnusableError(f"Secret {name} is gone, though {because}. Restore it from a backup of the vault.")
    return found


async def supersede(secrets: Secrets, name: str, present: Secret, draft: Draft) -> Secret:
    """Return the version that all agree on after the present one: this one, or another's of the same generation."""
    tags = {**draft.tags, GENERATION: str(generation(present.properties) + 1)}
    return await _added(secrets, name, Draft(draft.value, draft.content_type, tags, draft.expires))


def generation(version: SecretVersion) -> int:
    """Return how often what the secret holds had been replaced when a version was made."""
    text = version.tags.get(GENERATION, "0")
    return int(text) if text.isdecimal() else 0


def agreed(versions: Sequence[SecretVersion]) -> SecretVersion | None:
    """Return the version to use: of the newest generation, the oldest that is enabled."""
    enabled = [each for each in versions if each.enabled]
    return min(enabled, key=lambda each: (-generation(each), each.created, each.version), default=None)


async def add(secrets: Secrets, name: str, draft: Draft) -> None:
    """Add a version, or recover what there was if the secret was deleted; which one all agree on is not told."""
    try:
        await secrets.add(name, draft.value, content_type=draft.content_type, tags=draft.tags, expires=draft.expires)
    except SoftDeleted:
        logger.warning("recovering the deleted secret %s: what it holds is needed", name)
        await secrets.recover(name)


async def _added(secrets: Secrets, name: str, draft: Draft) -> Secret:
    await add(secrets, name, draft)
    chosen = await _chosen(secrets, name)
    if chosen is None:
        raise Unavailable(f"Secret {name} is not there yet, though it was set or recovered. Try again later.")
    return await secrets.get(name, chosen.version)


async def _chosen(secrets: Secrets, name: str) -> SecretVersion | None:
    while True:
        listing = await secrets.versions(name)
        chosen = agreed(listing.versions)
        if chosen is None:
            if listing.versions:
                raise UnusableError(
                    f"Secret {name} has versions, but none is enabled. Enable the one that the network knows; a new "
                    "one would be another key."
                )
            return None
        if listing.at - chosen.created >= SETTLED:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    for each in listing.versions:
        if each.enabled and each != chosen and generation(each) == generation(chosen):
            await _disable(secrets, each)
    return chosen


async def _disable(secrets: Secrets, loser: SecretVersion) -> None:
    logger.info("disabling version %s of secret %s, which came in second", loser.version, loser.name)
    try:
        await secrets.disable(loser)
    except (AccessDenied, NotFound):
        # It is not used, enabled or not.
        logger.info("could not disable version %s of secret %s", loser.version, loser.name)
