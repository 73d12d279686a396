"""Figures for reading cards and passports: `python -m benchmarks.reading [--quick]`.

Every figure stands beside a peer measured in the same run, since one machine's milliseconds say
little. Cards, people and photographs are invented from seeds; each run sees the same ones.
"""

import argparse
import asyncio
import io
import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any, Final

import msgspec
import zxingcpp
from PIL import Image

from asm.intake.cards.card_qr import read_card_qr
from asm.intake.cards.mrz import MrzReading, read_mrz
from asm.intake.photos.card_image import PictureTexts, decode_qr_texts
from asm.intake.photos.passport_photo import can_read_passports
from asm.intake.sandbox.sandbox import Sandbox
from asm.intake.sandbox.sandbox_tasks import CARD_PICTURE, PASSPORT_PICTURE, SandboxLine
from benchmarks.measure import (
    ForeignCpu,
    Row,
    conditions,
    memory_mb,
    p50_ms,
    per_second,
    print_table,
)
from benchmarks.synthetic_cards import Degradation, card_picture, invented_card, photograph
from benchmarks.synthetic_passports import invented_mrz, page_picture

TODAY: Final = date(2026, 11, 22)
_PACKAGES: Final = ("Pillow", "zxing-cpp", "segno", "msgspec", "rapidocr", "onnxruntime")
_CARDS: Final = 120
_PASSPORTS: Final = 60


def naive_card(text: str) -> dict[str, str]:
    """What a weekend project does: split, and trust every part."""
    number, old, name, birth, sex, address, issued = text.split("|")[:7]
    return {
        "number": number, "old": old, "name": name, "sex": sex, "address": address,
        "birth": f"{birth[4:]}-{birth[2:4]}-{birth[:2]}",
        "issued": f"{issued[4:]}-{issued[2:4]}-{issued[:2]}",
    }  # fmt: skip


def naive_mrz(text: str) -> dict[str, str]:
    """The zone cut at its positions, no check digit looked at."""
    upper, lower = text.split("\n")
    surname, _, given = upper[5:].partition("<<")
    return {
        "surname": surname.replace("<", " "), "given": given.replace("<", " ").strip(),
        "number": lower[:9].rstrip("<"), "country": lower[10:13],
        "birth": lower[13:19], "sex": lower[20],
        "expiry": lower[21:27], "optional": lower[28:42].rstrip("<"),
    }  # fmt: skip


def text_rows(seconds: float) -> Iterator[Row]:
    """Parses per second of both texts, beside a naive parser and JSON of the same length."""
    _, card = invented_card(1)
    zone = "\n".join(invented_mrz(1))
    parsers: tuple[tuple[str, str, Callable[[], object], Callable[[], object]], ...] = (
        ("QR text", card, lambda: read_card_qr(card, today=TODAY), lambda: naive_card(card)),
        ("MRZ (TD3)", zone, lambda: read_mrz(zone, today=TODAY), lambda: naive_mrz(zone)),
    )
    for what, text, ours, naive in parsers:
        encoded = json.dumps(text, ensure_ascii=False)
        rate = per_second(ours, seconds=seconds)
        for peer, other in (
            ("split and trust", naive),
            ("json.loads, same text", partial(json.loads, encoded)),
        ):
            theirs = per_second(other, seconds=seconds)
            yield Row(f"{what}, parses", rate, "/s", peer, theirs, more_is_better=True)


def plain_decode(data: bytes) -> None:
    """Pillow alone, in full size and colour."""
    Image.open(io.BytesIO(data)).convert("RGB")


def full_size(data: bytes) -> list[str]:
    """The usual recipe: decode all of it in colour, one look with the defaults."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    codes = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return [code.text for code in codes]


def image_rows(times: int) -> Iterator[Row]:
    """The median time for one photograph, in this process and through the sandbox."""
    _, text = invented_card(1)
    for name, size in (("1.2 MP", (1280, 960)), ("12 MP", (4000, 3000))):
        how = Degradation(tilt=8, lean=0.1, blur=0.4, noise=0.05, jpeg=80)
        data = photograph(card_picture(text, 1600), size, how, seed=1)
        _must_be(decode_qr_texts(data), [text])
        p50 = p50_ms(partial(decode_qr_texts, data), times=times)
        peers: tuple[tuple[str, Callable[[bytes], object]], ...] = (
            ("full size, in colour", full_size),
            ("Pillow's decoding alone", plain_decode),
        )
        for peer, other in peers:
            theirs = p50_ms(partial(other, data), times=times)
            yield Row(f"QR image {name}, p50", p50, "ms", peer, theirs)
        yield Row(f"QR image {name}, p50 through the sandbox", _sandboxed(data, times), "ms")
    blank = photograph(Image.new("L", (1600, 1000), 200), (4000, 3000), Degradation(noise=0.1), 1)
    worst = p50_ms(lambda: decode_qr_texts(blank), times=max(3, times // 3))
    one_look = p50_ms(lambda: full_size(blank), times=max(3, times // 3))
    yield Row("12 MP without any code, p50", worst, "ms", "one look, full size", one_look)


def _must_be(texts: list[str], expected: list[str]) -> None:
    """A figure for a wrong reading would be worth nothing."""
    if texts != expected:
        raise SystemExit(f"read {texts!r} instead of {expected!r}")


def _sandboxed(data: bytes, times: int) -> float:
    sandbox = Sandbox(SandboxLine(processes=1))
    with asyncio.Runner() as runner:
        p50 = p50_ms(lambda: runner.run(sandbox.run(CARD_PICTURE, data, PictureTexts)), times=times)
    sandbox.close()
    return p50


def degraded_card(seed: int) -> tuple[str, bytes]:
    """A card's text and a bad photograph of it, from a seed."""
    rng = random.Random(seed)
    how = Degradation(
        card_share=rng.uniform(0.45, 0.9),
        tilt=rng.uniform(-25, 25),
        lean=rng.uniform(0, 0.25),
        blur=rng.uniform(0, 2.4),
        noise=rng.uniform(0, 0.3),
        jpeg=rng.randrange(25, 85),
    )
    _, text = invented_card(seed)
    return text, photograph(card_picture(text, 1400, seed=seed), (1600, 1200), how, seed)


def card_rate(count: int) -> Row:
    """How many of the degraded cards are read exactly; a wrong text would be an error."""
    ours = theirs = 0
    for seed in range(count):
        text, data = degraded_card(seed)
        texts = decode_qr_texts(data)
        _must_be(texts, [text] if texts else [])
        ours += bool(texts)
        theirs += full_size(data) == [text]
    return Row(
        f"cards read of {count} degraded", ours, "", "one look, full size", theirs,
        more_is_better=True,
    )  # fmt: skip


def degraded_passport(seed: int) -> tuple[MrzReading, bytes]:
    """What a passport's zone says and a bad photograph of its page, from a seed."""
    rng = random.Random(seed)
    lines = invented_mrz(seed)
    how = Degradation(
        card_share=rng.uniform(0.6, 0.9),
        tilt=rng.uniform(-6, 6),
        lean=rng.uniform(0, 0.1),
        blur=rng.uniform(0, 1.8),
        noise=rng.uniform(0, 0.2),
        jpeg=rng.randrange(35, 80),
    )
    data = photograph(page_picture(lines, 1400, seed=seed), (1600, 1200), how, seed)
    return read_mrz("\n".join(lines), today=TODAY), data


def passport_rows(count: int) -> Iterator[Row]:
    """Passports read through the worker, beside the same reader's lines without our rules."""
    # Only where the extra is installed.
    from asm.intake.photos.passport_photo_worker import _lines_in  # noqa: PLC0415

    sandbox = Sandbox(SandboxLine(processes=1))
    patient = msgspec.structs.replace(PASSPORT_PICTURE, cpu_s=60, wall_s=120)
    right = names = plain = 0
    spent: list[float] = []
    with asyncio.Runner() as runner:
        for seed in range(count):
            expected, data = degraded_passport(seed)
            start = runner.get_loop().time()
            reading = runner.run(sandbox.run(patient, data, MrzReading, today=TODAY))
            spent.append(runner.get_loop().time() - start)
            right += _same(reading, expected)
            names += bool(reading.guest and reading.guest == expected.guest)
            plain += _same(_without_rules(_lines_in(Image.open(io.BytesIO(data)))), expected)
    now, most = memory_mb(sandbox.pids()[0])
    sandbox.close()
    yield Row(
        f"passports read of {count} degraded", right, "", "OCR's lines as they are", plain,
        more_is_better=True,
    )  # fmt: skip
    yield Row("of these, the name exact as well", names, "")
    # The first one loads the models.
    yield Row("passport photograph, p50", sorted(spent[1:])[len(spent) // 2 - 1] * 1000, "ms")
    yield Row("passport photograph, the first", spent[0] * 1000, "ms")
    yield Row("memory of the OCR worker, then", now, "MB")
    yield Row("memory of the OCR worker, at most", most, "MB")


def _same(reading: MrzReading, expected: MrzReading) -> bool:
    """Everything that check digits cover; a person confirms the name."""
    if reading.guest is None or expected.guest is None:
        return False
    names_aside = [
        msgspec.structs.replace(guest, full_name="") for guest in (reading.guest, expected.guest)
    ]
    return names_aside[0] == names_aside[1] and reading.expires_on == expected.expires_on


def _without_rules(lines: list[str]) -> MrzReading:
    return read_mrz("\n".join(line for line in lines if len(line) > 40), today=TODAY)


def memory_rows(pictures: int) -> Iterator[Row]:
    """What a decoding worker holds at rest, after many photographs, and at its most."""
    sandbox = Sandbox(SandboxLine(processes=1))
    _, text = invented_card(1)
    small = photograph(card_picture(text, 1400), (1280, 960), Degradation(), 1)
    large = photograph(card_picture(text, 1400), (4000, 3000), Degradation(), 1)
    with asyncio.Runner() as runner:
        for label, data, times in (
            ("at rest", small, 1),
            (f"after {pictures} of 12 MP", large, pictures),
        ):
            for _ in range(times):
                runner.run(sandbox.run(CARD_PICTURE, data, PictureTexts))
            now, most = memory_mb(sandbox.pids()[0])
            yield Row(f"memory of a decoding worker, {label}", now, "MB")
        decoded = 4000 * 3000 * 3 / 2**20
        yield Row("the same, at its most", most, "MB", "the picture's pixels in colour", decoded)
    sandbox.close()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few of each, to see that it runs")
    quick = parser.parse_args(arguments).quick
    foreign = ForeignCpu()
    rows: list[Any] = [*text_rows(0.2 if quick else 5)]
    rows += image_rows(3 if quick else 25)
    rows.append(card_rate(6 if quick else _CARDS))
    rows += memory_rows(2 if quick else 30)
    if can_read_passports():
        rows += passport_rows(3 if quick else _PASSPORTS)
    print_table(rows)
    print("\n" + "\n".join(conditions(_PACKAGES, foreign)))
    if not can_read_passports():
        print('passports: not measured, the extra is missing (pip install "asm[ocr]")')


if __name__ == "__main__":
    main(sys.argv[1:])
