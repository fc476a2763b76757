"""The CorDapp's flows are upgraded node by node: records of before can be updated, between both versions, too."""

from local import cordapps
from local.cluster import choice
from local.demo.architecture import BANK_A, BANK_B
from tests.e2e.conftest import NAME
from tests.e2e.credit_scores.network import CreditScores, Object

NEW = "1.1.0"


def test_records_outlive_an_upgrade_of_the_flows(network: CreditScores) -> None:
    record = network.share()
    image = choice.load(NAME, [f"credit-record:{NEW}"], pool="corda")[f"credit-record:{NEW}"].reference
    archives = cordapps.built(NEW)
    flows = {"image": image, "sha256": cordapps.sha256(archives.workflows)}

    _upgrade(network, BANK_B, "node-1", flows)
    network.wait_for(network.update(record, 710))
    for name in ("node-1", "node-2"):
        _upgrade(network, BANK_A, name, flows)
    current = network.find(record, BANK_A)[0]
    network.wait_for(network.update(current, 720))


def _upgrade(network: CreditScores, bank: str, name: str, flows: Object) -> None:
    wished = network.get(bank, "cordanode", name)["spec"]["cordapps"]
    wished = [{**each, **flows} if each["name"] == "credit-record-workflows" else each for each in wished]
    network.change_node(bank, name, {"cordapps": wished})
    jar = ("sha256sum", "/corda/cordapps/credit-record-workflows.jar")
    where = ("exec", f"{name}-node-0", f"--namespace={bank}", "--container=corda", "--")
    assert network.cluster.text(*where, *jar).split()[0] == flows["sha256"]
