"""What an earlier run, or somebody by hand, left behind: it counts, or what is wrong is named."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from asm.cli.installation import env_file
from asm.install.steps import env_files
from asm.install.steps.env_files import differences, read_env, write_env
from asm.install.steps.folders import alone, folders
from tests.install.steps.conftest import Machine
from tests.services import TestServices


def test_what_an_earlier_run_wrote_down_is_not_asked_for_again(
    machine: Machine, own_services: TestServices, tmp_path: Path, silent_port: int
) -> None:
    """Each run ends where the rights are wanting; a password goes to its own server alone."""
    (tmp_path / "redis").write_text(own_services.redis_password + "\n")
    server = f'host = "127.0.0.1"\nport = {own_services.redis_port}'
    answers = machine.answers().replace(f"port = {machine.redis_port}", server)
    with_file = answers.replace(server, f'{server}\npassword_file = "{tmp_path / "redis"}"')
    assert '"install_login_refused"' in machine.install(with_file).stderr
    web = machine.settings / "web.env"
    address = read_env(web)["ASM_REDIS_URL"]
    assert f":{own_services.redis_password}@" in address
    mail = f"ASM_SMTP_URL=smtp://127.0.0.1:{silent_port}\nASM_MAIL_FROM=asm@example.vn\n"
    web.write_text(web.read_text("utf-8") + mail, "utf-8")
    for again in (answers, answers.replace(server, "")):
        assert '"install_login_refused"' in machine.install(again, "--replace").stderr
        assert read_env(web)["ASM_REDIS_URL"] == address
    other = answers.replace('"127.0.0.1"\nport', '"localhost"\nport')
    assert '"install_redis_password"' in machine.install(other).stderr


@pytest.mark.parametrize(
    ("file", "content", "code"),
    [
        ("web.env", b"ASM_PORT=abc\n", "install_setting_unusable"),
        ("web.env", b"ASM_REDIS_URL=redis://[::1\n", "install_setting_unusable"),
        (
            "operator.env",
            b"ASM_ADMIN_DATABASE_URL=postgresql://a@b:x",
            "install_setting_unusable",
        ),
        ("web.env", b"ASM_PUBLIC_URL=https://a.vn\n# \xff\n", "install_file_no_text"),
        ("redis.conf", b"port xx\n", "install_setting_unusable"),
        ("redis.conf", b"port 1\n# \xff\n", "install_file_no_text"),
    ],
)
def test_settings_that_somebody_broke_are_named(
    machine: Machine, file: str, content: bytes, code: str
) -> None:
    machine.settings.mkdir(parents=True)
    (machine.settings / file).write_bytes(content)
    done = machine.install(machine.answers())
    assert (done.returncode, f'"{code}"' in done.stderr) == (2, True), done.stderr
    assert str(machine.settings / file) in done.stderr
    assert (machine.settings / file).read_bytes() == content


def test_a_full_disk_is_named_and_the_next_run_goes_on(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(env_files.os, "fsync", full)
    done = machine.install(machine.answers())
    monkeypatch.undo()
    assert '"install_file_unwritable"' in done.stderr
    assert os.strerror(errno.ENOSPC) in done.stderr
    assert list(machine.settings.glob("*.new")) == []
    assert '"install_login_refused"' in machine.install(machine.answers()).stderr


def test_two_at_once_do_not_mix(machine: Machine) -> None:
    with alone(folders(machine.root)):
        done = machine.install(machine.answers())
    assert '"install_runs_already"' in done.stderr
    assert list(machine.settings.iterdir()) == []


def test_a_settings_file_keeps_what_others_wrote(tmp_path: Path) -> None:
    file, where = tmp_path / "web.env", folders(tmp_path, tmp_path)
    file.write_text("# ours\nASM_PORT=9000\nOTHER=x#y\n", encoding="utf-8")
    wanted = {"ASM_PORT": "8000", "ASM_REDIS_URL": "redis://:s3cret@h:1/0"}
    write_env(file, wanted, where, mode=0o640, replace=False)
    assert file.read_text("utf-8") == (
        "# ours\nASM_PORT=9000\nOTHER=x#y\nASM_REDIS_URL=redis://:s3cret@h:1/0\n"
    )
    shown: list[Any] = differences(file, {"ASM_REDIS_URL": "redis://:other@h:1/0"})
    assert "s3cret" not in str(shown)
    assert "other" not in str(shown)
    write_env(file, wanted, where, mode=0o640, replace=True)
    assert read_env(file) == {"OTHER": "x#y", **wanted}


def test_an_installed_machine_is_found_unless_the_environment_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = tmp_path / "operator.env"
    usual.write_text("ASM_ADMIN_DATABASE_URL=postgresql://a@h/asm\nASM_PORT=1\n", encoding="utf-8")
    for name in [name for name in env_file.os.environ if name.startswith("ASM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASM_DATABASE_URL", "postgresql://b@h/asm")
    env_file.load_env_file(usual)
    assert "ASM_ADMIN_DATABASE_URL" not in env_file.os.environ
    monkeypatch.delenv("ASM_DATABASE_URL")
    monkeypatch.setenv("ASM_PORT", "2")
    monkeypatch.setenv("ASM_ADMIN_DATABASE_URL", "")  # so that it is undone
    monkeypatch.delenv("ASM_ADMIN_DATABASE_URL")
    env_file.load_env_file(usual)
    assert env_file.os.environ["ASM_ADMIN_DATABASE_URL"] == "postgresql://a@h/asm"
    assert env_file.os.environ["ASM_PORT"] == "2"
    monkeypatch.delenv("ASM_ADMIN_DATABASE_URL")
    monkeypatch.setenv("ASM_ENV_FILE", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError):
        env_file.load_env_file(usual)
