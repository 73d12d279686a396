"""The channels that this installation has, by its settings: an explicit list."""

from asm.accounts.codes.code_keys import code_keys
from asm.identity.vault.keys import read_keys
from asm.notify.channels.available import webhook_reach
from asm.notify.channels.channel import Channel
from asm.notify.channels.email.send import EmailChannel
from asm.notify.channels.email.server import mail_server
from asm.notify.channels.guarded_http import GuardedHttp, Reach
from asm.notify.channels.provider import Provider
from asm.notify.channels.secret_file import read_secret
from asm.notify.channels.sms.send import SmsChannel
from asm.notify.channels.web_push.send import WebPushChannel
from asm.notify.channels.webhook.send import WebhookChannel
from asm.notify.channels.zalo.send import ZaloChannel
from asm.notify.contacts.sealed_contact import contact_keys
from asm.notify.deliver import Sender
from asm.notify.messages.texts import outside_text
from asm.settings import Settings


def open_channels(settings: Settings) -> list[Channel]:
    """Raises ConfigurationError when a channel is set up by half."""
    notify = settings.notify
    channels: list[Channel] = []
    if notify.smtp_url:
        channels.append(EmailChannel(mail_server(notify)))
    if notify.sms_url:
        secret = read_secret(notify.sms_secret_file)
        provider = Provider(
            notify.sms_url, secret, GuardedHttp(Reach(None, notify.private_networks))
        )
        channels.append(SmsChannel(provider))
    if notify.zalo_url:
        secret = read_secret(notify.zalo_secret_file)
        provider = Provider(
            notify.zalo_url, secret, GuardedHttp(Reach(None, notify.private_networks))
        )
        channels.append(ZaloChannel(provider))
    if notify.push_contact:
        secret_key = read_keys(settings.secrets_dir).vapid
        outside = GuardedHttp(Reach(notify.push_hosts, notify.private_networks))
        channels.append(WebPushChannel(secret_key, notify.push_contact, outside))
    if notify.webhook_hosts:
        channels.append(WebhookChannel(GuardedHttp(webhook_reach(notify))))
    return channels


def open_sender(settings: Settings) -> Sender:
    """What an outgoing delivery needs. Raises ConfigurationError when a key is missing."""
    secrets = read_keys(settings.secrets_dir).notify_keys
    return Sender(
        public_url=settings.public_url,
        keys=contact_keys(*secrets),
        codes=code_keys(*secrets),
        text_of=outside_text,
    )
