"""A scanner whose keys are as far apart as it says, however long the page takes between them."""

from playwright.async_api import Page

_STRIKE = """([text, goesOn, apart]) => {
  // Not at once behind what somebody typed before.
  window.struckAt = (goesOn && window.struckAt) || performance.now() + 60;
  for (const sign of text) {
    window.struckAt += apart;
    const key = sign === "\\n" ? "Enter" : sign;
    const press = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    Object.defineProperty(press, "timeStamp", { value: window.struckAt });
    if (document.activeElement.dispatchEvent(press) && key === sign) {
      document.execCommand("insertText", false, key);
    }
  }
}"""


async def strike_at_once(
    page: Page, text: str, *, goes_on: bool = False, apart_ms: int = 2
) -> None:
    """Each letter of `text` as a key wherever the focus is, so far apart, a line break as Enter.
    `goes_on`: by their times these keys follow at once those of the call before.
    """
    await page.evaluate(_STRIKE, [text, goes_on, apart_ms])
