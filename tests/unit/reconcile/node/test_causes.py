"""What is read out of the end of a log, as the image of Corda writes it and Kubernetes cuts it off."""

import json

import pytest

from corda_operator.reconcile.node.causes import cause


def record(level: str, message: str, exception: str = "") -> str:
    """Return a line of the log of Corda's image."""
    fields = {"time": "2026-11-25T20:14:06.723Z", "level": level, "logger": "x", "message": message, "thread": "main"}
    return json.dumps(fields | ({"exception": exception} if exception else {})) + "\n"


FRAMES = """\
.internal.subcommands.RunMigrationScriptsCli$runProgram$2.run(RunMigrationScriptsCli.kt:25)
\tat net.corda.node.internal.NodeStartupLogging$DefaultImpls.attempt(NodeStartup.kt:561)
\tat net.corda.node.Corda.main(Corda.kt:13)
"""
BLACKLISTED = "Invalid Cordapps found, that couldn't be loaded: signed by blacklisted key(s) only"
ERROR = record("ERROR", f"{BLACKLISTED} ")
INFO = record("INFO", "Vendor: Corda Community Edition ")
WARNING = record(
    "WARN",
    "An address can't be looked up",
    "java.net.UnknownHostException: db\n\tat java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)\n",
)
NESTED = record(
    "ERROR",
    "Failed to create the datasource: Could not",
    """\
net.corda.nodeapi.internal.persistence.CouldNotCreateDataSourceException: Could not create the DataSource
\tat net.corda.node.internal.AbstractNodeKt.startHikariPool(AbstractNode.kt:1448)
Caused by: liquibase.exception.DatabaseException: ERROR: relation "cash" exists [Failed SQL: CREATE TABLE cash]
\tat liquibase.executor.jvm.JdbcExecutor.execute(JdbcExecutor.java:70)
\t... 20 more
Caused by: org.postgresql.util.PSQLException: ERROR: relation "cash" exists
  Position: 14
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2733)
\t... 33 more
""",
)
DEEPEST = 'PSQLException: ERROR: relation "cash" exists Position: 14'


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (NESTED, DEEPEST),
        (NESTED.partition("1448)")[2], DEEPEST),
        (ERROR, BLACKLISTED),
        (WARNING + ERROR + INFO, BLACKLISTED),
        (FRAMES + "Caused by: java.lang.NullPointerException\n\tat a.b.C.d(C.java:1)\n", "NullPointerException"),
        ("Caused by: a.b.Outer$InnerException: Please reinstall it.\n", "InnerException: Please reinstall it."),
        ("cp: cannot stat 'x':\n  No such file\n", "cp: cannot stat 'x': No such file"),
        (FRAMES, ""),
        ("", ""),
    ],
    ids=[
        "the deepest of several causes, with all lines of its message",
        "a log that begins amid a record",
        "an error without an exception",
        "an error among other records",
        "an exception without a message",
        "an exception within a class",
        "a program that is not Java",
        "a stack trace and nothing else",
        "nothing",
    ],
)
def test_a_log_is_one_line_about_the_cause(log: str, expected: str) -> None:
    assert cause(log) == expected


def test_a_cause_is_never_longer_than_people_read() -> None:
    assert len(cause(f"a.b.CException: {'long ' * 1000}")) == len(cause("word " * 1000)) == 1500


@pytest.mark.parametrize("length", range(300, 460))
def test_wherever_a_record_is_cut_off_its_last_cause_is_found(length: int) -> None:
    assert cause(NESTED[-length:]) == DEEPEST
