"""Where files are taken, nginx takes them too."""

import re
from pathlib import Path

from litestar import Litestar

from asm.api.bodies.page_form import FILE
from asm.install.files.service_files import ServiceFacts, service_files


async def test_every_way_in_for_files_is_known_to_nginx(app: Litestar) -> None:
    """A file sent elsewhere would be refused as text that is too long; a receipt is short."""
    site = service_files(ServiceFacts(server_name="asm.test"))[
        Path("/etc/nginx/sites-available/asm")
    ]
    (pattern,) = re.findall(r"location ~ (\S+import\S+) \{", site)
    contract = app.openapi_schema.to_schema()["paths"]
    taking = {
        path
        for path, operations in contract.items()
        for operation in operations.values()
        if isinstance(operation, dict)
        and "application/octet-stream" in operation.get("requestBody", {}).get("content", {})
    }
    taking |= {
        route.path
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get(FILE)
    }
    assert len(taking) > 7
    known = {path for path in taking if re.match(pattern, re.sub(r"\{[^}]*\}", "x", path))}
    assert taking - {"/verify"} == known
