"""One document declared with different names.

Compared are keyed hashes of the names, folded: without case, marks and the order of the words, so
that a passport's capitals and a card's spelling agree. No name is opened, and none is shown.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks.flags.batch import Batch
from asm.checks.flags.check import Check, Shown
from asm.checks.one_person.overlaps import KnownStay, in_a_row
from asm.checks.one_person.pair_flags import PairFlag, sync_pair_flags

CHECK_ID: Final = "document-with-other-names"
SEVERITY: Final = "medium"
#: A name mistyped once would else be told for ever.
WITHIN: Final = timedelta(days=90)


async def sync_name_flags(session: AsyncSession, batch: Batch, known: Sequence[KnownStay]) -> None:
    """Settle the flags of the changed stays and of those that come before and after them."""
    flags: list[PairFlag] = []
    for first, second in in_a_row(known):
        if names_differ(first, second):
            evidence = {"days_between": (second.arrival_date - first.arrival_date).days}
            for own, other in ((first, second), (second, first)):
                flags.append(PairFlag(severity=SEVERITY, own=own, other=other, evidence=evidence))
    await sync_pair_flags(session, CHECK_ID, batch, known, flags)


def names_differ(first: KnownStay, second: KnownStay) -> bool:
    """Whether two stays of one document, near in time, name two people. Pure."""
    known = first.name is not None and second.name is not None
    return known and first.name != second.name and second.arrived_at - first.arrived_at <= WITHIN


CHECK: Final = Check(
    id=CHECK_ID,
    severity=SEVERITY,
    title="Một giấy tờ, nhiều họ tên",
    title_en="One document, different names",
    looks_at=(
        "Hai lượt lưu trú liên tiếp (trong 90 ngày, ở mọi cơ sở) của cùng một số giấy tờ mà họ tên "
        "khác nhau. So bằng mã băm có khóa của họ tên đã bỏ dấu, không phân biệt chữ hoa và thứ tự "
        "các từ; không mở họ tên nào."
    ),
    looks_at_en=(
        "Two stays of one document number that follow each other within 90 days, at any facility, "
        "with different names. Keyed hashes of the names are compared, without marks, case and the "
        "order of words; no name is opened."
    ),
    explanation=(
        "Cùng số giấy tờ hoặc hộ chiếu được khai với họ tên khác nhau. Thường là nhập nhầm số hoặc "
        "tên; cũng có thể giấy tờ bị người khác dùng. Hãy đề nghị cơ sở đối chiếu với giấy tờ. "
        "Cảnh báo tự đóng khi hai nơi khai giống nhau."
    ),
    explanation_en=(
        "One number or passport was declared with different names. Mostly a number or a name was "
        "mistyped; someone else may also be using the document. Ask the facility to compare with "
        "the papers. The flag closes itself once both say the same."
    ),
    shows=(
        Shown(
            key="days_between",
            label="Số ngày giữa hai lần đến",
            label_en="Days between the arrivals",
            form="number",
        ),
        Shown(
            key="other_ward_code",
            label="Địa bàn của lượt kia",
            label_en="Ward of the other stay",
            form="ward",
        ),
        Shown(
            key="other_stay_id",
            label="Mã lượt lưu trú kia",
            label_en="Id of the other stay",
            form="stay",
        ),
    ),
)
