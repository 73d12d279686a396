"""What is read from the environment: empty is not set, and what cannot be used is named at once."""

from pathlib import Path

import pytest

from asm.settings import read_settings
from asm.variables.given import VariablesInvalid
from asm.variables.table import VARIABLES
from asm.variables.unknown import unknown_variables

#: Values that look like one and cannot be used, by variable.
WRONG = {
    "ASM_DATABASE_URL": [
        "asm", "mysql://h/asm", "postgresql://u:pw@h:door/asm", "postgresql://u:p#w@h/asm",
        "'postgresql://u@h/asm'", "postgresql://u@h/asm?sslmode=always",
        "postgresql://u@h/asm?ssl=require", "postgresql://u@h/asm?sslmode=require&sslmode=disable",
        "postgresql://u@/asm?host=h1,h2", "postgresql://u@/asm?host=h1,h2&port=5432",
        "postgresql://u@/asm?host=h1:5432,h2:5432", "postgresql://u@/asm?host=h1&host=h2",
        "postgresql://u@/asm?host=h1,&port=5432,5432", "postgresql://u@/asm?host=a+b",
        "postgresql://u@h1,h2/asm", "postgresql://u@h/asm?port=5432,5433",
        "postgresql://u@h/asm?port=door", "postgresql://u@h/asm?port=0",
        "postgresql://u@h/asm?port=",
        "postgresql://u@h/asm?ssl%6Dode=always", "postgresql://u@h/asm?sslmode",
        "postgresql://u@h/asm?target_session_attrs=foo", "postgresql://u@h/asm?&sslmode=require",
    ],
    "ASM_WORKER_DATABASE_URL": ["postgres:/h/asm.db?", "postgresql://u@[h/asm"],
    "ASM_ADMIN_DATABASE_URL": ["h:5432/asm", "postgresql://u@h:0/asm", "postgresql://u@h/asm?connect_timeout=3"],
    "ASM_REDIS_URL": ["127.0.0.1:6379", "http://127.0.0.1:6379"],
    "ASM_PUBLIC_URL": [
        "luutru.example.vn", "ftp://luutru.example.vn", "https://", "https://a.vn/asm",
        "https://a:b@a.vn", "https://a.vn?x=1",
    ],
    "ASM_PORT": ["0", "-1", "65536", "80 80", "eighty", "８０"],
    "WEB_CONCURRENCY": ["0", "-2", "two", "1.5", "100000"],
    "ASM_TRUSTED_PROXIES": ["proxy.example.vn", "10.0.0.0/33", "10.0.0.1/8"],
    "ASM_LOG_JSON": ["maybe", "2"],
    "ASM_BACKUP_WATCHED": ["26", "never"],
    "ASM_METRICS_PORT": ["0", "8000"],
    "ASM_WORKER_METRICS_PORT": ["x"],
    "ASM_SMTP_URL": ["mail.example.vn", "https://mail.example.vn", "smtp://a:pw@mail.example.vn"],
    "ASM_MAIL_FROM": ["nobody", "a@b@c", "a b@example.vn"],
    "ASM_SMS_URL": ["sms.example.vn"],
    "ASM_ZALO_URL": ["zalo"],
    "ASM_PUSH_CONTACT": ["mailto:a@example.vn", "vanhanh"],
    "ASM_PUSH_HOSTS": ["https://fcm.googleapis.com"],
    "ASM_WEBHOOK_HOSTS": ["pms.example.vn:443", "a/b", "*"],
    "ASM_PRIVATE_NETWORKS": ["office", "10.1.0.0/8"],
    "ASM_POPULATION_URL": ["dancu.example.vn"],
}  # fmt: skip


def wrong_in(environ: dict[str, str]) -> dict[str, tuple[str, str]]:
    with pytest.raises(VariablesInvalid) as caught:
        read_settings(environ)
    return dict(caught.value.wrong)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_what_cannot_be_used_is_named(name: str, value: str) -> None:
    beside = {"ASM_MAIL_FROM": "a@example.vn"} if name == "ASM_SMTP_URL" else {}
    wrong = wrong_in({**beside, name: value})
    assert set(wrong) == {name}
    vi, en = wrong[name]
    assert vi != en


@pytest.mark.parametrize(
    ("name", "before"),
    [("ASM_PORT", ""), ("WEB_CONCURRENCY", ""), ("ASM_DATABASE_URL", "postgresql://u@h/asm?port=")],
)
def test_thousands_of_digits_are_no_number(name: str, before: str) -> None:
    assert set(wrong_in({name: f"{before}1{'0' * 5000}"})) == {name}


def test_a_password_is_never_repeated() -> None:
    for name in ("ASM_DATABASE_URL", "ASM_REDIS_URL", "ASM_SMTP_URL", "ASM_PUBLIC_URL"):
        for value in ("smtp://lan:hunter22@h", "https://lan:hunter22@h", "x://lan:hunter22@h#"):
            with pytest.raises(VariablesInvalid) as caught:
                read_settings({name: value, "ASM_MAIL_FROM": "a@example.vn"})
            assert "hunter22" not in str(caught.value) + caught.value.message


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(VariablesInvalid, match=r"ASM_PORT: .* WEB_CONCURRENCY: ") as caught:
        read_settings({"ASM_PORT": "x", "WEB_CONCURRENCY": "0"})
    assert "WEB_CONCURRENCY" in caught.value.message


def test_a_channel_that_is_set_up_by_half_is_told_what_is_wanting() -> None:
    wrong = wrong_in({"ASM_SMTP_URL": "smtps://mail.example.vn"})
    assert "ASM_SMTP_URL" in wrong["ASM_MAIL_FROM"][1]


def test_two_ports_of_one_process_differ() -> None:
    wrong = wrong_in({"ASM_METRICS_PORT": "9464", "ASM_WORKER_METRICS_PORT": "9464"})
    assert set(wrong) == {"ASM_METRICS_PORT"}
    good = read_settings({"ASM_METRICS_PORT": "9464", "ASM_WORKER_METRICS_PORT": "9465"}).metrics
    assert (good.host, good.port, good.worker_port) == ("127.0.0.1", 9464, 9465)


@pytest.mark.parametrize("empty", ["", "  ", "\r"])
def test_empty_is_not_set(empty: str) -> None:
    assert read_settings(dict.fromkeys(VARIABLES, empty)) == read_settings({})


def test_the_examples_of_the_table_can_be_used() -> None:
    examples = {v.name: v.example for v in VARIABLES.values() if v.example}
    read = read_settings({**examples, "ASM_METRICS_PORT": "9464"})
    assert read.secure_cookies
    assert read.notify.webhook_hosts == ("pms.example.vn", "*.example.com")
    assert read.trusted_proxies == ("10.0.0.5/32", "172.18.0.0/16")


def test_a_sender_may_have_a_name() -> None:
    sender = "Lưu trú <luutru@example.vn>"
    notify = read_settings({"ASM_SMTP_URL": "smtp://a.vn", "ASM_MAIL_FROM": sender}).notify
    assert notify.mail_from == sender


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    url = "postgresql://asm_api:p%40ss@db.example.vn/asm"
    file = tmp_path / "database-url"
    file.write_text(f"{url}\n", encoding="utf-8")
    named = {"ASM_DATABASE_URL_FILE": str(file)}
    assert read_settings(named).database_url == url
    assert set(wrong_in({**named, "ASM_DATABASE_URL": url})) == {"ASM_DATABASE_URL"}
    file.write_text("\n", encoding="utf-8")
    assert set(wrong_in(named)) == {"ASM_DATABASE_URL_FILE"}
    file.unlink()
    assert set(wrong_in(named)) == {"ASM_DATABASE_URL_FILE"}


def test_a_misspelt_variable_is_noticed_and_another_program_s_is_not() -> None:
    given = {
        "ASM_SMPT_URL": "smtp://a.vn", "ASM_BLUE": "1", "ASM_DATABASE_URL_FILE": "x",
        "ASM_LOAD_PEAK": "60", "PATH": "/bin", **dict.fromkeys(VARIABLES, "x"),
    }  # fmt: skip
    assert unknown_variables(given) == [("ASM_BLUE", None), ("ASM_SMPT_URL", "ASM_SMTP_URL")]
