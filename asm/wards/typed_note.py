"""A note that an officer writes for the others of the ward.

As notes of flags it stands in its own row, behind the ward's row-level security, and nowhere else:
free text may name people, so the trail, the log and messages hold its id only.
"""

from asm.accounts.typed.typed_line import is_readable, tidy
from asm.errors import invalid_field


def typed_note(typed: str, *, most: int, needed: bool) -> str:
    """The note as it is kept. Raises Invalid at `/note`: `text_unreadable`, `note_empty`,
    `note_too_long`.
    """
    note = tidy(typed)
    if not is_readable(note, lines=True):
        raise invalid_field("/note", "text_unreadable")
    if needed and not note:
        raise invalid_field("/note", "note_empty")
    if len(note) > most:
        raise invalid_field("/note", "note_too_long", most=most)
    return note
