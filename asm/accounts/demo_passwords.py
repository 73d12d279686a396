"""What the demo's cast signs in with: `make demo` prints it, everybody knows it. Such a password is
refused wherever somebody chooses one, and no installation but the demo starts with it.
"""

from typing import Final

#: Login → password, of the cast in `asm.demo.cast`.
DEMO_PASSWORDS: Final = {
    "lan": "lan-hoa-sen-2026",
    "hai": "hai-nha-tro-2026",
    "bich": "bich-benh-vien-2026",
    "pms": "pms-hoa-sen-2026",
    "minh": "minh-hoan-kiem-2026",
    "thao": "thao-ba-dinh-2026",
    "tuan": "tuan-ba-dinh-2026",
    "quang": "quang-cong-an-tinh-2026",
    "nga": "nga-bo-cong-an-2026",
    "van": "van-so-du-lich-2026",
    "admin": "admin-asm-2026",
}
