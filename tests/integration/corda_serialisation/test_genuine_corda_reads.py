"""Genuine Corda reads what we write, and writes it back with the same bytes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corda_operator.corda.amqp.times import FOREVER
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import LegalName
from corda_operator.corda.network_map import ParametersUpdate, encode_network_map
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.node_info import SignedNodeInfo
from corda_operator.corda.signed import ParametersAcknowledgement, SignedDataWithCert
from local.images.corda import compiled
from local.images.sandbox import Sandbox
from tests.unit.corda.golden import NODE_INFOS, golden
from tests.unit.corda.payloads import ACKNOWLEDGEMENT, PARAMETERS

NODES = 10_000
UPDATE = ParametersUpdate(SecureHash.of(b"new"), "Mehr Notare für Zürich", datetime(2027, 1, 31, 12, tzinfo=UTC))
NAME = LegalName("Bank=A", 'a, "b" \\ ', "ZZ", state="ü", organisation_unit="x  y", common_name="😀")


def written() -> dict[str, bytes]:
    """Return payloads by names that begin with the class that genuine Corda is to read them as."""
    signed = SignedDataWithCert.decode(golden(PARAMETERS))
    parameters = NetworkParameters.decode(golden("network-parameters-in-full"))
    hashes = [number.to_bytes(32, "big") for number in range(NODES)]
    node_infos = {name: SignedNodeInfo.decode(golden(name)) for name in NODE_INFOS}
    return {
        **{f"SignedNodeInfo-{name}": signed_node_info.encode() for name, signed_node_info in node_infos.items()},
        **{f"NodeInfo-{name}": signed_node_info.node_info().encode() for name, signed_node_info in node_infos.items()},
        "NetworkMap-of-nobody": encode_network_map([], SecureHash.of(b"")),
        "NetworkMap-of-many": encode_network_map(hashes, SecureHash.of(b""), UPDATE),
        "NetworkParameters-in-full": parameters.encode(),
        "NetworkParameters-bare": replace(parameters, notaries=(), whitelisted_contract_implementations={}).encode(),
        "CordaX500Name": NAME.encode(),
        "SignedDataWithCert": signed.encode(),
        "SignedData": ParametersAcknowledgement.decode(golden(ACKNOWLEDGEMENT)).encode(),
    }


@pytest.fixture(scope="module", params=["4.10", "4.7"])
def read(
    request: pytest.FixtureRequest, sandbox_of: Callable[[str], Sandbox], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[str, str]]:
    """What Corda read by the names of the files, and whether it wrote the same bytes."""
    corda = sandbox_of(f"corda:{request.param}")
    program = compiled(corda, Path(__file__).with_name("Reads.java"), tmp_path_factory.mktemp("reads"))
    files = tmp_path_factory.mktemp("files")
    files.chmod(0o755)
    for name, payload in written().items():
        (files / name).write_bytes(payload)
    code, output = corda.run(
        f"reads-{files.name}",
        ["-c", 'java -Dfile.encoding=UTF-8 -cp "/reads:$(cat /opt/corda/classpath)" Reads /files'],
        entrypoint=["sh"],
        volumes={"/reads": program, "/files": files},
    )
    assert code == 0, output
    lines = [line.split("\t") for line in output.splitlines() if line.startswith("READ\t")]
    return {name: (value, same) for _, name, value, same in lines}


def test_all_that_we_write_is_read_and_written_back_with_the_same_bytes(read: dict[str, tuple[str, str]]) -> None:
    assert {name: same for name, (_, same) in read.items()} == dict.fromkeys(written(), "same bytes")


def test_values_arrive_as_they_were_meant(read: dict[str, tuple[str, str]]) -> None:
    assert read["CordaX500Name"][0] == str(NAME)
    assert read["NetworkMap-of-many"][0] == (
        f"{NODES} nodes, ParametersUpdate(newParametersHash={UPDATE.new_parameters_hash}, "
        f"description={UPDATE.description}, updateDeadline=2027-01-31T12:00:00Z)"
    )
    parameters = NetworkParameters.decode(written()["NetworkParameters-in-full"])
    assert parameters.event_horizon == FOREVER
    contracts = parameters.whitelisted_contract_implementations["com.example.Credit"]
    assert read["NetworkParameters-in-full"][0] == (
        "2 notaries, epoch 70000, PT51539607528H, 2026-11-22T16:54:13.084Z, "
        f"{{com.example.Credit=[{contracts[0]}, {contracts[1]}], com.example.Debit=[]}}, [com.example]"
    )


def test_signatures_hold_over_what_we_wrap(read: dict[str, tuple[str, str]]) -> None:
    assert read["SignedNodeInfo-publish-notary.SignedNodeInfo"][0] == "[O=Notary, L=London, C=GB]"
    assert read["SignedDataWithCert"][0] == "NetworkParameters"
    assert read["SignedData"][0] == "9DC32B67EDA301A1D467D2A323BAE7D1930A7C71DEFFBAB3DD86DB8A1EA18597"
