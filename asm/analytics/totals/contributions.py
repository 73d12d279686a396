"""What one stay adds to the totals, as SQL that the ledger, rebuilding and checking share.

Pure: each row of facts adds the same whoever asks, on whatever day. A stay adds to the night on
which it begins, to each night that counts and to the day of leaving.
"""

from typing import Final

from asm.db.statements import read_statements

CONTRIBUTIONS: Final = read_statements(__name__)
