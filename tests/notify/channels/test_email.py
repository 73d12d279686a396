"""Mails through a real SMTP server: what arrives, and what each refusal means."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from asm.errors import ConfigurationError
from asm.notify.channels.channel import AcceptedDelivery, Failed, Outcome
from asm.notify.channels.email import connection
from asm.notify.channels.email.connection import MailConnection
from asm.notify.channels.email.send import EmailChannel
from asm.notify.channels.email.server import mail_server
from asm.settings import NotifySettings
from tests.notify import servers
from tests.notify.claimed import outgoing
from tests.notify.servers import HANG, Mailbox

LONG_HOST = "thong-bao.luu-tru.mot-dia-phuong-co-ten-rat-dai.example.vn"


async def send_to(
    mailbox: Mailbox,
    address: str = "lan@hoasen.test",
    sender: str = "ASM <noreply@asm.test>",
    leave_url: str = "https://asm.test/notices/abc",
) -> Outcome:
    async with servers.mail_server(mailbox):
        channel = EmailChannel(
            mail_server(
                NotifySettings(
                    smtp_url=f"smtp://127.0.0.1:{mailbox.port}",
                    mail_from=sender,
                )
            )
        )
        try:
            mail = outgoing(address={"email": address})
            return await channel.send(msgspec.structs.replace(mail, leave_url=leave_url))
        finally:
            await channel.close()


async def test_a_mail_arrives_with_what_receivers_need() -> None:
    mailbox = Mailbox()
    sent = await send_to(mailbox)
    assert isinstance(sent, AcceptedDelivery)
    assert sent.delivered is False
    assert "42" in str(sent.reference)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Sắp đến hạn 23:00"
    assert mail["To"] == "lan@hoasen.test"
    assert mail["From"] == "ASM <noreply@asm.test>"
    assert mail["Message-ID"].endswith("@asm.test>")
    assert mail["List-Unsubscribe"] == "<https://asm.test/notices/abc/one-click>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_content()
    assert "Cơ sở của bạn chưa khai báo." in text
    assert "https://asm.test/inbox" in text


async def test_addresses_in_headers_stand_as_programs_read_them() -> None:
    """Longer than a line should be, as a signed link is: not folded, not encoded."""
    mailbox = Mailbox()
    receiver = f"{'nguoi-nhan.ten-rat-dai.' * 2}quan-ly@{LONG_HOST}"
    sender = f"Trung tâm thông báo lưu trú của một địa phương có tên dài <noreply@{LONG_HOST}>"
    leave = f"https://{LONG_HOST}/notices/{'Ab-_9' * 40}"
    assert isinstance(
        await send_to(mailbox, address=receiver, sender=sender, leave_url=leave), AcceptedDelivery
    )
    head = mailbox.raw[0].partition(b"\r\n\r\n")[0].decode("ascii")
    assert f"\r\nList-Unsubscribe: <{leave}/one-click>\r\n" in head
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
    assert f"\r\nTo: {receiver}\r\n" in head
    assert f"<noreply@{LONG_HOST}>" in head
    assert re.search(rf"\r\nMessage-ID: <[0-9a-f-]+@{LONG_HOST}>\r\n", head)


@pytest.mark.parametrize(
    ("rcpt", "data", "permanent", "gone"),
    [
        ("550 no such user", "250 OK", True, True),
        ("552 mailbox full", "250 OK", True, False),
        ("450 greylisted", "250 OK", False, False),
        ("250 OK", "554 looks like spam", True, False),
        ("250 OK", "451 try again", False, False),
    ],
)
async def test_refusals_are_told_apart(rcpt: str, data: str, permanent: bool, gone: bool) -> None:
    failed = await send_to(Mailbox(rcpt=rcpt, data=data))
    assert isinstance(failed, Failed)
    refusing = rcpt if data.startswith("250") else data
    assert failed.why == f"smtp_{refusing[:3]}"
    assert (failed.permanent, failed.gone) == (permanent, gone)


async def test_a_server_that_is_away_may_come_back() -> None:
    mailbox = Mailbox()
    async with servers.mail_server(mailbox):
        pass  # its port is closed again
    notify_settings = NotifySettings(
        smtp_url=f"smtp://127.0.0.1:{mailbox.port}", mail_from="noreply@asm.test"
    )
    failed = await EmailChannel(mail_server(notify_settings)).send(
        outgoing(address={"email": "a@b.test"})
    )
    assert isinstance(failed, Failed)
    assert failed.permanent is False


async def test_a_server_that_hangs_is_left_when_time_is_up() -> None:
    async def impatiently() -> Outcome:
        async with asyncio.timeout(0.5):
            return await send_to(Mailbox(data=HANG))

    with pytest.raises(TimeoutError):
        await impatiently()


@pytest.mark.parametrize(
    ("url", "sender"),
    [("https://mail.test", "a@b.test"), ("smtp://", "a@b.test"), ("smtp://mail.test", "nobody")],
)
def test_half_a_set_up_is_refused(url: str, sender: str) -> None:
    with pytest.raises(ConfigurationError, match="ASM_"):
        mail_server(NotifySettings(smtp_url=url, mail_from=sender))


def test_passwords_come_from_a_file_and_the_net_gets_tls(tmp_path: Path) -> None:
    file = tmp_path / "smtp-password"
    notify_settings = NotifySettings(
        smtp_url="smtp://asm%40asm.test@mail.test", mail_from="a@b.test", smtp_password_file=file
    )
    with pytest.raises(ConfigurationError, match="smtp-password"):
        mail_server(notify_settings)
    file.write_text("secret\n")
    server = mail_server(notify_settings)
    assert (server.user, server.password, server.port) == ("asm@asm.test", "secret", 587)
    assert server.upgrade is True
    assert "secret" not in repr(server)


def channel_to(mailbox: Mailbox) -> EmailChannel:
    url = f"smtp://127.0.0.1:{mailbox.port}"
    return EmailChannel(mail_server(NotifySettings(smtp_url=url, mail_from="noreply@asm.test")))


async def test_a_batch_goes_through_one_connection_and_the_next_one_too() -> None:
    mailbox = Mailbox()
    async with servers.mail_server(mailbox):
        channel = channel_to(mailbox)
        people = [f"p{n}@hoasen.test" for n in range(40)]
        for part in (people[:20], people[20:]):
            sent = await asyncio.gather(
                *(channel.send(outgoing(address={"email": each})) for each in part)
            )
            assert all(isinstance(each, AcceptedDelivery) for each in sent)
        assert sorted(mail["To"] for mail in mailbox.mails) == sorted(people)
        assert len(mailbox.sessions) == 1
        await channel.close()


async def test_a_refused_mail_sinks_no_other_and_the_connection_goes_on() -> None:
    mailbox = Mailbox(rcpt="550 no such user")
    async with servers.mail_server(mailbox):
        channel = channel_to(mailbox)
        refused = await channel.send(outgoing(address={"email": "nobody@hoasen.test"}))
        assert isinstance(refused, Failed)
        mailbox.rcpt = "250 OK"
        assert isinstance(
            await channel.send(outgoing(address={"email": "lan@hoasen.test"})), AcceptedDelivery
        )
        assert [mail["To"] for mail in mailbox.mails] == ["lan@hoasen.test"]
        assert len(mailbox.sessions) == 1
        await channel.close()


async def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    mailbox = Mailbox()
    async with servers.mail_server(mailbox):
        channel = channel_to(mailbox)
        for _ in range(2):
            assert isinstance(
                await channel.send(outgoing(address={"email": "a@b.test"})), AcceptedDelivery
            )
            mailbox.hang_up()
        assert len(mailbox.mails) == 2
        assert len(mailbox.sessions) == 2
        await channel.close()


async def test_who_would_wait_too_long_gets_a_connection_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "IN_LINE_S", 0.05)
    mailbox = Mailbox(data=HANG)
    async with servers.mail_server(mailbox):
        channel = channel_to(mailbox)
        first = asyncio.create_task(channel.send(outgoing(address={"email": "a@b.test"})))
        while not (mailbox.sessions and mailbox.sessions[0].envelope.content):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        mailbox.data = "250 OK"
        assert isinstance(
            await channel.send(outgoing(address={"email": "c@d.test"})), AcceptedDelivery
        )
        assert len(mailbox.sessions) == 2
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        # What was given up in the middle is not used again.
        assert isinstance(
            await channel.send(outgoing(address={"email": "e@f.test"})), AcceptedDelivery
        )
        assert len(mailbox.sessions) == 3
        await channel.close()


async def test_a_connection_that_nobody_needs_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEPT_S", 0.0)
    mailbox = Mailbox()
    async with servers.mail_server(mailbox):
        channel = channel_to(mailbox)
        assert isinstance(
            await channel.send(outgoing(address={"email": "a@b.test"})), AcceptedDelivery
        )
        kept: MailConnection = channel._connection
        while kept._kept is not None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await channel.close()
