"""Files that a command cannot read or write, and settings that are for root alone: what it says."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from asm.__main__ import app
from asm.cli.installation import env_file
from asm.settings import Settings
from tests.cli.commands_given import complaint, last_object, started


@pytest.mark.parametrize(
    "line", [("receipt", "verify"), ("read", "image"), ("areas", "event"), ("redis",)]
)
def test_a_file_that_is_not_there(
    line: tuple[str, ...], settings: Settings, tmp_path: Path
) -> None:
    said = complaint(settings, *line, str(tmp_path / "none"))
    assert said["code"] in {"file_not_usable", "file_unreadable"}


@pytest.mark.parametrize("command", ["load", "event", "codes", "assign"])
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    command: str, settings: Settings, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b"[]" * 999)[:-9])
    wrong = {tmp_path / "none": "No such file", tmp_path: "Is a directory"}
    if command == "load":
        wrong[cut] = "Compressed file ended"
    for file, reason in wrong.items():
        said = complaint(settings, "areas", command, str(file))
        assert said["code"] == "file_unreadable"
        for message in (said["message"], said["message_en"]):
            assert f" {file}" in message
            assert f": {reason}" in message
        assert said["errors"][0]["remedy_en"]


def test_a_full_disk_is_no_database_that_is_away(settings: Settings, tmp_path: Path) -> None:
    """A limit of the process stands for it: the system refuses to write in the same way."""
    folder = tmp_path / "keys"
    new = replace(settings, secrets_dir=folder)
    with psycopg.connect(settings.admin_database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM installation_key")
    limited = started(new, "keys", "init", most_bytes=16)
    assert (limited.returncode, limited.stdout) == (2, ""), limited.stderr
    said = last_object(limited.stderr)
    assert said["code"] == "file_not_usable"
    assert f"{folder}/vault.key: " in said["message_en"]
    assert "too large" in said["message_en"]
    assert list(folder.iterdir()) == []
    assert started(new, "keys", "init").returncode == 0


@pytest.mark.parametrize("line", [("doctor",), ("doctor", "--table"), ("outbox", "status")])
def test_settings_that_only_root_may_read(
    line: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is looked for at the defaults instead. Tests may be root, who reads everything."""
    usual = tmp_path / "operator.env"
    usual.touch()
    for name in [name for name in env_file.os.environ if name.startswith("ASM_")]:
        monkeypatch.delenv(name)
    for function in (env_file.load_env_file, env_file.closed_env_file):
        monkeypatch.setattr(function, "__defaults__", (usual,))
    monkeypatch.setattr(env_file.os, "access", lambda path, _: path != usual)
    done = CliRunner().invoke(app, list(line))
    assert (done.exit_code, done.stdout) == (2, "")
    said = json.loads(done.stderr)
    assert said["code"] == "not_set_up"
    for message in (said["message"], said["message_en"]):
        assert str(usual) in message
        assert "sudo" in message
