"""The questions of `asm install`: each with what is usual, each answer looked at at once."""

import secrets
from typing import Any, Final

import msgspec
import typer

from asm.accounts.roles import ADMINISTRATOR
from asm.cli.console import say_progress
from asm.install.steps.answers import Answers, check_signs
from asm.install.steps.check_answers import check_lines, check_part, check_password
from asm.install.steps.env_files import differences
from asm.install.steps.folders import WEB
from asm.install.steps.services import other_files
from asm.install.steps.settings_lines import settings_lines
from asm.install.steps.step import Installing
from asm.locales.texts import both
from asm.variables.whole_number import HIGHEST_PORT, whole_number

#: By part: the questions and the answers that they fill, as `section.field`.
QUESTIONS: Final[dict[str, tuple[str, ...]]] = {
    "public_url": ("public_url",),
    "web": ("web.nginx", "web.certificate", "web.certificate_key", "web.trusted_proxies"),
    "database": ("database.host", "database.port"),
    "redis": ("redis.host", "redis.port", "redis.password_file"),
    "mail": ("mail.url", "mail.sender", "mail.password_file"),
    ADMINISTRATOR: ("administrator.login", "administrator.name"),
}
#: Asked only where the answer before makes it one.
_ONLY_IF: Final = {
    "web.certificate": "web.nginx",
    "web.certificate_key": "web.certificate",
    "redis.port": "redis.host",
    "redis.password_file": "redis.host",
    "mail.sender": "mail.url",
    "mail.password_file": "mail.url",
}


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered, and the administrator's password: typed, or made for who pressed Enter."""

    answers: Answers
    password: str
    made_password: bool

    def __repr__(self) -> str:
        return "Answered(…)"


def ask_all(known: Answers, *, ask_administrator: bool) -> Answered:
    """Ask until every answer is good. Raises typer.Abort when interrupted."""
    answers = known
    for part in QUESTIONS:
        if part != ADMINISTRATOR or ask_administrator:
            answers = _ask_part(part, answers)
    if not ask_administrator:
        return Answered(answers=answers, password="", made_password=False)
    password = _ask_password(answers)
    return Answered(
        answers=answers,
        password=password or secrets.token_urlsafe(16),
        made_password=not password,
    )


def may_replace(doing: Installing) -> bool:
    """Show each line and each file of an earlier run, or of somebody's hand, that is to change; ask
    once.
    """
    lines = settings_lines(doing.answers, doing.secrets, doing.where)
    other = [
        each
        for name, wanted in lines.items()
        for each in differences(doing.where.env_file(name), wanted)
    ]
    files = other_files(doing) if doing.where.env_file(WEB).exists() else []
    if not other and not files:
        return False
    _say("say.differs")
    for each in other:
        say_progress(f"  {each.file}: {each.name}={each.there} → {each.wanted}")
    for file in files:
        say_progress(f"  {file}")
    return _confirm("say.replace", default=False)


def _ask_part(part: str, known: Answers) -> Answers:
    answers = known
    while True:
        for question in QUESTIONS[part]:
            if question not in _ONLY_IF or _value(answers, _ONLY_IF[question]):
                answers = _ask(question, answers)
        errors = _errors(part, answers, known)
        if not errors:
            return answers
        for error in errors:
            _complain(error)
            # What was refused is not proposed again.
            question = error["pointer"].removeprefix("/").replace("/", ".")
            if question in QUESTIONS[part]:
                answers = _with(answers, question, value=_value(known, question))
        _say("say.again")


def _complain(error: dict[str, Any]) -> None:
    for language in ("", "_en"):
        remedy = error.get(f"remedy{language}", "")
        say_progress(f"✗ {error[f'message{language}']} {remedy}".rstrip())


def _errors(part: str, answers: Answers, known: Answers) -> list[dict[str, Any]]:
    errors = check_signs(answers) or check_part(part, answers, known) + check_lines(answers)
    # The administrator's password is typed here, and looked at by itself.
    return [error for error in errors if error["pointer"] != "/administrator/password_file"]


def _ask(question: str, answers: Answers) -> Answers:
    now = _value(answers, question)
    if question == "redis.port":
        now = answers.redis.host_and_port[1]
    if isinstance(now, bool):
        return _with(answers, question, value=_confirm(f"ask.{question}", default=now))
    typed = typer.prompt(
        _question(f"ask.{question}"),
        default=str(now or ""),
        show_default=bool(now),
        err=True,
    ).strip()
    if isinstance(now, int):
        # What is none is refused as one, and not taken for the usual, which 0 is.
        return _with(answers, question, value=whole_number(typed, HIGHEST_PORT) or -1)
    # A dash takes back an answer of an earlier run.
    return _with(answers, question, value="" if typed == "-" else typed)


def _ask_password(answers: Answers) -> str:
    while True:
        password: str = typer.prompt(
            _question("ask.password"), default="", show_default=False, hide_input=True, err=True
        )
        if not password:
            return ""
        errors = check_password(answers.administrator, password)
        for error in errors:
            _complain(error)
        if errors:
            continue
        again = typer.prompt(_question("ask.password_again"), hide_input=True, err=True)
        if again == password:
            return password
        _say("say.passwords_differ")


def _confirm(text: str, *, default: bool) -> bool:
    return typer.confirm(_question(text), default=default, err=True)


def _question(text: str) -> str:
    vi, en = both("install", text)
    return f"{vi}\n{en}\n>"


def _say(text: str) -> None:
    for line in both("install", text):
        say_progress(line)


def _value(answers: Answers, question: str) -> Any:
    section, _, field = question.partition(".")
    value = getattr(answers, section)
    return getattr(value, field) if field else value


def _with(answers: Answers, question: str, *, value: Any) -> Answers:
    section, _, field = question.partition(".")
    if not field:
        return msgspec.structs.replace(answers, **{section: value})
    changed = msgspec.structs.replace(getattr(answers, section), **{field: value})
    return msgspec.structs.replace(answers, **{section: changed})
