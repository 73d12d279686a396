"""What a trial takes from a shell with a real installation's settings."""

from pathlib import Path

import pytest

from asm.errors import ConfigurationError
from local.layout import Layout
from local.serve import common_environment, left_alone

REAL = {
    "ASM_REDIS_URL": "redis://real.example:6379/0",
    "ASM_SMTP_URL": "smtp://asm@mail.example:587",
    "ASM_SMTP_PASSWORD_FILE": "/etc/asm/smtp",
    "ASM_MAIL_FROM": "luutru@example.vn",
    "ASM_SMS_URL": "https://sms.example/send",
    "ASM_ZALO_URL": "https://zalo.example/send",
    "ASM_PUSH_CONTACT": "vanhanh@example.vn",
    "ASM_WEBHOOK_HOSTS": "pms.example",
    "ASM_POPULATION_URL": "https://dancu.example",
    "ASM_POPULATION_TOKEN_FILE": "/etc/asm/token",
}


def taken(folder: Path) -> dict[str, str]:
    trial = common_environment(Layout(folder), port=8123, redis_url="redis://127.0.0.1:1")
    return {name: value for name, value in REAL.items() if trial.get(name) == value}


def test_no_provider_and_no_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    assert taken(tmp_path) == {}
    assert set(left_alone()) == REAL.keys() - {"ASM_REDIS_URL"}
    monkeypatch.setenv("ASM_TRIAL_USES", "ASM_SMTP_URL ASM_MAIL_FROM")
    assert taken(tmp_path).keys() == {"ASM_SMTP_URL", "ASM_MAIL_FROM"}


def test_what_may_not_be_asked_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASM_TRIAL_USES", "smtp ASM_VAULT_KEY")
    with pytest.raises(ConfigurationError, match=r"ASM_SMTP_URL, not ASM_VAULT_KEY, smtp"):
        left_alone()
