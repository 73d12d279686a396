"""The web process's server: the one place that says how uvicorn is run. The demo, the image and the
system's service all start it as `asm web` does.
"""

import asyncio
import sys
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from asm.install.doctor.start import require_startable
from asm.install.files.time_outs import GRACE_S, KEEP_ALIVE_S
from asm.logs import set_up_logs
from asm.server.notify_systemd import notify_ready
from asm.server.passed_sockets import take_passed_sockets
from asm.settings import Settings

#: As uvicorn ends where an application does not start.
NOT_STARTED: Final = 3


def run_server(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT: on sockets that systemd passed, else on the settings' address.
    Raises ConfigurationError when an address, a key or a socket cannot be used; SystemExit with
    NOT_STARTED when the application does not start, which it has logged.
    """
    set_up_logs(settings)
    asyncio.run(require_startable(settings))
    config = server_config(settings)
    sockets = take_passed_sockets()
    if settings.web_workers > 1:
        Multiprocess(config, sockets or [config.bind_socket()]).run()
        return
    server = uvicorn.Server(config)
    server.run(sockets or None)
    if not server.started:
        sys.exit(NOT_STARTED)


def server_config(settings: Settings) -> uvicorn.Config:
    """How uvicorn serves `asm.app`, for one process or several."""
    return uvicorn.Config(
        "asm.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.web_workers,
        loop="uvloop",
        http="asm.server.patient_protocol:PatientProtocol",
        ws="none",
        # Addresses carry what was searched for. The application logs without them.
        access_log=False,
        server_header=False,
        # Whose word is taken for where a request comes from is the application's to say.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        callback_notify=notify_ready,
    )
