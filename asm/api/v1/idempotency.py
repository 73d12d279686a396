"""The Idempotency-Key header, one definition for every handler that takes it."""

from typing import Annotated

from litestar.params import HeaderParameter

from asm.errors import Invalid, field_error
from asm.headers import Header

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name=Header.IDEMPOTENCY_KEY,
        required=False,
        description="8 to 128 printable ASCII characters, made when the sender presses send; "
        "a resend with the same key and body gets the first answer again. Kept 45 days.",
    ),
]
REPLAYED = {Header.IDEMPOTENCY_REPLAYED: "true"}


def required_key(key: str | None) -> str:
    """The key of a request that must carry one. Raises Invalid idempotency_key_missing."""
    if key is None:
        raise Invalid(
            "idempotency_key_missing",
            errors=[
                field_error(
                    f"/headers/{Header.IDEMPOTENCY_KEY}",
                    "idempotency_key_missing",
                    text="idempotency_key_missing:field",
                )
            ],
        )
    return key
