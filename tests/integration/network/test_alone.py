"""``make network``: the services alone on this machine, for nodes of somebody's own."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.corda.keystores import TrustedCertificateEntry, read_keystore
from local.paths import ROOT
from local.ports import free_ports


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "network"
    run("down", tmp_path / "network")


def run(action: str, folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "local.network", action, "--folder", str(folder), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def answered(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as response:  # noqa: S310 - a URL of this machine
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_it_tells_a_node_what_it_needs_and_keeps_its_network(folder: Path) -> None:
    # The second port is for probes.
    port = next(each for each in free_ports(20) if each < 65_000)
    said = run("up", folder, "--port", str(port))

    url = f"http://localhost:{port}"
    assert f'networkServices {{ doormanURL = "{url}", networkMapURL = "{url}" }}' in said
    status, text = answered(f"{url}/network-map")
    assert (status, text) == (503, b"The network map waits for notaries to register: O=Notary Service, L=London, C=GB.")
    (entry,) = read_keystore((folder / "network-root-truststore.jks").read_bytes(), "trustpass")
    root = Certificate.from_pem(answered(f"{url}/trust-root")[1].decode())
    assert isinstance(entry, TrustedCertificateEntry)
    assert entry.certificate == root.der
    attributes = (part.strip() for part in said.partition('tlsCertCrlIssuer = "')[2].partition('"')[0].split(","))
    assert set(attributes) == set(root.subject.rfc4514_string().split(","))

    file = folder / "network.yaml"
    settings = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**settings, "notaries": []}))
    run("down", folder)
    run("up", folder)
    assert answered(f"{url}/trust-root")[1].decode() == (folder / "root.pem").read_text()
    end = time.monotonic() + 30
    while answered(f"{url}/network-map")[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.1)
