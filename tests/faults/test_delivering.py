"""A mail server that hangs, and a worker that is killed after it has sent and before it knows."""

import asyncio
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.db.session import one_transaction
from asm.identity.vault.keys import KeyFiles
from asm.notify.contacts.sealed_contact import contact_keys
from asm.notify.messages.announce import announce
from asm.settings import Settings
from tests.faults.worker_process import count, outbox_empty, until, worker_process
from tests.notify.messages.rows import change, put_contact, rows
from tests.notify.servers import Mailbox, mail_server


class Silent(Mailbox):
    """Takes the mail and does not say so, until it is told to speak."""

    def __init__(self) -> None:
        super().__init__()
        self.speak = asyncio.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        await self.speak.wait()
        return answer


async def test_killed_after_sending_a_mail_comes_again_under_its_own_name(
    settings: Settings,
    worker_engine: AsyncEngine,
    admin_engine: AsyncEngine,
    keys: KeyFiles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await put_contact(
        admin_engine, "hai", "email", {"email": "hai@nhatro.test"}, contact_keys(keys.notify)
    )
    # What is sent at some hours of its own accord is no part of this.
    await change(admin_engine, "DELETE FROM notice_time")
    mailbox = Silent()
    async with mail_server(mailbox):
        monkeypatch.setenv("ASM_SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}")
        monkeypatch.setenv("ASM_MAIL_FROM", "noreply@asm.test")
        await say(worker_engine, "Một.")
        with worker_process(settings) as worker:
            await until(lambda: received(mailbox, 1), "the first mail")
            # The mail server keeps silent. The outbox is emptied all the same.
            await say(worker_engine, "Hai.")
            await until(lambda: outbox_empty(admin_engine), "the outbox, beside a hanging server")
            worker.kill()
        assert await count(admin_engine, "SELECT count(*) FROM delivery WHERE attempts > 0") == 0
        mailbox.speak.set()
        await change(admin_engine, "UPDATE delivery SET leased_until = NULL")
        with worker_process(settings):
            await until(lambda: all_sent(admin_engine), "both mails")
    by_id: dict[str, list[EmailMessage]] = {}
    for mail in mailbox.mails:
        by_id.setdefault(mail["Message-ID"], []).append(mail)
    # Two messages; what came twice says by its name that it is the same.
    assert sorted(len(copies) for copies in by_id.values()) == [1, 2]
    attempts = await rows(admin_engine, "SELECT DISTINCT attempts FROM delivery")
    assert [row.attempts for row in attempts] == [1]


async def say(engine: AsyncEngine, message: str) -> None:
    async with one_transaction(engine) as session:
        await announce(session, message, "Works.")


async def received(mailbox: Mailbox, number: int) -> bool:
    return len(mailbox.mails) >= number


async def all_sent(engine: AsyncEngine) -> bool:
    return await count(engine, "SELECT count(*) FROM delivery WHERE status = 'sent'") == 2
