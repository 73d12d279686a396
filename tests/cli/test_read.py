"""`asm read` and `asm due` as their users start them: real processes, without any database."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asm.__main__ import app
from asm.cli.read import RULES
from asm.facilities.kinds import KINDS
from asm.intake.photos.passport_photo import can_read_passports
from benchmarks.synthetic_passports import invented_mrz, page_picture
from tests.intake.photos.pictures import CARD, card, encoded, png_bomb

DATA = Path(__file__).parents[1] / "intake" / "data"
TODAY = ("--today", "2026-11-22")
QR_SAMPLES = [
    json.loads(line) for line in (DATA / "qr_cccd_samples.jsonl").read_text("utf-8").splitlines()
]
MRZ_SAMPLES = [
    json.loads(line) for line in (DATA / "mrz_samples.jsonl").read_text("utf-8").splitlines()
]
CARD_ZONE = MRZ_SAMPLES[0]["lines"]


def asm(*arguments: str, stdin: str | bytes = "") -> tuple[int, dict[str, Any]]:
    """The command in this process: exit status and its one JSON object."""
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    return done.exit_code, json.loads(done.stdout)


def started(*arguments: str, stdin: bytes = b"", **environment: str) -> tuple[int, bytes, bytes]:
    """The command in a process of its own, knowing of no database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASM_")}
    done = subprocess.run(
        [sys.executable, "-m", "asm", *arguments],
        input=stdin,
        env=kept | environment,
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def rules_of(answer: dict[str, Any]) -> list[str]:
    for item in answer["problems"]:
        assert {"rule", "severity", "field", "message"} <= set(item)
    return [item["rule"] for item in answer["problems"]]


@pytest.mark.parametrize("sample", QR_SAMPLES, ids=lambda sample: sample["note"][:30])
@pytest.mark.parametrize("way", ["argument", "stdin"])
def test_qr_samples(sample: dict[str, Any], way: str) -> None:
    raw = sample["raw"]
    status, answer = asm("read", "qr", raw, *TODAY) if way == "argument" else asm(
        "read", "qr", "-", *TODAY, stdin=raw
    )  # fmt: skip
    assert (status == 0) is answer["ok"] is sample["valid"]
    assert (answer["guest"] is not None) is sample["valid"]
    if not sample["valid"]:
        assert "refuse" in {item["severity"] for item in answer["problems"]}
    if "id" in sample.get("expect", {}):
        assert answer["guest"]["document_number"] == sample["expect"]["id"]
        assert answer["guest"]["full_name"] == sample["expect"]["name"]
        assert answer["issued_on"] == sample["expect"]["issued"]
        assert len(rules_of(answer)) == len(sample["expect"].get("warn", []))


@pytest.mark.parametrize("sample", MRZ_SAMPLES, ids=lambda sample: sample["note"][:30])
@pytest.mark.parametrize("between", ["\n", "\\n", " ", "\r\n"])
def test_mrz_samples(sample: dict[str, Any], between: str) -> None:
    text = between.join(sample["lines"])
    for status, answer in (
        asm("read", "mrz", text, *TODAY),
        asm("read", "mrz", "-", *TODAY, stdin=text + "\n"),
    ):
        assert (status == 0) is answer["ok"] is sample["valid"]
        assert answer["name_to_confirm"] is sample["valid"]
        assert answer["format"] == sample["type"]
        if sample["valid"]:
            assert "mrz.name.confirm" in rules_of(answer)


def test_a_name_line_without_its_fillers_may_be_parted_by_a_space() -> None:
    text = " ".join([*CARD_ZONE[:2], CARD_ZONE[2].rstrip("<")])
    assert asm("read", "mrz", text, *TODAY)[1]["guest"]["full_name"] == "NGUYEN VAN MAU"


def test_a_doubted_name_is_read_when_a_person_says_that_it_is_right() -> None:
    doubted = CARD.replace("Nguyễn Thị Đào Mẫu", "Nguyễn Thị Đaào")
    status, answer = asm("read", "qr", doubted, *TODAY)
    assert (status, rules_of(answer)) == (1, ["card_qr.telex"])
    status, answer = asm("read", "qr", doubted, "--name-confirmed", *TODAY)
    assert (status, rules_of(answer)) == (0, ["card_qr.name_as_read"])
    assert answer["guest"]["name_confirmed"] is True


def test_bytes_that_are_no_text_are_lost_letters() -> None:
    status, answer = asm("read", "qr", "-", *TODAY, stdin=CARD.encode("cp1258", "replace"))
    assert status == 0
    assert "card_qr.lost_letters" in rules_of(answer)
    status, out, _ = started("read", "qr", "-", *TODAY, stdin=b"\xff" * 500_000)
    assert status == 1
    assert rules_of(json.loads(out)) == ["card_qr.too_long"]


def test_today_is_the_vietnamese_date() -> None:
    """Issued tomorrow is refused, whatever zone the machine is in."""
    status, answer = asm("read", "qr", CARD.replace("20042021", "23112026"), *TODAY)
    assert (status, rules_of(answer)) == (1, ["card_qr.issue_date"])
    status, out, _ = started("read", "qr", CARD, TZ="America/Los_Angeles")
    assert status == 0
    assert json.loads(out)["guest"]["full_name"] == "Nguyễn Thị Đào Mẫu"


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_letters_leave_as_utf8_in_every_locale(locale: str) -> None:
    status, out, errors = started("read", "qr", CARD, *TODAY, LC_ALL=locale, PYTHONUTF8="0")
    assert status == 0, errors
    assert json.loads(out.decode("utf-8"))["guest"]["full_name"] == "Nguyễn Thị Đào Mẫu"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_of_a_card(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "picture.dat"
    file.write_bytes(encoded(card(), kind))
    status, out, errors = started("read", "image", str(file), *TODAY)
    assert (status, errors) == (0, b"")
    answer = json.loads(out)
    assert answer["ok"] is True
    assert answer["guest"]["document_number"] == "001190000017"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "image.empty"),
        (b"%PDF-1.7", "image.format"),
        (encoded(card())[:500], "image.damaged"),
        (png_bomb(12_000, 12_000, colour=0), "image.pixels"),
        (b"\xff\xd8\xff" + b"\0" * 30_000_000, "image.bytes"),
    ],
    ids=["empty", "PDF", "cut", "bomb", "long"],
)
def test_a_file_that_is_no_picture(tmp_path: Path, data: bytes, rule: str) -> None:
    file = tmp_path / "card.png"
    file.write_bytes(data)
    for option in ((), ("--passport",)):
        status, answer = asm("read", "image", str(file), *option, *TODAY)
        assert status == 1
        assert answer["ok"] is False
        if not option or can_read_passports():
            assert rules_of(answer) == [rule]


@pytest.mark.skipif(not can_read_passports(), reason="asm[ocr] is not installed")
def test_a_picture_of_a_passport(tmp_path: Path) -> None:
    lines = invented_mrz(5)
    file = tmp_path / "passport.jpg"
    file.write_bytes(encoded(page_picture(lines), "JPEG"))
    status, answer = asm("read", "image", "--passport", str(file), *TODAY)
    assert status == 0
    assert answer["guest"]["document_number"] == lines[1][:9].rstrip("<")
    assert answer["name_to_confirm"] is True


def test_a_file_that_cannot_be_opened_is_a_mistake_in_the_command(tmp_path: Path) -> None:
    for file in (tmp_path / "none.png", tmp_path):
        status, out, errors = started("read", "image", str(file))
        assert (status, out) == (2, b"")
        assert b"Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "due", "status"),
    [
        ("2026-11-22T22:59+07:00 hotel", "2026-11-22T23:00:00+07:00", None),
        ("2026-11-22T23:00+07:00 hotel", "2026-11-23T08:00:00+07:00", None),
        ("2026-11-22T16:00Z hotel", "2026-11-23T08:00:00+07:00", None),
        (
            "2026-11-22T23:00+07:00 hotel --declared 2026-11-23T07:59+07:00",
            "2026-11-23T08:00:00+07:00",
            "on_time",
        ),
        (
            "2026-11-22T23:00+07:00 hotel --declared 2026-11-23T01:00Z",
            "2026-11-23T08:00:00+07:00",
            "on_time",
        ),
        (
            "2026-11-22T23:00+07:00 hotel --declared 2026-11-23T08:00:00.000001+07:00",
            "2026-11-23T08:00:00+07:00",
            "late",
        ),
        ("2026-11-22T20:00+07:00 rental_home --foreigner", "2026-11-23T08:00:00+07:00", None),
        (
            "2026-11-22T20:00+07:00 rental_home --foreigner --remote",
            "2026-11-23T20:00:00+07:00",
            None,
        ),
        ("2026-11-22T20:00+07:00 hotel --foreigner", "2026-11-22T23:00:00+07:00", None),
        ("2026-11-22T20:00+07:00 hotel --remote", "2026-11-22T23:00:00+07:00", None),
    ],
)
def test_when_a_stay_is_due(arguments: str, due: str, status: str | None) -> None:
    arrived, kind, *rest = arguments.split()
    code, answer = asm("due", "--arrived", arrived, "--kind", kind, *rest)
    assert (code, answer["ok"], answer["problems"]) == (0, True, [])
    assert (answer["due_at"], answer["status"]) == (due, status)


@pytest.mark.parametrize(
    ("arguments", "rule", "field", "remedy"),
    [
        ("2026-11-22T23:00 hotel", "due.zone", "arrived_at", "+07:00"),
        ("2026-11-22 hotel", "due.zone", "arrived_at", "+07:00"),
        ("yesterday hotel", "due.time", "arrived_at", "+07:00"),
        ("0001-01-01T00:00+14:00 hotel", "due.time", "arrived_at", "+07:00"),
        ("9999-12-31T23:30+07:00 hotel", "due.time", "arrived_at", "+07:00"),
        ("9999-12-31T01:30+07:00 household --foreigner --remote", "due.time", "arrived_at", "+07"),
        ("2026-11-22T23:00+07:00 castle", "due.kind", "kind", "boarding_house"),
        (
            "2026-11-22T23:00+07:00 hotel --declared 2026-11-23T07:59",
            "due.zone",
            "declared_at",
            "+07:00",
        ),
    ],
)
def test_what_cannot_be_placed_on_the_clock_is_refused(
    arguments: str, rule: str, field: str, remedy: str
) -> None:
    arrived, kind, *rest = arguments.split()
    code, answer = asm("due", "--arrived", arrived, "--kind", kind, *rest)
    assert (code, answer["ok"], answer["due_at"]) == (1, False, None)
    assert rules_of(answer) == [rule]
    assert answer["problems"][0]["field"] == field
    assert remedy in answer["problems"][0]["remedy"]
    assert remedy in answer["problems"][0]["remedy_en"]


def test_every_kind_is_listed_and_has_a_deadline() -> None:
    _, refused = asm("due", "--arrived", "2026-11-22T23:00+07:00", "--kind", "x")
    for kind in KINDS:
        assert kind in refused["problems"][0]["remedy"]
        assert asm("due", "--arrived", "2026-11-22T23:00+07:00", "--kind", kind)[0] == 0
    assert {rule.severity for rule in RULES.values()} == {"refuse"}


def test_arguments_that_are_no_text_do_no_harm() -> None:
    done = subprocess.run(
        [
            sys.executable.encode(),
            b"-m",
            b"asm",
            b"due",
            b"--arrived",
            b"\xff\xfe",
            b"--kind",
            b"\xff",
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False


def test_the_way_in_knows_the_commands() -> None:
    command = [sys.executable, "-m", "asm"]
    done = subprocess.run([*command, "read", "qr", CARD], capture_output=True, check=True)
    assert json.loads(done.stdout)["ok"] is True
    listed = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert {"read", "due", "migrate"} <= set(listed.stdout.split())
