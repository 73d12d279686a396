"""What the operator sees of a running installation."""

from local.fill import Account
from local.machine.processes import is_running
from local.machine.progress import Progress
from local.state import PARTS, State

COLUMNS = ("role", "login", "password", "name")


def print_accounts(accounts: list[Account], progress: Progress) -> None:
    """The demo accounts as aligned lines, fit for a terminal and for a log."""
    if not accounts:
        return
    rows: list[tuple[str, ...]] = [
        tuple(str(account.get(column, "")) for column in COLUMNS) for account in accounts
    ]
    progress.say("\nDemo accounts")
    _print_rows([COLUMNS, *rows], progress)


def print_status(state: State, progress: Progress) -> None:
    """One line per part, then the address."""
    rows: list[tuple[str, ...]] = [("part", "state", "pid", "port")]
    for name in PARTS:
        process = state.processes.get(name)
        port = state.ports.get({"valkey": "redis", "web": "http"}.get(name, name), "")
        if name in state.external:
            said = "not used" if name == "simulator" else "run by somebody else"
            rows.append((name, said, "", ""))
        elif process is not None and is_running(process):
            rows.append((name, "running", str(process.pid), str(port)))
        else:
            rows.append((name, "stopped" if process is None else "ended", "", ""))
    _print_rows(rows, progress)
    if state.is_up():
        progress.say(f"\nASM is at {state.url}")


def _print_rows(rows: list[tuple[str, ...]], progress: Progress) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        progress.say("  " + "  ".join(cells).rstrip())
