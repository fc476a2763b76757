"""The consortium's beginning: three keys in the vault, their certificates, the log's first block.

Whoever commits the first block has made the trust root. Before that there are only keys in the vault, which a second
try finds and uses; a key version that no block names is trusted by nobody. The root key signs here and never again, so
the right to use it can be taken away afterwards: that is why its revocation lists are as long-lived as itself.
"""

import asyncio
import datetime
import logging
import uuid
from dataclasses import dataclass

from corda_operator.azure.blobs import LeaseId
from corda_operator.azure.errors import LeaseLost, LeaseTaken
from corda_operator.azure.keys import KeyVaultKeys, Signer
from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.certificates.issuing import CrlDistributionPoint, Validity, issue
from corda_operator.corda.certificates.profiles import Profile
from corda_operator.corda.certificates.revocation_lists import (
    IssuingDistributionPoint,
    RevocationList,
    issue_revocation_list,
)
from corda_operator.network.configuration import Configuration
from corda_operator.network.ledger import Ledger, NotCommittedError
from corda_operator.network.log.blocks import BEGINNING, Block, Draft
from corda_operator.network.log.records import TrustRootCreated, utc
from corda_operator.network.log.state import TrustRoot
from corda_operator.network.paths import revocation_list_url

logger = logging.getLogger(__name__)


class TrustRootError(Exception):
    """There is no trust root, or not one that can be used; the message says what to do."""


@dataclass(frozen=True)
class Authorities:
    """The certificates of a trust root, read."""

    root: Certificate
    identity_manager: Certificate
    network_map: Certificate

    @classmethod
    def of(cls, trust_root: TrustRoot) -> "Authorities":
        """Read the certificates."""
        return cls(
            Certificate.from_der(trust_root.root),
            Certificate.from_der(trust_root.identity_manager),
            Certificate.from_der(trust_root.network_map),
        )


async def create(ledger: Ledger, keys: KeyVaultKeys, configuration: Configuration, patience: float = 60.0) -> TrustRoot:
    """Return the trust root, having made it if there was none; any number of processes may try at once.

    The ledger must be open. Raises AzureError, UnreadableLogError, or TrustRootError if it takes longer than
    ``patience`` seconds.
    """
    lease_id = LeaseId(str(uuid.uuid4()))
    try:
        async with asyncio.timeout(patience):
            while True:
                try:
                    return await _create_leased(ledger, keys, configuration, lease_id)
                except (LeaseTaken, LeaseLost, NotCommittedError):
                    # Another process is at it, or was quicker.
                    await asyncio.sleep(0.5)
                    await ledger.refresh()
    except TimeoutError:
        raise TrustRootError(
            f"the trust root could not be made within {patience:.0f} s: another process held the log's lease, or "
            "Storage or Key Vault were slow; try again"
        ) from None


async def _create_leased(
    ledger: Ledger, keys: KeyVaultKeys, configuration: Configuration, lease_id: LeaseId
) -> TrustRoot:
    if ledger.state.trust_root is not None:
        return ledger.state.trust_root
    async with ledger.store.leased(lease_id):
        await ledger.refresh()
        if ledger.state.trust_root is None:
            prefix = configuration.key_vault.key_prefix
            root, identity_manager, network_map = [
                await keys.get_or_create(f"{prefix}-{name}") for name in ("root", "identity-manager", "network-map")
            ]
            block = await _first_block(configuration, root, identity_manager, network_map)
            await ledger.store.renew(lease_id)
            await ledger.commit(block, network_map.sign, lease_id)
            logger.info("created the trust root", extra={"root_key": root.key_id})
    if ledger.state.trust_root is None:
        raise TrustRootError("the log begins without a trust root")
    return ledger.state.trust_root


async def _first_block(
    configuration: Configuration, root_key: Signer, identity_manager_key: Signer, network_map_key: Signer
) -> Block:
    now = datetime.datetime.now(datetime.UTC)
    validity = Validity.starting(now, configuration.trust_root.validity)
    names = configuration.trust_root
    url = configuration.public_url

    self_signed = issue(Profile.ROOT_CA, names.name("Corda Root CA"), root_key.public_key, None, validity)
    root = self_signed.signed(await root_key.sign(self_signed.to_be_signed))
    point = CrlDistributionPoint(revocation_list_url(url, "root"))

    async def below(profile: Profile, common_name: str, key: Signer) -> Certificate:
        unsigned = issue(profile, names.name(common_name), key.public_key, root, validity, crl_distribution_point=point)
        return unsigned.signed(await root_key.sign(unsigned.to_be_signed))

    async def revocation_list(indirect: IssuingDistributionPoint | None) -> RevocationList:
        unsigned = issue_revocation_list(
            root, number=1, this_update=utc(now), next_update=root.not_after, revoked=(), distribution_point=indirect
        )
        return unsigned.signed(await root_key.sign(unsigned.to_be_signed))

    draft = Draft()
    record = TrustRootCreated(
        root=draft.attach(root.der),
        identity_manager=draft.attach(
            (await below(Profile.DOORMAN_CA, "Corda Identity Manager CA", identity_manager_key)).der
        ),
        network_map=draft.attach((await below(Profile.NETWORK_MAP, "Corda Network Map", network_map_key)).der),
        root_key=root_key.key_id,
        identity_manager_key=identity_manager_key.key_id,
        network_map_key=network_map_key.key_id,
        root_revocation_list=draft.attach((await revocation_list(None)).der),
        tls_revocation_list=draft.attach(
            (await revocation_list(IssuingDistributionPoint(revocation_list_url(url, "tls"), indirect=True))).der
        ),
    )
    draft.records.append(record)
    return draft.block(1, BEGINNING, now)
