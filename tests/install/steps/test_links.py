"""Links that the program's user left in its own folder lead root nowhere."""

from pathlib import Path

import pytest

from asm.errors import Conflict
from asm.identity.vault import keys
from asm.identity.vault.keys import create_keys, write_secret
from asm.install.steps.folders import folders, give, is_given
from tests.install.steps.conftest import Machine
from tests.install.steps.test_install import refusal


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """A folder that is nothing of ours, with a file in it."""
    folder = tmp_path / "others"
    folder.mkdir(mode=0o755)
    (folder / "kept").write_text("as it was", "utf-8")
    return folder


def test_an_installation_goes_through_none(machine: Machine, others: Path) -> None:
    machine.secrets.parent.mkdir(parents=True)
    machine.secrets.symlink_to(others)
    refused = refusal(machine.install(machine.answers()))
    assert refused["code"] == "install_path_is_link"
    assert str(machine.secrets) in refused["message_en"]
    assert others.stat().st_mode & 0o777 == 0o755


def test_where_the_whole_folder_lies_is_for_the_operator_to_say(tmp_path: Path) -> None:
    where = folders(tmp_path / "machine")
    where.data.parent.mkdir(parents=True)
    (tmp_path / "big-disk").mkdir()
    where.data.symlink_to(tmp_path / "big-disk")
    give(where.data, where, mode=0o750, to_program=True)
    assert is_given(where.data, where, mode=0o750, to_program=True)
    where.secrets.symlink_to(tmp_path / "big-disk")
    assert not is_given(where.secrets, where, mode=0o750, to_program=True)
    with pytest.raises(Conflict):
        give(where.secrets, where, mode=0o700, to_program=True)


def test_a_key_is_written_through_none(
    others: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    create_keys(secrets)
    monkeypatch.setattr(keys.os, "getpid", lambda: 4242)
    (secrets / ".receipt.key.4242.new").symlink_to(others / "kept")
    write_secret(secrets / "receipt.key", "new")
    assert (others / "kept").read_text("utf-8") == "as it was"
    assert (secrets / "receipt.key").read_text("utf-8") == "new"
    assert not (secrets / "receipt.key").is_symlink()
