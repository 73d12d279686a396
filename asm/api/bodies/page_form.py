"""The form of a page, of texts that can be kept: one reading for all pages."""

from collections.abc import Iterator
from typing import Any, Final

from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType

from asm.api.bodies.whole_body import WholeRequest
from asm.api.json_body import NUL, PLAIN_NAME
from asm.errors import Invalid, Unsupported, field_error

#: The key of `opt` of the handlers whose form holds a file.
FILE: Final = "file"


class PageRequest(WholeRequest):
    """A request of a page."""

    async def form(self) -> FormMultiDict:
        """Raises Unsupported for a form with parts where no file is taken, since a file would
        stand for a text there; Invalid `malformed` for what is no text, or has what PostgreSQL
        does not keep (NUL, half a character).
        """
        kind, _ = self.content_type
        if kind == RequestEncodingType.MULTI_PART and not self.route_handler.opt.get(FILE):
            raise Unsupported("form_without_file")
        try:
            form = await super().form()
        # Of a part that names its own encoding, which may be any.
        except (UnicodeError, LookupError) as error:
            raise Invalid("malformed", errors=[_not_text("?")]) from error
        if errors := list(_not_kept(form)):
            raise Invalid("malformed", errors=errors)
        return form


def _not_kept(form: FormMultiDict) -> Iterator[dict[str, Any]]:
    for name, value in form.multi_items():
        shown = name if PLAIN_NAME.fullmatch(name) else "?"
        for text in (name, value):
            if isinstance(text, str) and NUL in text:
                yield field_error(f"/{shown}", "wrong_type", text="form.nul", field=shown)
            elif isinstance(text, str) and not _is_whole(text):
                yield _not_text(shown)


def _not_text(name: str) -> dict[str, Any]:
    return field_error(f"/{name}", "wrong_type", text="form.not_utf8", field=name)


def _is_whole(text: str) -> bool:
    """Whether it has no half of a character."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)
