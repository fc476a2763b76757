"""Another CorDapp beside ours, which neither the operator nor the first one knows: cash crosses from bank to bank."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from local.cluster import choice
from local.demo.architecture import BANK_A, BANK_B
from local.demo.installation import set_password
from local.demo.ways import forwarded_to
from local.images.jars import FINANCE, FINANCE_TABLE, archive, sha256_of
from local.images.sandbox import Sandbox
from tests.e2e.conftest import CORDA, NAME
from tests.e2e.credit_scores.network import CreditScores, Object
from tests.integration.images.fixtures import sandbox_of
from tests.integration.network.genuine.rpc import Rpc

__all__ = ["sandbox_of"]

IMAGE, USER, SECRET = "finance:4.10", "treasury", "rpc-treasury"
NODE = "node-1"
RECIPIENT = "OU=Node 1, O=Bank B, L=Paris, C=FR"


@pytest.fixture
def password(network: CreditScores) -> Iterator[str]:
    """The password of a user of the treasury's, at a node of each bank that has the other CorDapp, too."""
    password = secrets.token_urlsafe(16)
    image = choice.load(NAME, [IMAGE], pool="corda")[IMAGE].reference
    finance = [
        {"name": jar.removesuffix("-4.10.jar"), "image": image, "sha256": sha256_of(jar, FINANCE_TABLE)}
        for jar in FINANCE
    ]
    before = {bank: network.get(bank, "cordanode", NODE)["spec"] for bank in (BANK_A, BANK_B)}
    for bank, spec in before.items():
        set_password(network.cluster, bank, password, SECRET)
        user = {"name": USER, "passwordSecret": SECRET, "permissions": ["ALL"]}
        changes: Object = {
            "rpc": {"users": [*spec["rpc"]["users"], user]},
            "cordapps": [*spec["cordapps"], *finance],
            # Corda's own CorDapps are signed with its key for development.
            "configuration": {"cordappSignerKeyFingerprintBlacklist": []},
        }
        network.change_node(bank, NODE, changes)
    yield password
    for bank, spec in before.items():
        changes = {"rpc": {"users": spec["rpc"]["users"]}, "cordapps": spec["cordapps"], "configuration": None}
        network.patch(bank, "cordanode", NODE, changes)


def test_cash_crosses_from_bank_to_bank(
    network: CreditScores,
    password: str,
    sandbox_of: Callable[[str], Sandbox],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with ExitStack() as closing:
        ways = (forwarded_to(network.cluster, bank, f"service/{NODE}-rpc", 10003) for bank in (BANK_A, BANK_B))
        bank_a, bank_b = (urlsplit(closing.enter_context(way)).netloc for way in ways)
        jars = [archive(each, FINANCE_TABLE) for each in FINANCE]
        rpc = Rpc(sandbox_of(CORDA), tmp_path_factory.mktemp("classes"), jars, user=USER, password=password)
        closing.callback(rpc.close)

        rpc.ask(bank_a, "issue", amount=10_000)
        paid = rpc.ask(bank_a, "pay", amount=4_000, recipient=RECIPIENT)

        assert paid["notarised"]
        network.until(lambda: rpc.ask(bank_b, "cash") == 4_000, 90, "the payment")
        assert rpc.ask(bank_a, "cash") == 6_000
    network.share()
