"""The checks that run, by name: what each looks for and how bad it is, in both languages."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from asm.checks import identity, no_papers, same_document, watchlist
from asm.checks.identity import await_identity
from asm.checks.no_papers import check_no_papers
from asm.checks.same_document import check_same_document
from asm.checks.watchlist import check_watchlists
from asm.notify.drain import Event, Handler

Severity = Literal["high", "medium", "low"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One background check. A flag never refuses a declaration: it asks an officer to look."""

    id: str
    severity: Severity
    title: str
    title_en: str
    explanation: str
    explanation_en: str
    run: Handler


CHECKS: tuple[Check, ...] = (
    Check(
        id=same_document.CHECK_ID,
        severity=same_document.SEVERITY,
        title="Một giấy tờ, hai nơi lưu trú",
        title_en="One document, two places",
        explanation=(
            "Cùng một giấy tờ được khai báo ở hai cơ sở lưu trú trong cùng thời gian. Có thể cơ sở "
            "chưa ghi giờ trả phòng, nhập nhầm số giấy tờ, hoặc giấy tờ bị người khác dùng. Hãy "
            "kiểm tra với cơ sở trên địa bàn và Công an cấp xã của nơi còn lại."
        ),
        explanation_en=(
            "The same document was declared at two facilities for the same time. A departure may "
            "not have been entered, a number may have been mistyped, or someone else may be using "
            "the document. Check with the facility in your ward and with the other ward's police."
        ),
        run=check_same_document,
    ),
    Check(
        id=identity.CHECK_ID,
        severity=identity.SEVERITY,
        title="Giấy tờ không khớp dữ liệu dân cư",
        title_en="Papers do not match the population database",
        explanation=(
            "Cơ sở dữ liệu quốc gia về dân cư trả lời rằng số định danh, họ tên và ngày sinh đã "
            "khai không thuộc cùng một người. Thường là nhập nhầm; hãy đề nghị cơ sở đối chiếu lại "
            "với giấy tờ. Cảnh báo tự đóng khi thông tin sửa lại đã khớp."
        ),
        explanation_en=(
            "The national population database answers that the declared number, name and birth "
            "date do not belong to one person. Most often something was mistyped; ask the facility "
            "to compare with the papers again. The flag closes itself once corrected details match."
        ),
        run=await_identity,
    ),
    Check(
        id=no_papers.CHECK_ID,
        severity=no_papers.SEVERITY,
        title="Khách không có giấy tờ",
        title_en="A guest without papers",
        explanation=(
            "Cơ sở đã khai báo một khách không có giấy tờ. Khách vẫn được thông báo lưu trú; hãy "
            "liên hệ cơ sở để xác định khách là ai. Cảnh báo tự đóng khi cơ sở bổ sung giấy tờ "
            "hoặc hủy khai báo."
        ),
        explanation_en=(
            "The facility has declared a guest who has no papers. The stay is declared all the "
            "same; contact the facility to establish who the guest is. The flag closes itself once "
            "papers are given or the declaration is voided."
        ),
        run=check_no_papers,
    ),
    Check(
        id=watchlist.CHECK_ID,
        severity=watchlist.SEVERITY,
        title="Giấy tờ trong danh sách theo dõi",
        title_en="A document on a watch list",
        explanation=(
            "Công an cấp tỉnh đang theo dõi giấy tờ này. Không báo cho cơ sở hay khách; liên hệ "
            "chủ danh sách trước khi làm gì. Cảnh báo tự đóng khi giấy tờ được sửa, khai báo bị "
            "hủy, hoặc danh sách hết hiệu lực."
        ),
        explanation_en=(
            "The provincial police watch for this document. Tell neither the facility nor the "
            "guest; speak to the list's owner before doing anything. The flag closes itself when "
            "the document is corrected, the declaration voided, or the list has ended."
        ),
        run=check_watchlists,
    ),
)
BY_ID = {check.id: check for check in CHECKS}


async def check_stays(session: AsyncSession, events: Sequence[Event]) -> None:
    """Run every check on stays that were declared or changed."""
    for check in CHECKS:
        await check.run(session, events)
