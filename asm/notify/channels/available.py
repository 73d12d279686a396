"""Which channels people may choose here, without loading what sends on them."""

from asm.notify.channels.guarded_http import Reach
from asm.settings import NotifySettings


def webhook_reach(told: NotifySettings) -> Reach:
    """Where webhooks may go."""
    return Reach(told.webhook_hosts, told.private_networks)


def available_channels(told: NotifySettings) -> frozenset[str]:
    """The channels of this installation by name; the inbox is always there."""
    names = {
        "email": told.smtp_url,
        "sms": told.sms_url,
        "zalo": told.zalo_url,
        "web_push": told.push_contact,
        "webhook": told.webhook_hosts,
    }
    return frozenset(name for name, setting in names.items() if setting)
