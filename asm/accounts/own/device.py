"""What kind of device a page was opened on, in a few known words: enough for its owner to know it
again, too little to follow anybody. Pure; the header itself is kept nowhere.
"""

from typing import Final

#: What the header holds → what is kept; the first that fits counts.
_SYSTEMS: Final = (
    ("android", "android"), ("iphone", "iphone"), ("ipad", "ipad"), ("windows", "windows"),
    ("cros", "chromeos"), ("mac os", "mac"), ("linux", "linux"),
)  # fmt: skip
_BROWSERS: Final = (
    ("zalo", "zalo"), ("coc_coc", "coccoc"), ("edg", "edge"), ("opr/", "opera"),
    ("samsungbrowser", "samsung"), ("firefox", "firefox"), ("fxios", "firefox"),
    ("crios", "chrome"), ("chrome", "chrome"), ("safari", "safari"),
)  # fmt: skip
_SHOWN: Final = {
    "android": "Android", "iphone": "iPhone", "ipad": "iPad", "windows": "Windows",
    "chromeos": "ChromeOS", "mac": "Mac", "linux": "Linux",
    "zalo": "Zalo", "coccoc": "Coc Coc", "edge": "Edge", "opera": "Opera",
    "samsung": "Samsung Internet", "firefox": "Firefox", "chrome": "Chrome", "safari": "Safari",
}  # fmt: skip


def device_of(user_agent: str) -> str | None:
    """`chrome/android` for what a browser says of itself; None where it says nothing known."""
    said = user_agent[:500].lower()
    kinds = [
        next((kind for sign, kind in signs if sign in said), None)
        for signs in (_BROWSERS, _SYSTEMS)
    ]
    return "/".join(kind for kind in kinds if kind) or None


def device_name(device: str | None) -> str:
    """`Chrome, Android`; empty for what is not known. Names of products are the same everywhere."""
    return ", ".join(_SHOWN[kind] for kind in (device or "").split("/") if kind in _SHOWN)
