"""Every page, by name: nothing is found by itself."""

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from asm.web import door, landing, sign_in, verify
from asm.web.deps import provide_access, provide_actor, provide_declare, provide_stay_at
from asm.web.desk import amend, read, receipt, send, stay, upload
from asm.web.desk import pages as desk
from asm.web.errors import error_page
from asm.web.facilities import facility, plates, register
from asm.web.headers import page_headers
from asm.web.inbox import links, push
from asm.web.inbox import pages as inbox
from asm.web.inbox import settings as inbox_settings
from asm.web.map import pages as public_map
from asm.web.map.tiles import tile_router
from asm.web.operator import incidents, outbox
from asm.web.setup import COMPRESSED, static_files
from asm.web.ward import flags as ward_flags
from asm.web.ward import pages as ward
from asm.web.watchlists import pages as watchlists

#: Pages that anyone may open; a test holds this list.
PUBLIC_PAGES: list[ControllerRouterHandler] = [
    landing.landing,
    sign_in.sign_in_page,
    sign_in.open_session,
    sign_in.close_session,
    sign_in.choose_language,
    verify.verify_page,
    verify.verify_on_server,
    door.door_page,
    public_map.map_page,
    links.link_page,
    links.follow,
    links.one_click_page,
    links.one_click,
    push.push_worker,
]
SIGNED_IN_PAGES: list[ControllerRouterHandler] = [
    desk.my_desks,
    desk.desk_page,
    read.scan,
    read.photo,
    send.send,
    stay.stay_page,
    amend.amend_page,
    amend.amend,
    stay.change_page,
    stay.apply_change,
    receipt.receipt_page,
    receipt.receipt_qr,
    upload.import_page,
    upload.import_file,
    upload.blank_form,
    register.new_facility,
    register.register,
    register.edit_facility,
    register.correct,
    facility.facility_page,
    facility.plate,
    plates.plates_page,
    plates.plates_file,
    door.declare_here,
    facility.add_rooms,
    facility.close_room_page,
    facility.reopen_room_page,
    ward.ward_page,
    ward.ward_stay,
    ward_flags.flags_page,
    ward_flags.dismiss,
    ward_flags.reopen,
    ward.activate,
    ward.send_back,
    watchlists.hits_page,
    incidents.incidents_page,
    incidents.open_incident_page,
    incidents.close_incident_page,
    incidents.withdraw_incident_page,
    outbox.outbox_page,
    outbox.retry_all,
    outbox.retry_row_page,
    inbox.inbox_page,
    inbox.mark_inbox_read,
    inbox_settings.settings_page,
    inbox_settings.change_settings,
    inbox_settings.add_address,
    inbox_settings.remove_address,
]

web_handlers: list[ControllerRouterHandler] = [
    Router(
        path="/",
        route_handlers=[*PUBLIC_PAGES, *SIGNED_IN_PAGES],
        dependencies={
            "actor": Provide(provide_actor),
            "access": Provide(provide_access),
            "stay_at": Provide(provide_stay_at),
            "declare_stays": Provide(provide_declare),
        },
        middleware=[page_headers, COMPRESSED],
        include_in_schema=False,
    ),
    tile_router,
    # Apart: a compressed stream would be held back until it is long enough.
    Router(
        path="/",
        route_handlers=[inbox.inbox_events],
        middleware=[page_headers],
        include_in_schema=False,
    ),
    static_files(),
]

__all__ = ["PUBLIC_PAGES", "SIGNED_IN_PAGES", "error_page", "web_handlers"]
