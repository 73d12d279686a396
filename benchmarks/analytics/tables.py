"""What was measured, as a table."""

from collections.abc import Mapping, Sequence

from benchmarks.analytics.questions import Timed


def print_sizes(sizes: Mapping[float, Sequence[Timed]]) -> None:
    """A line a question: its median at each size, and how it grew since the first."""
    first = next(iter(sizes.values()))
    heads = " | ".join(f"{millions:g} M, ms" for millions in sizes)
    print(f"| who | what | {heads} | grew | limit |")
    print("|---|---|" + "---|" * (len(sizes) + 2))
    for index, timed in enumerate(first):
        all_sizes = [measured[index] for measured in sizes.values()]
        medians = " | ".join(f"{each.median_ms:.1f}" for each in all_sizes)
        grew = all_sizes[-1].median_ms / timed.median_ms
        print(f"| {timed.who} | {timed.what} | {medians} | {grew:.2f} | {timed.limit} |")
