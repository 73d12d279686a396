"""The first people of an installation on its pages: an administrator, and the officer of a ward
by a one-time code.
"""

import re

import httpx

_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
_CODE = re.compile(r"slip-code\">\s*([0-9A-Z-]{14})")
OFFICER = "cau cua can bo moi"
WARD = "00070"


class Browser:
    """Pages of one person, with their cookies."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, follow_redirects=True)

    def send(self, page: str, path: str = "", **fields: str) -> str:
        """Open a page, fill its form in and send it to `path`, or to the page itself."""
        token = _TOKEN.search(self._client.get(page).text)
        assert token is not None, page
        answer = self._client.post(path or page, data={"_csrf_token": token[1], **fields})
        assert answer.status_code == 200, answer.text
        return answer.text

    def close(self) -> None:
        self._client.close()


def make_officer(address: str, password: str) -> None:
    """The administrator signs in and makes one, who sets a password with the code."""
    administrator, officer = Browser(address), Browser(address)
    administrator.send("/sign-in", login="goc", password=password)
    slip = administrator.send(
        "/officers?province=01",
        "/officers",
        login="hoa",
        display_name="Phạm Thị Hoa",
        role="ward_officer",
        province_code="01",
        ward_code=WARD,
    )
    code = _CODE.search(slip)
    assert code is not None, slip
    officer.send("/codes", code=code[1])
    assert "Đăng xuất" in officer.send("/codes/use", password=OFFICER)
    administrator.close()
    officer.close()
