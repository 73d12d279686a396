"""Numbers that an installation is told: what no answer can be is refused, and noted nowhere."""

import pytest

from tests.install.steps.conftest import Machine


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (f"web.port = 1{'0' * 5000}", "install_answers_not_toml"),
        (f"web.port = 0x{'f' * 5000}", "install_answer_number"),
        (f"# {'a' * 70_000}", "install_file_unreadable"),
    ],
)
def test_more_than_any_answer_has_is_refused(machine: Machine, answers: str, code: str) -> None:
    refused = machine.install(answers)
    assert (refused.returncode, f'"{code}"' in refused.stderr) == (2, True)


@pytest.mark.parametrize("port", ["0", "70000"])
def test_no_port_is_noted_that_is_none(machine: Machine, port: str) -> None:
    given = ("install", "sql", "--root", str(machine.root))
    for refused in (
        machine.asm(*given, "--port", port),
        machine.asm(*given, "--answers", "-", typed=f"database.port = {port}"),
    ):
        assert (refused.returncode, '"install_port"' in refused.stderr) == (2, True)
    assert not machine.root.exists()
