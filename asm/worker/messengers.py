"""What a worker does about messages beside draining: look at the clock and the flags, and deliver.

However long a mail server or provider takes, the outbox is emptied meanwhile, and each channel
waits for itself alone.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from asm.notify.channels.channel import Channel
from asm.notify.deliver import Sender, deliver
from asm.notify.installed_channels import open_channels, open_sender
from asm.notify.messages.flag_messages import BATCH, send_digests, write_flag_messages
from asm.notify.messages.reminders import remind
from asm.settings import Settings

LOOK_EVERY_S: Final = 5.0
DELIVER_EVERY_S: Final = 2.0
log = structlog.get_logger()

Unavailable = tuple[type[Exception], ...]
Part = Callable[[AsyncEngine, Unavailable], Coroutine[Any, Any, None]]


def messenger_parts(settings: Settings) -> list[Part]:
    """What is to run beside draining. Raises ConfigurationError when a channel is set up by half:
    before the work begins rather than in the middle of it.
    """
    channels = open_channels(settings)
    if not channels:
        return [keep_writing_messages]
    open_sender(settings)
    make_sender = partial(open_sender, settings)
    return [
        keep_writing_messages,
        *(partial(keep_delivering, make_sender, channel) for channel in channels),
    ]


def end_if_cancelled(error: Exception | None = None) -> None:
    """A part that is ended in the middle of a statement may see its connection close instead of
    being told: it must end all the same.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


async def keep_writing_messages(engine: AsyncEngine, unavailable: Unavailable) -> None:
    """Reminders, flags and digests, for ever. `unavailable`: what a next round may find mended."""
    while True:
        pause = LOOK_EVERY_S
        try:
            done = await remind(engine)
            if done.topics:
                log.info("reminders_sent", **msgspec.structs.asdict(done))
            if await write_flag_messages(engine) == BATCH:
                pause = 0.0
            await send_digests(engine)
        except unavailable as error:
            end_if_cancelled(error)
            log.warning("telling_failed", error=type(error).__name__)
        await asyncio.sleep(pause)


async def keep_delivering(
    make_sender: Callable[[], Sender],
    channel: Channel,
    engine: AsyncEngine,
    unavailable: Unavailable,
) -> None:
    """Deliver on one channel, for ever; the channel is closed at the end. The keys are read again
    for each round: they may rotate meanwhile.
    """
    try:
        while True:
            pause = DELIVER_EVERY_S
            try:
                done = await deliver(engine, await asyncio.to_thread(make_sender), channel)
                if done.claimed:
                    log.info("delivered", channel=channel.name, **msgspec.structs.asdict(done))
                    pause = 0.0
            except unavailable as error:
                end_if_cancelled(error)
                log.warning("delivering_failed", channel=channel.name, error=type(error).__name__)
            await asyncio.sleep(pause)
    finally:
        await channel.close()
