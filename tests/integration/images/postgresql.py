"""A real PostgreSQL for genuine nodes: Debian's, only unpacked, as a process of the test's own."""

import os
import socket
import subprocess
import time
from pathlib import Path

from local.ports import free_ports
from local.processes import Process, log_tail, spawn
from local.system import unpacked_package

USER, PASSWORD, SCHEMA = "corda", "a password of this test only", "corda"
PATIENCE_SECONDS = 60.0
_LIBRARIES = (
    *("libgssapi-krb5-2", "libk5crypto3", "libkeyutils1", "libkrb5-3", "libkrb5support0", "libldap-2.5-0"),
    *("libicu72", "liblz4-1", "libsasl2-2", "libssl3", "libxml2", "libzstd1"),
)
# PostgreSQL refuses to run as root, and the user of a namespace is enough for it.
_NOT_ROOT = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


class PostgreSql:
    """A server with an empty schema, on a port of this machine's loopback."""

    def __init__(self, folder: Path) -> None:
        """Make a cluster in a folder and start the server."""
        self._root = unpacked_package("postgresql-15", *_LIBRARIES)
        self._folder = folder
        self._data = folder / "data"
        (self.port,) = free_ports(1)
        password = folder / "password"
        password.write_text(PASSWORD)
        make = ["initdb", "--pgdata", str(self._data), "--username", USER, "--pwfile", str(password)]
        self._run(*make, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._alone(f"CREATE SCHEMA {SCHEMA};")
        self._process = self._start()

    @property
    def data_source(self) -> str:
        """The lines of node.conf, as the operator writes them but for TLS."""
        url = f"jdbc:postgresql://localhost:{self.port}/postgres?currentSchema={SCHEMA}&sslmode=disable"
        return f"""
        dataSourceProperties {{
            dataSourceClassName = org.postgresql.ds.PGSimpleDataSource
            dataSource {{ url = "{url}", user = "{USER}", password = "{PASSWORD}" }}
        }}
        """

    def stop(self) -> None:
        """End the server."""
        self._process.stop()

    def rows(self, table: str) -> int:
        """Return how many rows a table of the schema has, once the server has stopped."""
        said = self._alone(f"SELECT count(*) FROM {SCHEMA}.{table};")  # noqa: S608 - the test's own words
        return int(said.split('count = "')[1].split('"')[0])

    def _start(self) -> Process:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "jit": "off"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        words = [*_NOT_ROOT, self._program("postgres"), "-D", str(self._data), *options]
        process = spawn(self._folder, "postgresql", words, self._environment)
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                waiting = process.alive and time.monotonic() < end
                assert waiting, log_tail(self._folder, "postgresql")
                time.sleep(0.1)
            else:
                return process

    def _alone(self, sql: str) -> str:
        """Run statements, one a line, in a server of their own that nobody else can reach."""
        return self._run("postgres", "--single", "-D", str(self._data), "postgres", stdin=sql)

    def _run(self, program: str, *options: str, stdin: str = "") -> str:
        words = [*_NOT_ROOT, self._program(program), *options]
        return subprocess.run(
            words, input=stdin, capture_output=True, text=True, check=True, env=self._environment
        ).stdout

    def _program(self, name: str) -> str:
        return str(self._root / "usr/lib/postgresql/15/bin" / name)

    @property
    def _environment(self) -> dict[str, str]:
        (libraries,) = (self._root / "usr/lib").glob("*-linux-gnu")
        return {**os.environ, "LD_LIBRARY_PATH": str(libraries), "TZ": "UTC"}
