"""Every page, by name: nothing is found by itself."""

from typing import Final

from litestar import Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from asm.web import door, landing, sign_in, verify
from asm.web.account import account_page, contact_page, sign_up_page, step_up_page
from asm.web.citizen import mine_page
from asm.web.citizen import sign_in_page as citizen_page
from asm.web.codes import enter_page, forgotten_page, own_page, slip, use_page
from asm.web.desk import (
    amend,
    desk_page,
    read_paper,
    receipt_page,
    recent_page,
    send_form,
    stay,
    upload,
)
from asm.web.desk.statements import quiet_page
from asm.web.error_page import error_page
from asm.web.facilities import (
    facility_page,
    people_page,
    plate_page,
    register_page,
    software_page,
)
from asm.web.figures import figures_page, file_pages
from asm.web.inbox import inbox_page, links, message_settings, push
from asm.web.lookups import glass_page, look_up_page, seen_page
from asm.web.map import map_page
from asm.web.map.tile_handlers import tile_router
from asm.web.oauth import authorize_page, device_page
from asm.web.operator import (
    incident_page,
    officer_wards_page,
    officers_page,
    outbox_page,
    start_page,
)
from asm.web.page_access import (
    provide_access,
    provide_actor,
    provide_declare,
    provide_scope,
    provide_stay_at,
)
from asm.web.page_headers import page_headers
from asm.web.passkeys import own_page as passkey_page
from asm.web.passkeys import sign_in_page as passkey_sign_in
from asm.web.phone import shell_page
from asm.web.province import country_page, gates_page, province_page
from asm.web.published import open_page
from asm.web.setup import COMPRESSED, static_files
from asm.web.vouched import identity_page
from asm.web.ward import (
    assist_page,
    assisted_stay_page,
    guests_page,
    landlords_page,
    night_map_page,
    patrol_page,
    shift_page,
    tonight_page,
    waiting_page,
    wards_page,
)
from asm.web.ward.facilities import house_page, houses_page
from asm.web.ward.flags import case_page, passed_page, work_list
from asm.web.watchlists import hits_page, list_page, upload_page

#: Pages that anyone may open; a test holds this list.
PUBLIC_PAGES: list[ControllerRouterHandler] = [
    landing.landing,
    *sign_in.HANDLERS,
    *passkey_sign_in.PUBLIC_HANDLERS,
    *identity_page.PUBLIC_HANDLERS,
    sign_up_page.sign_up_page,
    sign_up_page.sign_up,
    sign_up_page.terms_page,
    verify.verify_page,
    verify.verify_on_server,
    door.door_page,
    map_page.map_page,
    *open_page.HANDLERS,
    *shell_page.HANDLERS,
    *links.HANDLERS,
    push.push_worker,
    enter_page.enter_page,
    enter_page.link_to_code,
    enter_page.code_qr,
    enter_page.enter_code,
    use_page.use_page,
    use_page.use_code,
    use_page.use_other_account,
    forgotten_page.forgotten_page,
    forgotten_page.ask_for_code,
    *citizen_page.HANDLERS,
    mine_page.mine_page,
    mine_page.not_me,
]
SIGNED_IN_PAGES: list[ControllerRouterHandler] = [
    desk_page.my_desks,
    desk_page.desk_page,
    desk_page.answer,
    recent_page.recent_page,
    read_paper.scan,
    read_paper.photo,
    send_form.send,
    stay.stay_page,
    amend.amend_page,
    amend.amend,
    stay.change_page,
    stay.apply_change,
    receipt_page.receipt_page,
    receipt_page.receipt_qr,
    upload.import_page,
    upload.import_file,
    upload.marked_file,
    upload.blank_form,
    register_page.new_facility,
    register_page.register,
    register_page.edit_facility,
    register_page.correct,
    facility_page.facility_page,
    facility_page.plate,
    plate_page.plates_page,
    plate_page.plates_file,
    door.declare_here,
    facility_page.add_rooms,
    facility_page.close_room_page,
    facility_page.close_page,
    facility_page.reopen_page,
    facility_page.reopen_room_page,
    *software_page.HANDLERS,
    tonight_page.tonight_page,
    tonight_page.call_page,
    tonight_page.note_call_page,
    guests_page.guests_page,
    guests_page.name_guests_page,
    guests_page.ward_stay,
    guests_page.return_stay,
    night_map_page.night_map_page,
    patrol_page.patrol_page,
    patrol_page.patrol_qr,
    shift_page.shift_page,
    shift_page.write_note_page,
    shift_page.take_over_page,
    waiting_page.waiting_page,
    work_list.flags_page,
    case_page.case_page,
    case_page.take,
    case_page.release,
    case_page.note,
    case_page.settle,
    case_page.undo,
    case_page.dismiss,
    case_page.reopen,
    passed_page.passed_page,
    passed_page.answer,
    assist_page.choose_house,
    assist_page.assist_page,
    assist_page.send_for_house,
    assisted_stay_page.amend_assisted_page,
    assisted_stay_page.amend_assisted,
    assisted_stay_page.void_assisted_page,
    assisted_stay_page.void_assisted,
    houses_page.houses_page,
    houses_page.new_on_behalf,
    houses_page.register_house,
    house_page.house_page,
    house_page.suspend,
    house_page.resume,
    house_page.message,
    house_page.visit,
    waiting_page.activate,
    waiting_page.send_back,
    figures_page.figures_page,
    figures_page.ward_figures_page,
    file_pages.figures_workbook,
    file_pages.figures_csv,
    file_pages.figures_paper,
    hits_page.hits_page,
    look_up_page.look_up_page,
    look_up_page.look_up,
    look_up_page.answer_page,
    glass_page.glass_page,
    glass_page.break_glass_page,
    glass_page.review_page,
    seen_page.seen_page,
    seen_page.looked_up_number,
    upload_page.new_list_page,
    upload_page.preview_list,
    upload_page.preview_page,
    upload_page.confirm_list,
    upload_page.cancel_list,
    list_page.list_page,
    list_page.end_list_page,
    list_page.change_day_page,
    province_page.province_page,
    province_page.remind_page,
    *gates_page.HANDLERS,
    country_page.country_page,
    *incident_page.HANDLERS,
    start_page.start_page,
    outbox_page.outbox_page,
    outbox_page.retry_all,
    outbox_page.retry_row_page,
    inbox_page.inbox_page,
    inbox_page.mark_inbox_read,
    message_settings.settings_page,
    message_settings.change_settings,
    message_settings.add_address,
    message_settings.send_link_again,
    message_settings.remove_address,
    account_page.account_page,
    account_page.change_own_profile,
    account_page.change_own_sign_in_name,
    account_page.change_password_page,
    account_page.end_session_page,
    account_page.end_sessions_page,
    account_page.end_token_page,
    account_page.close_account_page,
    *authorize_page.HANDLERS,
    *device_page.HANDLERS,
    *passkey_page.HANDLERS,
    *identity_page.HANDLERS,
    step_up_page.step_up_page,
    step_up_page.confirm_password,
    contact_page.add_contact_page,
    contact_page.remove_own_contact,
    people_page.people_page,
    people_page.invite_page,
    people_page.invite_login_page,
    people_page.withdraw_page,
    people_page.remove_page,
    people_page.owner_page,
    people_page.member_code_page,
    slip.slip_page,
    own_page.invitations_page,
    own_page.accept_page,
    landlords_page.landlords_page,
    landlords_page.make_landlord_code,
    landlords_page.withdraw_landlord_page,
    officers_page.officers_page,
    officers_page.make_officer_page,
    officers_page.disable_page,
    officers_page.enable_page,
    officers_page.officer_code_page,
    officer_wards_page.officer_wards_page,
    officer_wards_page.give_ward_page,
    officer_wards_page.take_ward_page,
    wards_page.own_wards_page,
    wards_page.choose_ward_page,
    quiet_page.say_quiet_page,
    quiet_page.take_back_quiet_page,
]

#: Every address without a parameter in it that a page answers.
PAGE_PATHS: Final = frozenset(
    path
    for handler in [*PUBLIC_PAGES, *SIGNED_IN_PAGES]
    if isinstance(handler, HTTPRouteHandler)
    for path in handler.paths
)

web_handlers: list[ControllerRouterHandler] = [
    Router(
        path="/",
        route_handlers=[*PUBLIC_PAGES, *SIGNED_IN_PAGES],
        dependencies={
            "actor": Provide(provide_actor),
            "in_scope": Provide(provide_scope),
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
        route_handlers=[inbox_page.inbox_events],
        middleware=[page_headers],
        include_in_schema=False,
    ),
    static_files(),
]

__all__ = ["PAGE_PATHS", "PUBLIC_PAGES", "SIGNED_IN_PAGES", "error_page", "web_handlers"]
