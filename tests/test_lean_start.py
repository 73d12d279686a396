"""What a web process holds from its start: memory that each of many workers pays for."""

import subprocess
import sys

#: Libraries of things done seldom, in a process of their own, or by commands.
NOT_YET = {
    "alembic", "locust", "playwright", "pyogrio", "pytest", "rapidocr", "typst", "xlsxwriter"
}  # fmt: skip
LOADED = "import sys, asm.app; print(*{name.partition('.')[0] for name in sys.modules})"


def test_a_web_process_starts_without_what_it_seldom_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {"litestar", "asyncpg"} <= loaded, "the list is of what is loaded"
    assert loaded & NOT_YET == set()
