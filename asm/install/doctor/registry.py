"""All checks of an installation: an explicit list, in the order in which they are told."""

from typing import Final

from asm.install.doctor.contents import (
    look_at_accounts,
    look_at_areas,
    look_at_backup,
    look_at_passwords,
    look_at_schema,
)
from asm.install.doctor.database_checks import (
    look_at_connections,
    look_at_durability,
    look_at_locale,
    look_at_logins,
    look_at_roles,
    look_at_server_log,
    look_at_standing,
    look_at_version,
)
from asm.install.doctor.finding import DoctorCheck
from asm.install.doctor.key_checks import look_at_belonging, look_at_files, look_at_folder
from asm.install.doctor.machine_checks import (
    look_at_clock,
    look_at_data_disk,
    look_at_database_disk,
    look_at_time_service,
)
from asm.install.doctor.mail_checks import look_at_channels, look_at_mail_server
from asm.install.doctor.redis_checks import look_at_redis, look_at_redis_set_up
from asm.install.doctor.rights import look_at_rights
from asm.install.doctor.settings_checks import (
    look_at_address,
    look_at_proxies,
    look_at_values,
    look_at_variables,
)
from asm.install.doctor.web_checks import look_at_pages, look_at_worker

CHECKS: Final = (
    DoctorCheck(id="settings.values", part="settings", look=look_at_values, finds=("unusable",)),
    DoctorCheck(
        id="settings.variables", part="settings", look=look_at_variables, finds=("unknown",),
    ),
    DoctorCheck(id="settings.address", part="settings", look=look_at_address, finds=("not_https",)),
    DoctorCheck(id="settings.proxies", part="settings", look=look_at_proxies, finds=("everybody",)),
    DoctorCheck(
        id="database.logins", part="database", look=look_at_logins,
        finds=(
            "not_given", "address", "refused", "unknown_database", "kept_out", "no_room",
            "starting", "away", "another_login",
        ),
    ),
    DoctorCheck(
        id="database.version", part="database", look=look_at_version,
        finds=("too_old", "standby", "read_only"),
    ),
    DoctorCheck(
        id="database.ready", part="database", look=look_at_standing, finds=("postgis_gone",),
        refusals=(
            "database_encoding", "database_trigrams_absent", "database_roles_missing",
            "database_grants_missing", "database_postgis_absent", "database_postgis_missing",
            "database_postgis_elsewhere", "database_postgis_old",
        ),
    ),
    DoctorCheck(
        id="database.locale", part="database", look=look_at_locale,
        finds=("order_changed", "ascii", "of_the_system"),
    ),
    DoctorCheck(id="database.durable", part="database", look=look_at_durability, finds=("loose",)),
    DoctorCheck(
        id="database.log", part="database", look=look_at_server_log, finds=("quotes_people",),
    ),
    DoctorCheck(
        id="database.connections", part="database", look=look_at_connections,
        finds=("too_few", "limited"),
    ),
    DoctorCheck(
        id="database.roles", part="database", look=look_at_roles,
        finds=("unbound", "powerful", "closed", "expired", "kept_out", "members", "shared"),
    ),
    DoctorCheck(
        id="database.schema", part="database", look=look_at_schema,
        finds=("none", "foreign", "behind", "ahead"),
    ),
    DoctorCheck(
        id="database.rights", part="database", look=look_at_rights,
        finds=(
            "not_owned", "changed", "missing", "beyond", "open_to_all", "of_others",
            "another_schema",
        ),
    ),
    DoctorCheck(
        id="database.areas", part="database", look=look_at_areas, finds=("none", "approximate"),
    ),
    DoctorCheck(
        id="database.accounts", part="database", look=look_at_accounts,
        finds=("no_administrator",),
    ),
    DoctorCheck(
        id="database.passwords", part="database", look=look_at_passwords,
        finds=("public", "demo"),
    ),
    DoctorCheck(
        id="database.backup", part="database", look=look_at_backup, finds=("none", "old"),
    ),
    DoctorCheck(
        id="keys.folder", part="keys", look=look_at_folder,
        finds=("missing", "closed_to_us", "open", "open_files", "several_owners"),
    ),
    DoctorCheck(id="keys.files", part="keys", look=look_at_files, finds=("missing", "broken")),
    DoctorCheck(
        id="keys.belonging", part="keys", look=look_at_belonging,
        finds=("lost", "from_elsewhere", "unmarked"),
    ),
    DoctorCheck(
        id="redis.reached", part="redis", look=look_at_redis,
        finds=(
            "not_given", "address", "refused", "away", "no_such_number", "not_allowed",
            "read_only", "full", "cannot_save",
        ),
    ),
    DoctorCheck(
        id="redis.set_up", part="redis", look=look_at_redis_set_up,
        finds=("no_password", "forgets", "old"),
    ),
    DoctorCheck(
        id="machine.disk", part="machine", look=look_at_data_disk,
        finds=("missing", "full", "low"),
    ),
    DoctorCheck(
        id="machine.database_disk", part="machine", look=look_at_database_disk,
        finds=("full", "low", "unseen"),
    ),
    DoctorCheck(
        id="machine.clock", part="machine", look=look_at_clock,
        finds=("drifts", "differs", "this_machine", "database", "redis"),
    ),
    DoctorCheck(
        id="machine.time_service", part="machine", look=look_at_time_service, finds=("not_kept",),
    ),
    DoctorCheck(id="mail.channels", part="mail", look=look_at_channels, finds=("half",)),
    DoctorCheck(
        id="mail.server", part="mail", look=look_at_mail_server,
        finds=("none", "no_tls", "refused", "recipient", "said_no", "away"),
    ),
    DoctorCheck(
        id="web.worker", part="web", look=look_at_worker, finds=("never_seen", "silent"),
    ),
    DoctorCheck(
        id="web.pages", part="web", look=look_at_pages,
        finds=("away", "no_answer", "certificate", "not_ours", "not_ready", "cookies"),
    ),
)  # fmt: skip
