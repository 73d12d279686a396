"""What a browser complains about while a test drives it."""

from playwright.async_api import BrowserContext, ConsoleMessage


class Complaints:
    """What the pages of a context complain about."""

    def __init__(self, context: BrowserContext) -> None:
        self.said: list[str] = []
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        context.on("console", self._listen)

    def _listen(self, message: ConsoleMessage) -> None:
        # A busy browser fetches the page's icon late, when a test may have cut the network.
        if message.type == "error" and "/static/assets/mark-" not in message.location["url"]:
            self.said.append(message.text)

    def but(self, *statuses: int) -> list[str]:
        """All that is said, but for answers with `statuses`, which the browser calls errors."""
        known = tuple(f"status of {status} " for status in statuses)
        return [text for text in self.said if not any(each in text for each in known)]
