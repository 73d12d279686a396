"""A message on its way, for channels."""

import uuid
from typing import Any

from asm.notify.channels.channel import MessageText, OutgoingDelivery


def outgoing(**changes: Any) -> OutgoingDelivery:
    fields: dict[str, Any] = {
        "id": uuid.uuid4(),
        "topic": "reminder.last",
        "address": {},
        "message": MessageText(title="Sắp đến hạn 23:00", text="Cơ sở của bạn chưa khai báo."),
        "link": "https://asm.test/inbox",
        "leave_url": "https://asm.test/notices/abc",
        "language": "vi",
        "facts": {"receipt": "LT-1"},
        **changes,
    }
    return OutgoingDelivery(**fields)
