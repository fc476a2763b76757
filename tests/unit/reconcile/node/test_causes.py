"""What is read out of the end of a log, as the image of Corda writes it and Kubernetes cuts it off."""

import pytest

from corda_operator.reconcile.node.causes import cause

CUT_OFF = """\
.internal.subcommands.RunMigrationScriptsCli$runProgram$2.run(RunMigrationScriptsCli.kt:25)
\tat net.corda.node.internal.NodeStartupLogging$DefaultImpls.attempt(NodeStartup.kt:561)
\tat net.corda.node.Corda.main(Corda.kt:13)
"""
BLACKLISTED = "Invalid Cordapps found, that couldn't be loaded: signed by blacklisted key(s) only"
ERROR = f"[ERROR] 2026-11-25T20:14:06,723Z [main] internal.NodeStartupLogging - {BLACKLISTED} \n"
INFO = "[INFO ] 2026-11-25T20:14:07,000Z [main] internal.Node - Vendor: Corda Community Edition \n"
WARNING = """\
[WARN ] 2026-11-25T20:14:05,000Z [main] internal.Node - An address can't be looked up
java.net.UnknownHostException: db
\tat java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)
"""
NESTED = """\
[ERROR] 2026-11-25T20:15:57,901Z [main] internal.NodeStartupLogging - Failed to create the datasource: Could not
net.corda.nodeapi.internal.persistence.CouldNotCreateDataSourceException: Could not create the DataSource
\tat net.corda.node.internal.AbstractNodeKt.startHikariPool(AbstractNode.kt:1448)
Caused by: liquibase.exception.DatabaseException: ERROR: relation "cash" exists [Failed SQL: CREATE TABLE cash]
\tat liquibase.executor.jvm.JdbcExecutor.execute(JdbcExecutor.java:70)
\t... 20 more
Caused by: org.postgresql.util.PSQLException: ERROR: relation "cash" exists
  Position: 14
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2733)
\t... 33 more
"""
DEEPEST = 'PSQLException: ERROR: relation "cash" exists Position: 14'


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (NESTED, DEEPEST),
        (CUT_OFF + NESTED.partition("1448)\n")[2], DEEPEST),
        (ERROR, BLACKLISTED),
        (WARNING + ERROR + INFO, BLACKLISTED),
        (CUT_OFF + "Caused by: java.lang.NullPointerException\n\tat a.b.C.d(C.java:1)\n", "NullPointerException"),
        ("Caused by: a.b.Outer$InnerException: Please reinstall it.\n", "InnerException: Please reinstall it."),
        ("cp: cannot stat 'x':\n  No such file\n", "cp: cannot stat 'x': No such file"),
        (CUT_OFF, ""),
        ("", ""),
    ],
    ids=[
        "the deepest of several causes, with all lines of its message",
        "a log that begins amid a stack trace",
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
