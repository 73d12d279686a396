"""docs/health.md: what monitoring may ask, from what the code answers."""

import asyncio
from typing import Final

from prometheus_client import Metric
from sqlalchemy.ext.asyncio import AsyncSession

from asm.api.health import DETAILS, VITAL
from asm.locales.texts import both
from asm.metrics.counted import CountedHere
from asm.metrics.of_database import figures_of_database, figures_of_deliveries
from asm.worker.counted import REGISTRY

_HEAD: Final = """\
# Theo dõi · Watching over it

## Địa chỉ · Addresses

| Địa chỉ · Address | 200 khi · when | 503 khi · when | Cho ai · For whom |
|---|---|---|---|
| `/health/live` | tiến trình web trả lời · the web process answers | | cái khởi động lại nó · \
what restarts it |
| `/health/ready` | nhận được khai báo, kể cả khi `degraded` · declarations can be taken, also \
when `degraded` | `failing` | bộ cân bằng tải · load balancers |
| `/health/all` | mọi thứ đều tốt · all is well | `degraded`, `failing` | giám sát · monitoring |
| `/health/worker` | một tiến trình nền còn sống · a worker lives | đã chết, hoặc không biết \
được · dead, or nobody can tell | giám sát · monitoring |
| `asm worker --healthy` | thoát 0 · exits with 0 | thoát 1; 2 khi không hỏi được · exits with \
1; 2 when it cannot ask | Docker, kiểm tra trên máy chạy worker · Docker, checks where the \
worker runs |
| `/metrics` | số đo cho Prometheus · figures for Prometheus | | chỉ máy này và mạng nội bộ, \
hỏi thẳng · this machine and private networks, asked directly |

Không địa chỉ nào cần đăng nhập, không trả lời nào chứa dữ liệu cá nhân, địa chỉ hay mật khẩu. \
Tiến trình nền chết thì khai báo vẫn được nhận và có giấy tiếp nhận, nên `/health/ready` vẫn là \
200 (`degraded`): hãy để giám sát hỏi `/health/all` hoặc `/health/worker`. `asm worker \
--healthy` hỏi cơ sở dữ liệu (`ASM_WORKER_DATABASE_URL`) về tiến trình nền của chính máy ấy; \
nhiều tiến trình nền trên một máy thì thêm `--pid`.

None of them asks who you are, and no answer holds personal data, an address or a password. \
Without a worker declarations are still taken, with a receipt, so `/health/ready` stays 200 \
(`degraded`): let monitoring ask `/health/all` or `/health/worker`. `asm worker --healthy` asks \
the database (`ASM_WORKER_DATABASE_URL`) about the worker of that very machine; of several \
there, `--pid` names one.

## `checks`

`/health/ready` và `/health/all` trả lời `{"status": …, "checks": {…}}`. `status`: `ok`; \
`degraded`, việc được làm muộn hơn; `failing`, không nhận được khai báo. Mỗi mục có `ok` và, \
khi có gì để nói, `detail`. · They answer `{"status": …, "checks": {…}}`. `status`: `ok`; \
`degraded`, work is done later; `failing`, declarations cannot be taken. Each check has `ok` \
and, where there is something to say, `detail`.

| Mục · Check | `detail` | Nghĩa và cách xử lý · Meaning, and what to do |
|---|---|---|
"""
_FIGURES: Final = """
## Số đo · Figures

`/metrics` ở cổng chính trả lời người hỏi thẳng từ máy này hoặc mạng nội bộ, không qua máy chủ \
chuyển tiếp. `ASM_METRICS_PORT` mở thêm một cổng riêng (mặc định không mở, và chỉ nghe ở \
`127.0.0.1`; đổi bằng `ASM_METRICS_HOST`), để máy chủ phía trước không bao giờ chạm tới. Nhiều \
tiến trình web (`WEB_CONCURRENCY`) thì hỏi cái nào cũng được tổng của tất cả: mỗi cái đếm vào \
tệp của mình trong bộ nhớ (`/run/asm-web/asm-figures-…` khi chạy bằng systemd, nếu không thì \
trong \
`/dev/shm`; thư mục mới cho mỗi lần khởi động, không ai khác đoán được tên, thư mục cũ tự xóa; \
không tạo được thì mỗi tiến trình đếm riêng và nhật ký ghi `figures_not_shared`); cái nào chết \
thì phần đã đếm vẫn còn, cái thay nó đếm tiếp, và cổng riêng chuyển \
sang cái khác trong vài giây. Số đo của cơ sở dữ liệu được đọc lúc hỏi, không cộng. \
`ASM_WORKER_METRICS_PORT` mở cổng cho tiến trình nền: số của nó và của cơ sở dữ liệu. Sau mỗi \
lần khởi động, số đếm bắt đầu từ 0.

`/metrics` on the main port answers who asks directly from this machine or a private network, \
not through a proxy. `ASM_METRICS_PORT` opens a port of its own as well (none by default, and \
only on `127.0.0.1`; `ASM_METRICS_HOST` changes that), which the server in front never touches. \
Of several web processes (`WEB_CONCURRENCY`) any gives the sum of all: each counts into a file \
of its own in memory (`/run/asm-web/asm-figures-…` under systemd, else in `/dev/shm`; a new \
folder \
at each start, of a name that nobody else can know, old ones are removed; where it cannot be had \
each process counts for itself, and the log says `figures_not_shared`); what a process counted \
stays when it dies, its successor goes on, and the port passes \
to another within seconds. What the database tells is read when asked for, and not added up. \
`ASM_WORKER_METRICS_PORT` opens a port for the worker: its figures and the database's. Counts \
begin at 0 with each start.

| Số đo · Figure | Nhãn · Labels | Ai · Whose | Nghĩa · Meaning |
|---|---|---|---|
"""
_LABELS: Final = {
    "asm_build_info": "version",
    "asm_requests": "route, method, status",
    "asm_request_seconds": "route, method",
    "asm_declarations": "outcome",
    "asm_blocked_tries": "purpose, counter",
    "asm_outbox_rows": "state",
    "asm_deliveries": "channel, outcome",
    "asm_deliveries_waiting": "channel",
    "asm_deliveries_oldest_seconds": "channel",
    "asm_worker_rows": "outcome",
    "asm_worker_rounds": "what, outcome",
}
_TAIL: Final = """
Trang này do `python -m mobile_contract.generate` viết · This page is written by it.
"""


def health_page() -> str:
    """Addresses, checks with what they may say, and figures."""
    checks = [row for name in DETAILS for row in _check_rows(name)]
    return _HEAD + "\n".join(checks) + "\n" + _FIGURES + "\n".join(_figures()) + "\n" + _TAIL


def all_metrics() -> list[Metric]:
    """Every figure that a web process or a worker tells."""
    return [metric for _, metrics in _by_teller() for metric in metrics]


def _check_rows(name: str) -> list[str]:
    vital = "không có thì `failing` · without it `failing`"
    weight = vital if name in VITAL else "không có thì `degraded` · without it `degraded`"
    rows = [f"| `{name}` | | {_said(f'health.{name}')} ({weight}) |"]
    return rows + [f"| | `{code}` | {_said(f'health.{name}.{code}')} |" for code in DETAILS[name]]


def _figures() -> list[str]:
    return [
        f"| `{_full_name(metric)}` | {_LABELS.get(metric.name, '')} | {teller} "
        f"| {_said(f'metric.{metric.name}')} |"
        for teller, metrics in _by_teller()
        for metric in metrics
    ]


def _by_teller() -> list[tuple[str, list[Metric]]]:
    return [
        ("web", list(CountedHere().registry.collect())),
        ("worker", list(REGISTRY.collect())),
        ("web, worker", list(asyncio.run(figures_of_deliveries(_away)))),
        ("web, worker", list(asyncio.run(figures_of_database(_away)))),
    ]


def _full_name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def _away() -> AsyncSession:
    """The figures have their names without a database too."""
    raise OSError


def _said(text_id: str) -> str:
    vi, en = both("settings", text_id)
    return f"{vi} · {en}"
