"""What an account is: one list. The database's own roles are others (`asm.db.roles`)."""

from typing import Final, Literal

RECEPTIONIST: Final = "receptionist"
LANDLORD: Final = "landlord"
HOSPITAL_CLERK: Final = "hospital_clerk"
HOTEL_SYSTEM: Final = "hotel_system"
WARD_OFFICER: Final = "ward_officer"
PROVINCIAL_OFFICER: Final = "provincial_officer"
MINISTRY_OFFICER: Final = "ministry_officer"
TOURISM_OFFICER: Final = "tourism_officer"
ADMINISTRATOR: Final = "administrator"

# The same words once more: a type cannot be made of constants. A test holds them together.
Role = Literal[
    "receptionist", "landlord", "hospital_clerk", "hotel_system", "ward_officer",
    "provincial_officer", "ministry_officer", "tourism_officer", "administrator",
]  # fmt: skip
OfficeRole = Literal[
    "provincial_officer", "ward_officer", "ministry_officer", "tourism_officer", "administrator"
]
#: Whose account may belong to a province; of the others none does.
OF_PROVINCES: Final[frozenset[Role]] = frozenset((PROVINCIAL_OFFICER, TOURISM_OFFICER))
#: Roles that speak for a facility: inside it they may do the same, only how they sign in differs.
HOSTS: Final[tuple[Role, ...]] = (RECEPTIONIST, LANDLORD, HOSPITAL_CLERK, HOTEL_SYSTEM)
HOST_ROLES: Final[frozenset[Role]] = frozenset(HOSTS)
