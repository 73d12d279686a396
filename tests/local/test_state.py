import os
from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local.layout import Layout
from local.machine.processes import Started, identify
from local.state import PARTS, exclusive, load_state


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    prepared = Layout(tmp_path / ".asm")
    prepared.prepare()
    return prepared


def test_nothing_is_up_at_first(layout: Layout) -> None:
    assert not load_state(layout).is_up()


def test_what_was_noted_is_read_back(layout: Layout) -> None:
    state = load_state(layout)
    state.url, state.ports["http"] = "http://127.0.0.1:8000", 8000
    state.supervisor = identify("demo", os.getpid())
    state.record(Started("web", 7, 1.5))
    assert load_state(layout) == state
    assert load_state(layout).is_up()


def test_parts_whose_supervisor_is_gone_are_not_up(layout: Layout) -> None:
    state = load_state(layout)
    for part in PARTS:
        state.record(identify(part, os.getpid()))
    assert state.is_up()
    state.supervisor = Started("demo", os.getpid(), 0.0)
    assert not state.is_up()


def test_servers_of_somebody_else_are_not_missed(layout: Layout) -> None:
    state = load_state(layout)
    state.external += ["postgres", "valkey", "simulator"]
    state.record(identify("web", os.getpid()))
    assert not state.is_up()
    state.record(identify("worker", os.getpid()))
    assert state.is_up()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": ""}', "null"])
def test_a_damaged_file_means_nothing_is_known(layout: Layout, text: str) -> None:
    layout.state_file.write_text(text)
    assert load_state(layout).processes == {}


def test_only_one_command_at_a_time(layout: Layout) -> None:
    with (
        exclusive(layout),
        pytest.raises(ConfigurationError, match="another command"),
        exclusive(layout),
    ):
        pytest.fail("both held the lock")
    with exclusive(layout):
        pass


def test_passwords_are_random_kept_and_closed_to_others(layout: Layout) -> None:
    first = layout.password("postgres-api")
    assert len(first) >= 32
    assert layout.password("postgres-api") == first
    assert layout.password("valkey") != first
    assert layout.secrets.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in layout.secrets.iterdir())
