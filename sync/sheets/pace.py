"""How often a sheet is looked at, and how long one waits after a failure. Pure."""

import random
from datetime import datetime, timedelta

#: After a change somebody probably goes on; later a look now and then is enough.
BUSY, QUIET, IDLE = timedelta(seconds=5), timedelta(seconds=30), timedelta(seconds=60)
#: So long the next look waits for an edit of the app: a file costs no quota.
REST = {"google": BUSY, "workbook": timedelta(seconds=1)}
BUSY_FOR, QUIET_FOR = timedelta(minutes=2), timedelta(minutes=15)
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0


def period(active_at: datetime | None, now: datetime) -> timedelta:
    """How long to wait after a good cycle."""
    quiet = now - active_at if active_at is not None else QUIET_FOR
    if quiet < BUSY_FOR:
        return BUSY
    return QUIET if quiet < QUIET_FOR else IDLE


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures: doubled each time, anywhere within it."""
    longest = min(_FIRST_WAIT * 2.0 ** max(failures - 1, 0), _LONGEST_WAIT)
    return timedelta(seconds=random.uniform(longest / 2, longest))
