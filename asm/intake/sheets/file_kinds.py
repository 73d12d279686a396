"""What an uploaded file is, by its bytes: each kind is called what it is."""

from typing import Final

_MAGIC: Final = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_HEAD: Final = 4_000


def kind_of(data: bytes) -> str | None:
    """The name of the kind, as in the rule `workbook.NAME`; None for a zip, which has to be opened
    to know.
    """
    if not data.strip():
        return "empty"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(_OLE):
        return "protected" if _ENCRYPTED in data else "old_xls"
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        return "image"
    return None if data.startswith(b"PK") else _text_kind(data)


def _text_kind(data: bytes) -> str:
    text = _head_of(data)
    if text is None:
        return "unknown"
    plain = text.removeprefix("\ufeff").lstrip().lstrip("\v").lower()
    if "<html" in plain or "<table" in plain or plain.startswith("<!doctype html"):
        return "html"
    if plain.startswith("<"):
        return _xml_kind(plain)
    if plain.startswith(("{", "[")):
        return "rtf" if plain.startswith("{\\rtf") else "json"
    if plain.startswith(("msh|", "fhs|", "bhs|")):
        return "hl7"
    return "csv"


def _xml_kind(plain: str) -> str:
    if "khai_bao_tam_tru" in plain or "thong_tin_khach" in plain:
        return "xml_foreigners"
    if "urn:schemas-microsoft-com:office:spreadsheet" in plain:
        return "xml_excel"
    return "xml"


def _head_of(data: bytes) -> str | None:
    """The beginning as text; None when it is none."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data[: _HEAD // 2 * 2].decode("utf-16", "replace")
    head = data[:_HEAD]
    return None if b"\x00" in head else head.decode("utf-8", "replace")
