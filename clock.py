"""The only place that asks what time it is; tests set it.

Times are aware and in UTC; dates are the shop's local dates.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_zone = ZoneInfo("UTC")
_frozen: datetime | None = None


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return _frozen or datetime.now(UTC)


def today() -> date:
    """Today's date where the shop stands."""
    return now().astimezone(_zone).date()


def local(moment: datetime) -> datetime:
    """The same moment on the shop's wall clock."""
    return moment.astimezone(_zone)


def set_zone(name: str) -> None:
    """Say where the shop stands, as an IANA name ("Europe/Berlin").

    Raises:
        zoneinfo.ZoneInfoNotFoundError: there is no such zone.
    """
    global _zone
    _zone = ZoneInfo(name)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stop the clock at ``moment`` (aware) while the block runs; for tests and the demo."""
    global _frozen
    before, _frozen = _frozen, moment
    try:
        yield
    finally:
        _frozen = before
