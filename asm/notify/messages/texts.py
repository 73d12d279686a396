"""What messages say, in both languages: in the inbox, and outside it.

Outside stands nothing that could tell a stranger who looks at the phone anything: no guest, no
place, no number. The inbox, behind the sign-in, names places and receipts; guests it never names
either, it links to where they stand.
"""

from typing import Any, Final

import msgspec

from asm.checks.registry import BY_ID
from asm.notify.channels.channel import MessageText


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One topic in one language; `{…}` are facts. `outside` is one or two sentences."""

    title: str
    body: str
    subject: str
    outside: str


VI: Final[dict[str, Text]] = {
    "reminder.early": Text(
        title="Chưa có khai báo cho đêm nay",
        body="{facility}: đến lúc này chưa có khách nào được khai báo cho đêm {night}. Khách đến "
        "trước 23:00 phải khai báo trước 23:00. Không có khách thì không cần làm gì.",
        subject="Nhắc khai báo lưu trú trước 23:00",
        outside="Cơ sở của bạn chưa khai báo khách nào cho đêm nay. Hạn là 23:00. Không có khách "
        "thì không cần làm gì.",
    ),
    "reminder.last": Text(
        title="Còn ít phút: chưa có khai báo cho đêm nay",
        body="{facility}: vẫn chưa có khách nào được khai báo cho đêm {night}. Hạn là 23:00. "
        "Không có khách thì không cần làm gì.",
        subject="Sắp đến hạn khai báo lưu trú 23:00",
        outside="Sắp đến 23:00 mà cơ sở của bạn chưa khai báo khách nào cho đêm nay. Không có "
        "khách thì không cần làm gì.",
    ),
    "reminder.overdue": Text(
        title="Đã quá 23:00",
        body="{facility}: {problems} Khai báo trễ vẫn được nhận và ghi trễ hạn. Khách đến từ 23:00 "
        "thì hạn là 08:00 sáng mai.",
        subject="Đã quá hạn khai báo lưu trú 23:00",
        outside="Đã quá 23:00 và có việc khai báo của cơ sở bạn cần xem lại. Khai báo trễ vẫn "
        "được nhận.",
    ),
    "receipt": Text(
        title="Đã tiếp nhận {receipt}",
        body="{facility}: đã tiếp nhận khai báo {receipt}, bản {version}, {timely}.",
        subject="Đã tiếp nhận một khai báo lưu trú",
        outside="Một khai báo lưu trú của cơ sở bạn đã được tiếp nhận.",
    ),
    "facility.returned": Text(
        title="Hồ sơ cơ sở được trả lại để sửa",
        body="{facility}: Công an cấp xã trả lại hồ sơ đăng ký. Mở trang cơ sở để xem lý do và "
        "sửa.",
        subject="Hồ sơ cơ sở lưu trú được trả lại để sửa",
        outside="Hồ sơ đăng ký cơ sở của bạn được trả lại để sửa. Lý do nằm trong trang cơ sở.",
    ),
    "facility.activated": Text(
        title="Cơ sở đã được kích hoạt",
        body="{facility}: Công an cấp xã đã kích hoạt cơ sở. Từ bây giờ hãy khai báo khách ở bàn "
        "lễ tân.",
        subject="Cơ sở lưu trú đã được kích hoạt",
        outside="Cơ sở của bạn đã được kích hoạt. Từ bây giờ khai báo lưu trú được.",
    ),
    "flag.high": Text(
        title="Cần xem ngay: {check}",
        body="{facility}: {check}. Chi tiết ở trang địa bàn.",
        subject="Có cảnh báo cần xem ngay",
        outside="Địa bàn của bạn có một cảnh báo cần xem ngay.",
    ),
    "flag.medium": Text(
        title="Nên xem: {check}",
        body="{facility}: {check}. Chi tiết ở trang địa bàn.",
        subject="Có cảnh báo nên xem",
        outside="Địa bàn của bạn có một cảnh báo nên xem.",
    ),
    "flag.low": Text(
        title="Để biết: {check}",
        body="{facility}: {check}. Chi tiết ở trang địa bàn.",
        subject="Có cảnh báo để biết",
        outside="Địa bàn của bạn có một cảnh báo để biết.",
    ),
    "flag.digest": Text(
        title="Cảnh báo đang chờ: {total}",
        body="Đang chờ xử lý: {high} cần xem ngay, {medium} nên xem, {low} để biết; {fresh} trong "
        "số đó phát hiện trong 24 giờ qua.",
        subject="Cảnh báo đang chờ ở địa bàn: {total}",
        outside="Đang chờ xử lý: {high} cần xem ngay, {medium} nên xem, {low} để biết.",
    ),
    "outage": Text(
        title="Thông báo về hệ thống", body="{said}", subject="Thông báo về hệ thống ASM",
        outside="{said}",
    ),
    "confirm": Text(
        title="Xác nhận nơi nhận thông báo", body="", subject="Xác nhận nơi nhận thông báo ASM",
        outside="Có người muốn nhận thông báo của ASM ở đây. Nếu là bạn, hãy mở liên kết để xác "
        "nhận; nếu không phải, hãy bỏ qua.",
    ),
}  # fmt: skip
EN: Final[dict[str, Text]] = {
    "reminder.early": Text(
        title="Nothing declared for tonight yet",
        body="{facility}: no guest has been declared for the night of {night} so far. Guests who "
        "come before 23:00 are due by 23:00. If nobody stays, there is nothing to do.",
        subject="Reminder: declare stays before 23:00",
        outside="Your facility has declared no guest for tonight. The deadline is 23:00. If "
        "nobody stays, there is nothing to do.",
    ),
    "reminder.last": Text(
        title="Minutes left: nothing declared for tonight",
        body="{facility}: still no guest declared for the night of {night}. The deadline is "
        "23:00. If nobody stays, there is nothing to do.",
        subject="The 23:00 deadline for stays is near",
        outside="It is nearly 23:00 and your facility has declared no guest for tonight. If "
        "nobody stays, there is nothing to do.",
    ),
    "reminder.overdue": Text(
        title="23:00 has passed",
        body="{facility}: {problems} Late declarations are accepted and marked late. Guests who "
        "come from 23:00 are due by 08:00 tomorrow.",
        subject="The 23:00 deadline for stays has passed",
        outside="23:00 has passed and a declaration of your facility needs a look. Late ones are "
        "accepted.",
    ),
    "receipt": Text(
        title="Received {receipt}",
        body="{facility}: declaration {receipt}, version {version}, was received {timely}.",
        subject="A declaration of stay was received",
        outside="A declaration of your facility was received.",
    ),
    "facility.returned": Text(
        title="A registration was sent back",
        body="{facility}: the ward's police sent the registration back. Open the facility's page "
        "for the reason and correct it.",
        subject="Your facility's registration was sent back",
        outside="The registration of your facility was sent back for correction. The reason is on "
        "the facility's page.",
    ),
    "facility.activated": Text(
        title="The facility was activated",
        body="{facility}: the ward's police activated the facility. Declare guests at the front "
        "desk from now on.",
        subject="Your facility was activated",
        outside="Your facility was activated. Stays can be declared from now on.",
    ),
    "flag.high": Text(
        title="Look now: {check}",
        body="{facility}: {check}. Details are on the ward's page.",
        subject="A flag to look at now",
        outside="Your ward has a flag to look at now.",
    ),
    "flag.medium": Text(
        title="Worth a look: {check}",
        body="{facility}: {check}. Details are on the ward's page.",
        subject="A flag worth a look",
        outside="Your ward has a flag worth a look.",
    ),
    "flag.low": Text(
        title="For information: {check}",
        body="{facility}: {check}. Details are on the ward's page.",
        subject="A flag for information",
        outside="Your ward has a flag for information.",
    ),
    "flag.digest": Text(
        title="Flags waiting: {total}",
        body="Waiting: {high} to look at now, {medium} worth a look, {low} for information; "
        "{fresh} of them were found in the last 24 hours.",
        subject="Flags waiting in your ward: {total}",
        outside="Waiting: {high} to look at now, {medium} worth a look, {low} for information.",
    ),
    "outage": Text(
        title="About the system", body="{said_en}", subject="About the ASM system",
        outside="{said_en}",
    ),
    "confirm": Text(
        title="Confirm where you are reached", body="",
        subject="Confirm where ASM reaches you",
        outside="Somebody wants ASM's messages here. If it is you, open the link to confirm; if "
        "not, do nothing.",
    ),
}  # fmt: skip
_SILENT: Final = {
    "vi": "chưa có khách nào được khai báo cho đêm {night}.",
    "en": "no guest was declared for the night of {night}.",
}
_LEAVING: Final = {
    "vi": "{departures_overdue} khách đã quá giờ dự kiến rời đi: hãy ghi trả phòng hoặc gia hạn.",
    "en": "{departures_overdue} guests are past their planned departure: check them out or extend.",
}
_TIMELY: Final = {"vi": ("đúng hạn", "trễ hạn"), "en": ("in time", "late")}


def inbox_text(topic: str, facts: dict[str, Any], language: str) -> MessageText:
    """For the page behind the sign-in."""
    told = _texts(language)[topic]
    filled = _filled(facts, language)
    return MessageText(title=told.title.format_map(filled), text=told.body.format_map(filled))


def outside_text(topic: str, facts: dict[str, Any], language: str) -> MessageText:
    """For e-mail, push, SMS and Zalo."""
    told = _texts(language)[topic]
    filled = _filled(facts, language)
    return MessageText(title=told.subject.format_map(filled), text=told.outside.format_map(filled))


def _texts(language: str) -> dict[str, Text]:
    return EN if language == "en" else VI


def _filled(facts: dict[str, Any], language: str) -> dict[str, Any]:
    """The facts with what the language makes of some of them."""
    spoken = "en" if language == "en" else "vi"
    filled = dict(facts)
    if "night" in facts:
        year, month, day = str(facts["night"]).split("-")
        filled["night"] = f"{day}/{month}/{year}"
    if "check_id" in facts:
        check = BY_ID.get(facts["check_id"])
        named = facts["check_id"] if check is None else check.title
        filled["check"] = check.title_en if check is not None and spoken == "en" else named
    if "on_time" in facts:
        filled["timely"] = _TIMELY[spoken][0 if facts["on_time"] else 1]
    if "silent" in facts:
        problems = [_SILENT[spoken]] if facts["silent"] else []
        problems += [_LEAVING[spoken]] if facts["departures_overdue"] else []
        filled["problems"] = " ".join(problems).format_map(filled)
    return filled
