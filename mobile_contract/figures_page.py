"""docs/figures.md: what each figure means, from the list that pages show beside their figures."""

from typing import Final

from asm.analytics.questions.definitions import Definition, definitions

FIGURES_HEAD: Final = """\
# Số liệu và định nghĩa · Figures and what they mean

Mọi con số lấy từ bảng tổng theo đêm mà tiến trình nền giữ cho khớp với từng lượt lưu trú, trong \
vài giây sau mỗi lần khai hay sửa; không trang nào đếm lại lịch sử. Mỗi câu trả lời nói số đã \
tính đến lúc nào (`as_of`), đêm nào còn tạm tính (`provisional_from`) và độ phủ (`coverage`). \
Đêm N là tối ngày N đến 08:00 ngày N+1, giờ Việt Nam.

Every figure comes from totals by night that the worker keeps in step with each stay, within \
seconds after a declaration or change; no page counts a history again. Each answer says up to \
when it is counted (`as_of`), which nights are provisional (`provisional_from`) and the \
coverage. Night N is the evening of day N until 08:00 of N+1, Vietnam's time.

**Ai xem được gì · Who sees what.** Cán bộ xã, phường: số chính xác của địa bàn đang làm việc. \
Công an tỉnh: của tỉnh mình và từng xã, phường trong tỉnh. Bộ: mọi nơi. Ngoài ra như không tồn \
tại. Về các xã, phường khác, cán bộ chỉ thấy tổng của tháng đã khóa. · A ward's officer: exact \
figures of the ward worked in now. A provincial officer: of the province and each of its wards. \
The ministry: everything. Anything else is as if it were not there. Of other wards, their \
officers see sums of closed months only.

**Lọc · Narrowing.** Loại cơ sở (`kind`), nơi cư trú (`residence`: `P01`, `CKOR`, `?`), lý do \
(`reason`), du lịch (`tourism`). Lọc theo nơi cư trú hay lý do thì chỉ còn lượt khách và ngày \
khách; lọc du lịch thì không có công suất. Nhiều nhất 3 năm 1 tháng một lần. · Kind of facility, \
residence, reason, tourism. By residence or reason only arrivals and guest nights remain; by \
tourism there is no occupancy. At most three years and a month at a time.

For software: `areaFigures` and its kin in [api.md](api.md). This page is written by \
`python -m mobile_contract.generate`; why the totals are rolled up as they are: \
[decision 53](adr/0053-figures-from-totals.md).
"""


def figures_page() -> str:
    """A paragraph for each definition, in both languages."""
    return "\n".join([FIGURES_HEAD, *(_paragraph(each) for each in definitions())])


def _paragraph(each: Definition) -> str:
    return f"## {each.label} · {each.label_en}\n\n{each.text}\n\n{each.text_en}\n"
