"""Terminals, pipes and NO_COLOR."""

import io

import pytest

from corda_operator.plugin.drawing import console, said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")


def printed(out: io.StringIO) -> str:
    console(out).print(said("word " * 40, "red"))
    return out.getvalue()


def test_a_terminal_gets_colours_and_lines_of_a_hundred_columns() -> None:
    text = printed(Terminal())
    assert "\x1b[31m" in text
    assert text.count("\n") == 2


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in printed(Terminal())


def test_a_pipe_gets_whole_lines_without_colours() -> None:
    assert printed(io.StringIO()) == f"{('word ' * 40).strip()}\n"


def test_colours_can_be_forced_into_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31m" in printed(io.StringIO())


def test_a_narrow_terminal_is_not_written_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    assert max(map(len, printed(Terminal()).splitlines())) <= 40
