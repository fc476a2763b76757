"""The Corda images under test, and base directories for genuine nodes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from local.images.corda import compiled, template
from local.images.sandbox import Sandbox

PASSWORD = "a password of this test only"
NAME = "O=Bank A, L=London, C=GB"


@pytest.fixture(scope="session", params=["4.10", "4.7"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def corda(version: str, sandbox_of: Callable[[str], Sandbox]) -> Sandbox:
    return sandbox_of(f"corda:{version}")


@pytest.fixture(scope="session")
def zone(corda: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the program that makes a zone against the image's own archives."""
    return compiled(corda, Path(__file__).with_name("Zone.java"), tmp_path_factory.mktemp("zone"))


@pytest.fixture
def base_directory(corda: Sandbox, version: str, zone: Path, tmp_path: Path) -> Path:
    """Return a node's base directory with keys, configuration, signed parameters and the bank's template."""
    base = tmp_path / "node"
    base.mkdir()
    base.chmod(0o777)
    platform = {"4.10": "12", "4.7": "9"}[version]
    code, output = corda.run(
        f"zone-{tmp_path.name}",
        ["-c", f'java -cp "/zone:$(cat /opt/corda/classpath)" Zone /corda "{NAME}" "{PASSWORD}" {platform}'],
        entrypoint=["sh"],
        volumes={"/corda": base, "/zone": zone},
    )
    assert code == 0, output
    (base / "node.conf").write_text(
        f"""
        myLegalName = "{NAME}"
        devMode = false
        keyStorePassword = "{PASSWORD}"
        trustStorePassword = "{PASSWORD}"
        p2pAddress = "localhost:10002"
        detectPublicIp = false
        rpcSettings {{ address = "0.0.0.0:10003", adminAddress = "0.0.0.0:10004" }}
        crlCheckSoftFail = true
        dataSourceProperties {{
            dataSourceClassName = org.h2.jdbcx.JdbcDataSource
            dataSource.url = "jdbc:h2:file:/corda/persistence"
            dataSource.user = sa
            dataSource.password = ""
        }}
        """
    )
    template(corda, "bank", base)
    return base
