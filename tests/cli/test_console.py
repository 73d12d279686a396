"""Tables of the command line: plain and whole in a pipe, folded on a terminal."""

import io
import sys

import pytest

from asm.cli.console import say_table

HEAD = ["row", "error", "next attempt"]
ROWS: list[list[object]] = [
    [1, "Không gửi được [red]:smile: " + "x" * 300, None],
    [12345, "timeout", "đã thôi"],
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_plain_lines_that_line_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    say_table(HEAD, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "row    error" + " " * 325 + "next attempt",
        f"1      {ROWS[0][1]}  -",
        "12345  timeout" + " " * 323 + "đã thôi",
    ]
    say_table(HEAD, [])
    assert capsys.readouterr().out == "row  error  next attempt\n"


def test_a_terminal_gets_everything_within_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    say_table(HEAD, ROWS)
    lines = shown.getvalue().splitlines()
    assert "\x1b[" in lines[0]
    assert max(map(len, lines[1:])) <= 60
    assert sum(line.count("x") for line in lines[1:]) == 300
    assert "…" not in shown.getvalue()
