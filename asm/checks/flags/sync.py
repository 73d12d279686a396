"""Bring the flags of one check to what is so now, in one statement for any number of stays.

A check says in SQL which flags it wants. Those that stand and are not wanted close; those that are
wanted are raised, or opened again as new when they had closed themselves. One that was nothing
wrong to an officer, or was passed on, stays settled. Run twice, the second run changes nothing.
"""

from typing import Final

from asm.db.statements import Statements, read_statements

#: Fragments for the statements of checks.
SETTLING: Final[Statements] = read_statements(__name__)
