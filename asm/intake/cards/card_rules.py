"""What reading a card's QR or a machine-readable zone may find, in the words of the rule list."""

from typing import Final

from asm.stays.rules.rule import Rule, by_id, rule

_QR: Final = "Mã QR trên thẻ CCCD và thẻ Căn cước"
_MRZ: Final = "ICAO Doc 9303, phần 3 đến 6"
_FOREIGNERS_LAW: Final = "Luật 47/2014/QH13, Điều 33; mẫu NA17"

QR_RULES: Final[tuple[Rule, ...]] = (
    rule("card_qr.empty", "refuse", field="guest", source=_QR),
    rule("card_qr.too_long", "refuse", field="guest", source=_QR),
    rule("card_qr.not_a_card", "refuse", field="guest", source=_QR),
    rule("card_qr.bank_payment", "refuse", field="guest", source="EMVCo QR; VietQR"),
    rule("card_qr.health_insurance", "refuse", field="guest", source="Thẻ BHYT"),
    rule("card_qr.web_address", "refuse", field="guest", source=_QR),
    rule("card_qr.mrz", "refuse", field="guest", source=_MRZ),
    rule("card_qr.two_scans", "refuse", field="guest", source=_QR),
    rule("card_qr.telex", "refuse", field="guest", source=_QR),
    rule("card_qr.name_as_read", "note", field="guest.full_name", source=_QR),
    rule("card_qr.wrong_table", "refuse", field="guest", source=_QR),
    rule("card_qr.parts", "refuse", field="guest", source=_QR),
    rule("card_qr.number", "refuse", field="guest.document_number", source=_QR),
    rule("card_qr.old_number", "warn", field="guest.old_number", source=_QR),
    rule("card_qr.name", "refuse", field="guest.full_name", source=_QR),
    rule("card_qr.birth_date", "refuse", field="guest.birth_date", source=_QR),
    rule("card_qr.sex", "refuse", field="guest.sex", source=_QR),
    rule("card_qr.issue_date", "refuse", field="guest", source=_QR),
    rule("card_qr.lost_diacritics", "warn", field="guest.full_name", source=_QR),
    rule("card_qr.lost_letters", "warn", field="guest.full_name", source=_QR),
    rule("card_qr.encoding", "note", field="guest.full_name", source=_QR),
    rule("card_qr.caps_lock", "note", field="guest.full_name", source=_QR),
    rule("card_qr.lower_case", "note", field="guest.full_name", source=_QR),
    rule("card_qr.scanner_marks", "note", field="guest", source="ISO/IEC 15424"),
    rule("card_qr.separator", "note", field="guest", source=_QR),
)

MRZ_RULES: Final[tuple[Rule, ...]] = (
    rule("mrz.shape", "refuse", field="guest", source=_MRZ),
    rule("mrz.incomplete", "refuse", field="guest", source=_MRZ),
    rule("mrz.visa", "refuse", field="guest", source="ICAO Doc 9303, phần 7"),
    rule("mrz.foreign_card", "refuse", field="guest", source=_FOREIGNERS_LAW),
    rule("mrz.input_method", "refuse", field="guest", source=_MRZ),
    rule("mrz.input_method.restored", "warn", field="guest.full_name", source=_MRZ),
    rule("mrz.line_twice", "note", field="guest", source=_MRZ),
    rule("mrz.fillers", "note", field="guest", source=_MRZ),
    rule("mrz.laissez_passer", "warn", field="guest.nationality", source=_FOREIGNERS_LAW),
    rule("mrz.check_digit", "refuse", field="guest.document_number", source=_MRZ),
    rule("mrz.repaired", "warn", field="guest.document_number", source=_MRZ),
    rule("mrz.number", "refuse", field="guest.document_number", source=_MRZ),
    rule("mrz.birth_date", "refuse", field="guest.birth_date", source=_MRZ),
    rule("mrz.birth_date.partial", "warn", field="guest.birth_date", source=_MRZ),
    rule("mrz.expiry", "warn", field="guest", source=_MRZ),
    rule("mrz.expired", "warn", field="guest", source=_MRZ),
    rule("mrz.sex", "note", field="guest.sex", source=_MRZ),
    rule("mrz.nationality", "warn", field="guest.nationality", source=_MRZ),
    rule("mrz.name.confirm", "warn", field="guest.full_name", source=_MRZ),
    rule("mrz.name.missing", "refuse", field="guest.full_name", source=_MRZ),
    rule("mrz.name.truncated", "warn", field="guest.full_name", source=_MRZ),
)

CARD_RULES: Final[dict[str, Rule]] = by_id(QR_RULES, MRZ_RULES)
