"""The server's clock, which may be stopped, and how Google writes a moment."""

import datetime


class Clock:
    """Now, or a moment that stands still until somebody moves it."""

    def __init__(self) -> None:
        self._frozen: datetime.datetime | None = None

    def now(self) -> datetime.datetime:
        """The moment in UTC."""
        return self._frozen or datetime.datetime.now(datetime.UTC)

    def freeze(self, at: datetime.datetime | str | None = None) -> None:
        """Stand still, here or at a given moment."""
        if isinstance(at, str):
            at = datetime.datetime.fromisoformat(at)
        at = at or self.now()
        self._frozen = at if at.tzinfo else at.replace(tzinfo=datetime.UTC)

    def advance(self, seconds: float) -> None:
        """Move a stopped clock on; one that runs is stopped first."""
        self.freeze(self.now() + datetime.timedelta(seconds=seconds))

    def run(self) -> None:
        """Go with the real time again."""
        self._frozen = None


def rfc3339(moment: datetime.datetime) -> str:
    """2023-07-20T08:47:44.700Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
