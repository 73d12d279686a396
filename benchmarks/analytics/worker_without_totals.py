"""The background worker with all that follows from a stay but its totals: for comparison alone."""

from asm.settings import read_settings
from asm.worker import subscribers
from asm.worker.main import run_worker


async def _nothing(*_: object) -> None:
    """Instead of counting."""


if __name__ == "__main__":
    # `follow_stays` looks the function up by its name when it runs.
    subscribers.count_stays = _nothing
    run_worker(read_settings())
