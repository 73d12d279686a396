import os
from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local.machine.os_user import can_enter, service_user
from local.postgres.data_folder import provide_data_folder

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="as an ordinary user all is our own")


def test_the_wanted_folder_is_used_where_it_can_be(open_folder: Path) -> None:
    user = service_user()
    real = provide_data_folder(open_folder / "postgres", user)
    assert real == open_folder / "postgres"
    assert can_enter(user, real)
    assert real.stat().st_mode & 0o077 == 0


@needs_root
def test_below_a_closed_folder_the_data_lies_elsewhere(open_folder: Path) -> None:
    user = service_user()
    closed, outside = open_folder / "closed", open_folder / "outside"
    closed.mkdir(mode=0o700)
    outside.mkdir()
    real = provide_data_folder(closed / "postgres", user, fallback_parent=outside)
    assert real.parent == outside
    assert (closed / "postgres").resolve() == real
    assert can_enter(user, real)
    assert provide_data_folder(closed / "postgres", user, fallback_parent=outside) == real


@needs_root
def test_data_of_an_earlier_clone_is_neither_used_nor_removed(open_folder: Path) -> None:
    user = service_user()
    closed, outside = open_folder / "closed", open_folder / "outside"
    closed.mkdir(mode=0o700)
    outside.mkdir()
    first = provide_data_folder(closed / "postgres", user, fallback_parent=outside)
    (first / "rows").write_text("of an earlier clone")
    (closed / "postgres").unlink()
    second = provide_data_folder(closed / "postgres", user, fallback_parent=outside)
    assert second != first
    assert not list(second.iterdir())
    assert (first / "rows").exists()


@needs_root
def test_a_folder_that_was_closed_later_is_explained(open_folder: Path) -> None:
    parent = open_folder / "closed"
    parent.mkdir(mode=0o755)
    provide_data_folder(parent / "postgres", service_user())
    parent.chmod(0o700)
    with pytest.raises(ConfigurationError, match="not reachable"):
        provide_data_folder(parent / "postgres", service_user())
