"""What a browser needs to install the app, and nothing of anybody in it."""

import json
import re
from pathlib import Path

import httpx
import pytest

from asm.demo.cast import Cast
from asm.web.phone import shell_page
from asm.web.phone.shell_files import ShellFiles, read_shell_files
from tests.web.visitor import Visitor

ENTRY = {
    "app/main.tsx": {
        "file": "assets/phone-1.js",
        "imports": ["_b.js"],
        "dynamicImports": ["app/core/exchange.ts", "app/parts/camera.ts"],
        "css": ["assets/p.css"],
    },
    "app/core/exchange.ts": {"file": "assets/x-1.js", "imports": ["app/main.tsx", "_d.js"]},
    "_d.js": {"file": "assets/d-1.js", "css": ["assets/d.css"]},
    "app/parts/camera.ts": {"file": "assets/camera-1.js"},
    "_b.js": {"file": "assets/b-1.js", "imports": ["_c.js"], "css": ["assets/b.css"]},
    "_c.js": {"file": "assets/c-1.js", "imports": ["_b.js"]},
    "unrelated.js": {"file": "assets/u-1.js"},
}


def built(folder: Path, manifest: dict[str, object], worker: str = "work();") -> Path:
    (folder / ".vite").mkdir(parents=True)
    (folder / ".vite/manifest.json").write_text(json.dumps(manifest), "utf-8")
    (folder / "phone-worker.js").write_text(worker, "utf-8")
    return folder


def test_the_worker_lists_all_but_the_camera(tmp_path: Path) -> None:
    shell = read_shell_files(built(tmp_path, ENTRY))
    assert shell is not None
    first, rest = shell.worker.split(b"\n", 1)
    listed = json.loads(first.removeprefix(b"var SHELL=").removesuffix(b";"))
    scripts = [f"/static/assets/{name}-1.js" for name in ("phone", "b", "c")]
    later = ["/static/assets/x-1.js", "/static/assets/d-1.js"]
    sheets = [f"/static/assets/{name}.css" for name in ("p", "b")]
    assert (shell.script, *shell.imports) == tuple(scripts)
    assert shell.styles == tuple(sheets)
    assert listed["files"][:5] == [*scripts, *sheets]
    assert listed["files"][5:] == [*later, "/static/assets/d.css"]
    assert (listed["page"], listed["version"]) == ("/app/", shell.version)
    assert rest == b"work();"


def test_any_change_makes_another_version(tmp_path: Path) -> None:
    other = json.loads(json.dumps(ENTRY).replace("c-1", "c-2"))
    shells = [
        read_shell_files(built(tmp_path / "a", ENTRY)),
        read_shell_files(built(tmp_path / "b", other)),
        read_shell_files(built(tmp_path / "c", ENTRY, "work(2);")),
    ]
    assert len({shell.version for shell in shells if shell}) == 3
    again = read_shell_files(built(tmp_path / "d", ENTRY))
    assert again == shells[0]


def test_an_unbuilt_folder_has_no_shell(tmp_path: Path) -> None:
    assert read_shell_files(tmp_path) is None
    assert read_shell_files(built(tmp_path / "x", {"unrelated.js": {"file": "u"}})) is None


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ShellFiles:
    """One that needs no built pages."""
    files = read_shell_files(built(tmp_path, ENTRY))
    assert files is not None
    monkeypatch.setattr(shell_page, "_SHELL", files)
    return files


async def test_the_page_is_everybodys(
    client: httpx.AsyncClient, visitor: Visitor, cast: Cast, shell: ShellFiles
) -> None:
    stranger = await client.get("/app/")
    await visitor.sign_in(cast, "hai")
    signed_in = await client.get("/app/declare/3?from=push")
    assert stranger.status_code == signed_in.status_code == 200
    assert signed_in.content == stranger.content
    assert f'data-version="{shell.version}"' in stranger.text
    assert re.search(r'data-push-key="[\w-]{87}"', stranger.text)
    assert "set-cookie" not in signed_in.headers
    assert signed_in.headers["cache-control"] == "public, no-cache"
    assert "camera=(self)" in signed_in.headers["permissions-policy"]
    policy = signed_in.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "manifest-src 'self'" in policy


async def test_its_address_lies_within_the_workers_scope(
    client: httpx.AsyncClient, shell: ShellFiles
) -> None:
    answer = await client.get("/app", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/app/")
    worker = await client.get("/app/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "public, no-cache"
    assert worker.content == shell.worker


async def test_a_phone_may_install_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/app/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    assert manifest["scope"] == manifest["start_url"] == "/app/"
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    for icon in manifest["icons"]:
        picture = await client.get(icon["src"])
        assert picture.headers["content-type"] == "image/png"
        width = int.from_bytes(picture.content[16:20])
        assert icon["sizes"] == f"{width}x{width}"


async def test_nothing_else_lies_there(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.get("/app/icons/mark.svg")).status_code == 404
    monkeypatch.setattr(shell_page, "_SHELL", None)
    assert (await client.get("/app/")).status_code == 404
    assert (await client.get("/app/worker.js")).status_code == 404
