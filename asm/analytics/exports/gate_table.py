"""What gates counted, as a table beside the guest nights of their area. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from asm.analytics.exports.export_table import Cell, ExportTable
from asm.analytics.exports.figure_tables import Labels, columns
from asm.analytics.gates.gate_figures import GateFigures
from asm.analytics.questions.measures import NightFigures

#: The table's name in addresses.
GATES: Final = "gates"
_COLUMNS: Final = ("day", "gate", "ward_code", "came_in", "went_out", "guest_nights")


def gate_table(
    gates: Sequence[GateFigures], nights: Iterable[NightFigures], labels: Labels
) -> ExportTable:
    """A row for each gate and day on which it counted; the guest nights are those of the whole
    area on that night, the same for each of its gates, None where no night is counted yet.
    """
    guests = {night.night: night.guest_nights for night in nights}
    rows: list[Sequence[Cell]] = [
        (
            counted.day,
            gate.label,
            gate.ward_code,
            counted.came_in,
            counted.went_out,
            guests.get(counted.day),
        )
        for gate in gates
        for counted in gate.days
    ]
    title = labels.of(f"table.{GATES}")
    return ExportTable(id=GATES, title=title, columns=columns(labels, *_COLUMNS), rows=rows)
