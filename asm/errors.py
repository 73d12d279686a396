"""The refusals, each with a stable code and a message in Vietnamese and English, which stand
under the code in the catalogue `refusals`.

Refusals are raised, never returned: a returned 4xx would commit its transaction.
"""

from typing import Any, Final

from asm.locales.texts import both, has_text

#: How long to wait before the next try, where nothing better is known.
RETRY_AFTER_S: Final = 5


class ConfigurationError(Exception):
    """The process cannot start as it is set up; the text says what to change."""


class Misconfigured(ConfigurationError):  # noqa: N818 -- as the refusals: what is wrong, by name
    """What is needed is not as it should be: told in both languages, by the catalogue `refusals`
    under `code`, or `text`. `said` is both languages of what is told already.
    """

    def __init__(
        self,
        code: str,
        *,
        text: str | None = None,
        said: tuple[str, str] | None = None,
        **facts: object,
    ) -> None:
        self.code = code
        self.message, self.message_en = said or both("refusals", text or code, facts)
        super().__init__(self.message_en)


class VariableMissing(ConfigurationError):  # noqa: N818 -- as the refusals: what is wrong, by name
    """An environment variable is not set."""

    def __init__(self, variable: str, example: str) -> None:
        super().__init__(f"{variable} is not set: for example {variable}={example}")
        self.variable, self.example = variable, example


class KeyFileMissing(ConfigurationError):  # noqa: N818 -- as the refusals: what is wrong, by name
    """A key file is not in the folder of the keys."""

    def __init__(self, file: str) -> None:
        super().__init__(
            f"{file} is missing in ASM_SECRETS_DIR: copy it from the backup of the key folder; in "
            "a new installation `asm keys init` makes it"
        )
        self.file = file


class Refusal(Exception):  # noqa: N818 -- the word of the product: a refusal is an answer, not a fault
    """An answer other than yes. `errors` holds one item per field:
    `{pointer, code, message, message_en, remedy?, remedy_en?}`, never a personal value;
    `outcome` is what a request for several things came to, when none of them could be done;
    `attempt` is the signed proof that it was tried. `meaning` is what the published contract says
    of the kind.

    The message is the catalogue's for `code`, or for `text` where one code is said in several ways,
    with `facts` filled in; `said` is both languages of what a rule or an item says already. Pages
    say what stands under `TEXT.page` where there is such a text: some words are software's own.
    """

    status = 500
    meaning = "Something went wrong here"

    def __init__(
        self,
        code: str,
        *,
        text: str | None = None,
        said: tuple[str, str] | None = None,
        errors: list[dict[str, Any]] | None = None,
        retry_after_s: int | None = None,
        outcome: object = None,
        attempt: object = None,
        **facts: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.text = text or code
        self.message, self.message_en = said or both("refusals", text or code, facts)
        self.errors = errors or []
        self.retry_after_s = retry_after_s
        self.outcome = outcome
        self.attempt = attempt


class Invalid(Refusal):
    """What was sent breaks a rule; `errors` names field, code and remedy."""

    status = 422
    meaning = "Breaks a rule; `errors` names field, code and remedy"


class NotFound(Refusal):
    """Absent, or out of the asker's scope: the two must look alike."""

    status = 404
    meaning = "Absent or out of scope"


class NotAllowed(Refusal):
    """Known person, but not this person's to do."""

    status = 403
    meaning = "Not this account's to do"


class Unauthenticated(Refusal):
    """Nobody is signed in, or the sign-in has ended."""

    status = 401
    meaning = "Nobody is signed in, or the token has ended"


class ProofRefused(Unauthenticated):
    """No proof that who asks holds the key of their token (RFC 9449), or one of something else.
    `clock_offset_s`: how far the clock of who made it is ahead, where it is far off. The code is
    the standard's own word.
    """

    def __init__(self, code: str, *, clock_offset_s: int | None = None, **said: Any) -> None:
        super().__init__(code, **said)
        self.clock_offset_s = clock_offset_s


class Conflict(Refusal):
    """The request clashes with what is stored."""

    status = 409
    meaning = "Clashes with what is stored"


class Outdated(Conflict):
    """Somebody else changed it since the asker saw it (RFC 9110, section 15.5.13)."""

    status = 412
    meaning = "Another version stands than the one that was seen"


class MustMatch(Refusal):
    """It replaces the whole of something, and does not say which version (RFC 6585, section 3)."""

    status = 428
    meaning = "Says not which version it is about: read it, and send its ETag as If-Match"


class TooSlow(Refusal):
    """What was sent did not come in time."""

    status = 408
    meaning = "What was sent did not come in time"


class Unsupported(Refusal):
    """What was sent is of a kind that is not taken here."""

    status = 415
    meaning = "Of a kind that is not taken here"


class TooMany(Refusal):
    """Tried too often; `retry_after_s` says when the next try is looked at."""

    status = 429
    meaning = "Tried too often: again after Retry-After seconds"


class Unavailable(Refusal):
    """Try again later; `retry_after_s` says when."""

    status = 503
    meaning = "Try again after Retry-After seconds"


def field_error(
    pointer: str,
    code: str,
    *,
    text: str | None = None,
    said: tuple[str, str] | None = None,
    **facts: object,
) -> dict[str, Any]:
    """One entry of `errors`, with a remedy where the catalogue has one; `pointer` is an RFC 6901
    JSON pointer, the rest as for a Refusal.
    """
    text = text or code
    message, message_en = said or both("refusals", text, facts)
    error = {"pointer": pointer, "code": code, "message": message, "message_en": message_en}
    if said is None and has_text("refusals", f"{text}:remedy"):
        error |= remedy(text, **facts)
    return error


def remedy(text: str, **facts: object) -> dict[str, str]:
    """What helps, as the part of an entry of `errors`."""
    vi, en = both("refusals", f"{text}:remedy", facts)
    return {"remedy": vi, "remedy_en": en}


def invalid_field(pointer: str, code: str, *, text: str | None = None, **facts: Any) -> Invalid:
    """The refusal of one field, which says the same as its only entry of `errors`."""
    error = field_error(pointer, code, text=text, **facts)
    return Invalid(code, text=text, errors=[error], **facts)


def reason_of(error: Exception) -> str:
    """Why a file cannot be read or written, in the system's own words (English)."""
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__


def still_running() -> Conflict:
    """Somebody else is at work on the same, for longer than anyone may wait. Nothing was done."""
    return Conflict("still_running", retry_after_s=2)


def not_found(what: str = "resource") -> NotFound:
    """The one 404 that is given for absent and for out of scope (byte-identical by design)."""
    return NotFound(f"{what}_not_found", text="not_found")
