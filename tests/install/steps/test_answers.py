"""What an installation is shown: each answer is looked at before anything is done."""

from pathlib import Path

import psycopg
import pytest

from asm.errors import Invalid
from asm.install.steps.answers import Answers, answers_template, read_answers
from asm.install.steps.check_answers import CHECKS, check_lines
from asm.install.steps.passwords import scram_verifier
from tests.install.steps.conftest import Machine
from tests.services import TestServices

#: What no browser opens, or nginx reads as something else.
NO_ADDRESSES = [
    "https://[::1", "https://a b.vn", "https://a.vn;return 200", "https://a.vn{", "https://*.vn",
    "https://a.vn$host", "https://_", "https://a..b", "https://a.vn?", "https://a.vn:",
    "https://@a.vn", "https://1.2.3", "https://lưu-trú.vn", f"https://{'a' * 64}.vn",
    f"https://{'a.' * 200}vn",
]  # fmt: skip


def wrong(toml: str, part: str) -> list[tuple[str, str]]:
    """What is said of the answers: place and code."""
    return [(each["pointer"], each["code"]) for each in CHECKS[part](read_answers(toml, Answers()))]


def test_the_template_holds_every_answer_and_is_one() -> None:
    lines = answers_template().splitlines()
    filled = [line.removeprefix("# ") if " = " in line else line for line in lines]
    given = read_answers("\n".join(filled), Answers())
    assert read_answers(answers_template(), Answers()).public_url == given.public_url
    for section in ("web", "database", "redis", "mail", "administrator"):
        for field in getattr(given, section).__struct_fields__:
            assert any(line.startswith(f"{field} =") for line in filled), field


@pytest.mark.parametrize(
    ("toml", "pointer", "code"),
    [
        ('publik_url = "https://a.vn"', "/publik_url", "install_answer_unknown"),
        ("[web]\nprot = 8000", "/web/prot", "install_answer_unknown"),
        ("web = 8000", "/web", "install_answer_no_table"),
        ('[web]\nport = "8000"', "/web/port", "install_answer_number"),
        ('[web]\nnginx = "no"', "/web/nginx", "install_answer_yes_no"),
        ("public_url = 1", "/public_url", "install_answer_text"),
    ],
)
def test_a_file_that_says_what_nobody_asks(toml: str, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_answers(toml, Answers())
    assert [(each["pointer"], each["code"]) for each in refused.value.errors] == [(pointer, code)]


def test_the_nearest_answer_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        read_answers("[administrator]\npasword_file = ''", Answers())
    assert "“password_file”" in refused.value.errors[0]["remedy_en"]
    with pytest.raises(Invalid, match="install_answers_not_toml"):
        read_answers("public_url = https://a.vn", Answers())


@pytest.mark.parametrize(
    ("toml", "part", "pointer"),
    [
        ('public_url = "http://luutru.example.vn"', "public_url", "/public_url"),
        ('public_url = "https://luutru.example.vn/asm"', "public_url", "/public_url"),
        ('public_url = "https://a.vn:99999"', "public_url", "/public_url"),
        ('public_url = "https://a.vn:8443"', "public_url", "/public_url"),
        *((f'public_url = "{each}"', "public_url", "/public_url") for each in NO_ADDRESSES),
        ('[web]\ncertificate = "a.pem"\ncertificate_key = "b"', "web", "/web/certificate"),
        (
            '[web]\ncertificate = "/a"\ncertificate_key = "/b;c"',
            "web",
            "/web/certificate_key",
        ),
        ('[mail]\nurl = "smtp://a..b"', "mail", "/mail/url"),
        ('[mail]\nurl = "smtp://asm:matkhau@mail.example.vn"', "mail", "/mail/url"),
        ('[redis]\nhost = "localhost"\nport = 70000', "redis", "/redis/port"),
        ("[web]\nport = 0", "web", "/web/port"),
        ('[web]\nhost = "moi-noi"', "web", "/web/host"),
        ('[web]\ntrusted_proxies = "10.0.0.5/8"', "web", "/web/trusted_proxies"),
        ('[web]\ntrusted_proxies = "10.0.0.5 0.0.0.0/0"', "web", "/web/trusted_proxies"),
        ('[web]\ntrusted_proxies = "2000::/3"', "web", "/web/trusted_proxies"),
        ('[web]\ncertificate = "a.pem"', "web", "/web/certificate"),
        ('[mail]\nurl = "mail.example.vn"', "mail", "/mail/url"),
        ('[administrator]\nlogin = "a b"', "administrator", "/administrator/login"),
    ],
)
def test_an_answer_that_is_no_good(toml: str, part: str, pointer: str) -> None:
    assert pointer in {each for each, _ in wrong(toml, part)}


def test_good_answers_are_good() -> None:
    assert wrong('public_url = "https://luutru.example.vn"', "public_url") == []
    assert wrong('[web]\ntrusted_proxies = "10.0.0.5 172.18.0.0/16"', "web") == []


@pytest.mark.parametrize(
    "url",
    ["https://luutru.example.vn/", "https://a-b.vn:443", "https://203.0.113.5", "https://[::1]"],
)
def test_addresses_that_browsers_open(url: str) -> None:
    assert wrong(f'public_url = "{url}"', "public_url") == []


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "-a", "a/b", "a:b", "[::1]"])
def test_a_server_that_cannot_have_such_a_name(machine: Machine, host: str) -> None:
    """Each part is said in one answer, and nothing is asked of the network."""
    sections = f'[database]\nhost = "{host}"\n[redis]\nhost = "{host}"\n[administrator]\n'
    answers = f'public_url = "https://a.vn"\n{sections}login = "goc"\nname = "Gốc"\n'
    refused = machine.install(f'{answers}password_file = "{machine.password_file}"')
    assert refused.returncode == 2
    assert refused.stderr.count('"install_server_name"') == 2
    assert not machine.root.exists()


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_files_in_other_encodings_are_named(
    machine: Machine, tmp_path: Path, encoding: str
) -> None:
    """Of answers and of each password."""
    file = tmp_path / "file"
    file.write_bytes("# mật khẩu é".encode(encoding, errors="replace") + b"\xff")
    line = ("install", "--root", str(machine.root), "--answers")
    said = [machine.asm(*line, str(file)).stderr, machine.asm(*line, str(tmp_path)).stderr]
    named = f'password_file = "{file}"'
    server = f'host = "127.0.0.1"\nport = {machine.services.redis_port}'
    for answers in (
        machine.answers().replace(f"port = {machine.redis_port}", f"{server}\n{named}"),
        machine.answers().replace(f'password_file = "{machine.password_file}"', named),
        machine.answers().replace(
            "[administrator]",
            f'[mail]\nurl = "smtp://a@127.0.0.1:1"\nsender = "a@b.vn"\n{named}\n[administrator]',
        ),
    ):
        done = machine.install(answers)
        assert done.returncode == 2
        said.append(done.stderr)
    codes = ["install_file_no_text", "install_file_unreadable", *["install_file_no_text"] * 2]
    assert all(code in each for code, each in zip(codes, said, strict=False)), said
    assert '"/mail/' in said[-1]
    assert not machine.root.exists()


def test_what_notepad_writes_first_is_no_part_of_it(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('public_url = "https://a..b"', encoding="utf-8-sig")
    done = machine.asm("install", "--root", str(machine.root), "--answers", str(file))
    assert '"/public_url"' in done.stderr


def test_an_answer_is_one_line_of_text(machine: Machine) -> None:
    """Else a settings file would have a line more, or a program would end."""
    for answer in (
        'public_url = "https://a.vn\\nASM_PORT=1"',
        '[web]\ntrusted_proxies = "10.0.0.5\\n10.0.0.6"',
        '[administrator]\npassword_file = "/a\\u0000b"',
        '[web]\ncertificate = "/a\\u0000"\ncertificate_key = "/b"',
    ):
        done = machine.install(answer)
        assert (done.returncode, '"install_control_sign"' in done.stderr) == (2, True), done.stderr
    assert not machine.root.exists()


def test_names_that_would_need_quoting_are_refused(silent_port: int) -> None:
    named = f'[database]\nname = "a\'; DROP"\nport = {silent_port}'
    pointers_and_codes = wrong(named, "database")
    assert ("/database/name", "install_database_name") in pointers_and_codes
    assert ("/database/host", "install_nobody_listens") in pointers_and_codes


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ('name = "postgres"', "install_system_database"),
        ('name = "template1"', "install_system_database"),
        ('owner = "postgres"', "install_role_taken"),
        ('owner = "public"', "install_role_taken"),
        ('owner = "pg_database_owner"', "install_role_taken"),
        ('owner = "asm_api"', "install_role_taken"),
        ('owner = "chu_may"\nsuperuser = "chu_may"', "install_role_taken"),
    ],
)
def test_what_is_not_the_installations_own_is_refused(
    machine: Machine, answer: str, code: str
) -> None:
    """Before anything is written, for `asm install` and `asm install sql` alike."""
    answers = f"[database]\nport = {machine.services.cluster.port}\n{answer}\n"
    for command in ((), ("sql",)):
        line = ("install", *command, "--root", str(machine.root), "--answers", "-")
        done = machine.asm(*line, typed=answers)
        assert (done.returncode, done.stdout) == (2, "")
        assert f'"code": "{code}"' in done.stderr
        assert not machine.root.exists()


def test_servers_that_do_not_answer(silent_port: int, own_services: TestServices) -> None:
    away = f'host = "127.0.0.1"\nport = {silent_port}'
    assert wrong(f"[redis]\n{away}", "redis") == [("/redis/host", "install_redis_away")]
    mail = f'[mail]\nurl = "smtp://127.0.0.1:{silent_port}"\nsender = "asm@example.vn"'
    assert wrong(mail, "mail") == [("/mail/url", "install_mail_away")]
    there = f'host = "127.0.0.1"\nport = {own_services.redis_port}'
    assert wrong(f"[redis]\n{there}", "redis") == [
        ("/redis/password_file", "install_redis_password")
    ]


def test_a_redis_with_its_password(own_services: TestServices, tmp_path: Path) -> None:
    (tmp_path / "redis").write_text(own_services.redis_password + "\n")
    server = f'host = "127.0.0.1"\nport = {own_services.redis_port}'
    assert wrong(f'[redis]\n{server}\npassword_file = "{tmp_path / "redis"}"', "redis") == []


@pytest.mark.parametrize("sign", ['"', "'", "\\", "#", "`"])
def test_what_readers_of_settings_read_in_different_ways_is_refused(sign: str) -> None:
    answers = Answers(public_url=f"https://a{sign}b.vn")
    assert [each["pointer"] for each in check_lines(answers)] == ["/public_url"]


def test_postgresql_takes_the_verifier(own_services: TestServices) -> None:
    verifier = scram_verifier("mat-khau-thu")
    own_services.cluster.query(f"CREATE ROLE thu_mat_khau LOGIN PASSWORD '{verifier}'")
    address = own_services.admin_url("postgres").partition("@")[2]
    try:
        psycopg.connect(f"postgresql://thu_mat_khau:mat-khau-thu@{address}").close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://thu_mat_khau:khac@{address}")
    finally:
        own_services.cluster.query("DROP ROLE thu_mat_khau")


def test_wrong_answers_do_nothing(machine: Machine) -> None:
    done = machine.install(machine.answers().replace("goc", "g"))
    assert done.returncode == 2
    assert "/administrator/login" in done.stderr
    assert not machine.root.exists()


@pytest.mark.parametrize(
    ("toml", "part", "pointer"),
    [
        ("[web]\nport = 443", "web", "/web/port"),
        ("[web]\nport = 6380", "redis", "/redis/port"),
        ("[database]\nport = 8000", "database", "/database/port"),
        ("[database]\nport = 6380", "database", "/database/port"),
    ],
)
def test_two_servers_cannot_have_one_port(toml: str, part: str, pointer: str) -> None:
    assert (pointer, "install_port_taken") in wrong(toml, part)


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_of_our_own_server_is_a_port(port: int) -> None:
    assert wrong(f"[redis]\nport = {port}", "redis") == [("/redis/port", "install_port")]


@pytest.mark.parametrize("path", ["~/mat-khau", "mat-khau", "./mat-khau"])
def test_a_password_is_not_written_to_whatever_folder_one_is_in(path: str) -> None:
    toml = f'[administrator]\nlogin = "goc"\nname = "Gốc"\npassword_file = "{path}"'
    said = [("/administrator/password_file", "install_path_relative")]
    assert wrong(toml, "administrator") == said


def test_a_file_that_never_ends_is_not_read_to_its_end(machine: Machine) -> None:
    file = "/dev/zero"
    toml = f'[administrator]\nlogin = "goc"\nname = "Gốc"\npassword_file = "{file}"'
    said = [("/administrator/password_file", "install_file_unreadable")]
    assert wrong(toml, "administrator") == said
    refused = machine.asm("install", "--root", str(machine.root), "--answers", file)
    assert (refused.returncode, '"install_file_unreadable"' in refused.stderr) == (2, True)


def test_answers_nested_beyond_all_depth_are_refused(machine: Machine) -> None:
    refused = machine.install(f"a = {'[' * 9000}")
    assert (refused.returncode, '"install_answers_not_toml"' in refused.stderr) == (2, True)
