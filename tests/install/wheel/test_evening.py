"""The wheel's evening: installed by pip into an empty folder, set up by `asm install`, running as
the services would run it, from the first administrator to a receipt that a stranger verifies.
"""

import json
import re
import signal
import subprocess

import httpx
import pytest

from asm.demo.cast import WARD_A
from asm.intake.sheets.xlsx_template import build_workbook
from tests.faults.worker_process import PATIENCE_S, until
from tests.install.wheel.conftest import PASSWORD, PROJECT, Installed
from tests.people import fresh_key, guest, party
from tests.web.codes.people import code_on, give_code
from tests.web.visitor import Visitor
from tests.workbooks import sheet_row

SEEN = """
import json, sys
from pathlib import Path
import asm
holding = [path for path in sys.path if (Path(path or ".") / "asm").exists()]
print(json.dumps({"file": asm.__file__, "holding": holding}))
"""
OFFICER = {
    "role": "ward_officer", "province_code": "01", "ward_code": WARD_A,
    "display_name": "Phạm Văn Cán", "login": "can.bo.thu",
}  # fmt: skip
HOUSE = {
    "kind": "guest_house", "name": "Nhà nghỉ Thử", "address_text": "9 Hàng Mẫu",
    "phone": "0912345678", "lat": 21.0285, "lon": 105.8542, "rooms": [{"name": "101", "beds": 4}],
}  # fmt: skip
HOST = {
    "sign_in_name": "0912 345 678", "display_name": "Nguyễn Thị Thử", "role": "landlord",
    "password": PASSWORD, "terms_version": "1",
}  # fmt: skip


def browser(machine: Installed) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=machine.address, timeout=60)


async def bearer(client: httpx.AsyncClient, login: str) -> dict[str, str]:
    form = {"login": login, "password": PASSWORD, "label": "evening"}
    answer = await client.post("/api/v1/tokens", json=form)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


@pytest.mark.slow
async def test_an_evening(machine: Installed) -> None:
    seen = json.loads(machine.run("python", "-c", SEEN).stdout)
    assert seen["file"].startswith(str(machine.opt))
    assert [path.startswith(str(machine.opt)) for path in seen["holding"]] == [True]

    machine.install()
    with machine.services_run() as services:
        async with browser(machine) as client:
            await until(lambda: is_whole(client), "all parts to live")
            await make_officer(machine)
            await pages_are_whole(client)
            receipt = await first_night(client)
            await plate_is_printed(client)
            keys = await client.get("/api/v1/receipts/keys")
        verify_elsewhere(machine, receipt, keys.content)
        for process in services.values():
            process.terminate()
        ended = {name: process.wait(PATIENCE_S) for name, process in services.items()}
    assert ended["worker"] == 0
    assert ended["web"] in {0, -signal.SIGTERM}
    for name in services:
        said = machine.said(name)
        assert "Traceback" not in said
        assert not re.search(r'"level":"(error|critical)"', said), said
    # Nothing was left where it was called.
    assert [path.name for path in machine.home.iterdir()] == ["administrator"]
    assert str(PROJECT) + "/asm" not in machine.said("web")


async def is_whole(client: httpx.AsyncClient) -> bool:
    try:
        answer = await client.get("/health/ready")
    except httpx.TransportError:
        return False
    return bool(answer.status_code == 200 and answer.json()["status"] == "ok")


async def make_officer(machine: Installed) -> None:
    """The administrator makes one, who comes with the code."""
    async with browser(machine) as first, browser(machine) as second:
        administrator, officer = Visitor(first), Visitor(second)
        await administrator.open("/sign-in")
        await administrator.send("/sign-in", login="goc", password=PASSWORD)
        await administrator.open("/officers?province=01")
        await administrator.send("/officers", **OFFICER)
        await give_code(officer, code_on(administrator))
        await officer.send("/codes/use", password=PASSWORD)
        await officer.open("/ward")
        assert "Hoàn Kiếm" in officer.html


async def pages_are_whole(client: httpx.AsyncClient) -> None:
    """Styles and scripts are there under the names that the page gives them."""
    page = (await client.get("/sign-in")).text
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert {file.rpartition(".")[2] for file in files} >= {"css", "js", "svg"}
    for file in files:
        answer = await client.get(file)
        assert (answer.status_code, bool(answer.content)) == (200, True), file


async def first_night(client: httpx.AsyncClient) -> str:
    """A host signs up, registers and, activated, declares by form and by file; the receipt."""
    assert (await client.post("/api/v1/accounts", json=HOST)).status_code == 201
    host, officer = await bearer(client, "0912345678"), await bearer(client, OFFICER["login"])
    house = (await client.post("/api/v1/facilities", json=HOUSE, headers=host)).json()
    path = f"/api/v1/facilities/{house['id']}"
    activated = await client.post(f"{path}/activation", headers=officer)
    assert activated.status_code == 200, activated.text
    sent = await client.post(
        f"{path}/stays",
        json=party(guest(full_name="Lê Thị Nháp")),
        headers=host | fresh_key(),
    )
    assert sent.status_code == 201, sent.text
    book = build_workbook([sheet_row(full_name="Trần Văn Mẫu")])
    read = await client.post(f"{path}/imports", content=book, headers=host | fresh_key())
    assert (read.status_code, read.json()["accepted"]) == (201, 1), read.text
    seen = await client.get(f"/api/v1/wards/{WARD_A}/guests", headers=officer)
    names = {stay["guest"]["full_name"] for stay in seen.json()["stays"]}
    assert names == {"Lê Thị Nháp", "Trần Văn Mẫu"}
    token: str = sent.json()["results"][0]["receipt"]["token"]
    return token


async def plate_is_printed(client: httpx.AsyncClient) -> None:
    """The host's, with a code that a phone reads."""
    host = Visitor(client)
    await host.open("/sign-in")
    await host.send("/sign-in", login="0912345678", password=PASSWORD)
    await host.open("/plates")
    (house,) = set(re.findall(r'name="facility"[^>]*value="([0-9a-f-]{36})"', host.html))
    plate = await host.open(f"/plates.pdf?facility={house}")
    assert plate.content.startswith(b"%PDF-")


def verify_elsewhere(machine: Installed, receipt: str, keys: bytes) -> None:
    """By the installed program, with the public keys alone."""
    file = machine.root / "receipt-keys.json"
    file.write_bytes(keys)
    done: subprocess.CompletedProcess[str] = machine.run(
        "asm", "receipt", "verify", "-", "--keys", str(file), typed=receipt
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["genuine"] is True
