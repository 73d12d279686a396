"""What is wrong with a form, tied to its fields."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from asm.errors import Refusal, remedy
from asm.locales.texts import both, has_text
from asm.stays.entry import Problem
from asm.web.dates import no_such_day


class FormProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to mend; `name` is the id of the input to go to."""

    name: str
    message: str
    message_en: str
    remedy: str = ""
    remedy_en: str = ""


def form_problem(name: str, text: str, **facts: object) -> FormProblem:
    """What the catalogue `refusals` says under `text`, with its remedy where it has one."""
    message, message_en = both("refusals", text, facts)
    problem = FormProblem(name=name, message=message, message_en=message_en)
    if not has_text("refusals", f"{text}:remedy"):
        return problem
    return msgspec.structs.replace(problem, **remedy(text, **facts))


def day_problem(typed: str, unread: FormProblem) -> FormProblem:
    """What is wrong with a typed day: that there is none such, else that it is `unread`."""
    none_such = no_such_day(typed)
    if none_such is None:
        return unread
    day, last = none_such
    if last:
        return form_problem(unread.name, "form.no_such_day", day=day, last=last)
    return form_problem(unread.name, "form.no_such_month", day=day)


def problems_of_rules(
    problems: Iterable[Problem], fields: Mapping[str, str], other: str
) -> list[FormProblem]:
    """Rules' refusals; `fields` maps an entry's path to an input, anything else goes to `other`."""
    return [
        FormProblem(
            name=fields.get(item.field, other),
            message=item.message,
            message_en=item.message_en,
            remedy=item.remedy,
            remedy_en=item.remedy_en,
        )
        for item in problems
        if item.severity == "refuse"
    ]


def problems_of_refusal(
    refusal: Refusal, fields: Mapping[str, str], other: str
) -> list[FormProblem]:
    """A refused request: its items by JSON pointer, or the refusal itself when it names none. What
    has words for pages (`CODE.page`) is said in these. The summary goes as the form does, which
    is the order of `fields`.
    """
    items: list[dict[str, Any]] = refusal.errors or [
        {
            "pointer": "",
            "code": refusal.text,
            "message": refusal.message,
            "message_en": refusal.message_en,
        }
    ]
    problems = [
        _of_item(item, fields.get(item["pointer"].lstrip("/").replace("/", "."), other))
        for item in items
    ]
    order = {name: number for number, name in enumerate(fields.values())}
    return sorted(problems, key=lambda each: order.get(each.name, len(order)))


def _of_item(item: Mapping[str, Any], name: str) -> FormProblem:
    if has_text("refusals", f"{item['code']}.page"):
        return form_problem(name, f"{item['code']}.page")
    return FormProblem(
        name=name,
        message=item["message"],
        message_en=item["message_en"],
        remedy=item.get("remedy", ""),
        remedy_en=item.get("remedy_en", ""),
    )
