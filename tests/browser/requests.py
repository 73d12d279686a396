"""Answers that come late, or never."""

from playwright.async_api import Page


async def look_at_requests(page: Page) -> None:
    """For a page of which a test holds back an answer later. The browser begins to look at a page's
    requests some time after it has said that it does: on a busy machine a request slipped past a
    route that was there before it. So it begins before the first page is opened, and goes on.
    """
    await page.route("**/nothing-is-at-this-address", lambda route: route.abort())
