"""Which channels people may choose here, without loading what sends on them."""

from asm.notify.channels.guarded_http import Reach
from asm.settings import NotifySettings


def webhook_reach(settings: NotifySettings) -> Reach:
    """Where webhooks may go."""
    return Reach(settings.webhook_hosts, settings.private_networks)


def available_channels(settings: NotifySettings) -> frozenset[str]:
    """The channels of this installation by name; the inbox is always there."""
    names = {
        "email": settings.smtp_url,
        "sms": settings.sms_url,
        "zalo": settings.zalo_url,
        "web_push": settings.push_contact,
        "webhook": settings.webhook_hosts,
    }
    return frozenset(name for name, setting in names.items() if setting)
