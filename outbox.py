"""What must happen outside: written with the change that asks for it, done by the worker.

Rows are added inside the caller's transaction, so a rolled-back change asks for nothing and a
committed one is never forgotten.  A row may be done twice (a worker can die after the deed and
before the note): every handler makes its second run harmless.
"""

from datetime import datetime
from typing import Any

import clock
from models import Order, OutboxRow


def add(
    kind: str,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    order: Order | int | None = None,
    run_at: datetime | None = None,
) -> None:
    """Ask for something outside; with a ``key``, only once for ever."""
    row = OutboxRow.insert(
        kind=kind, payload=payload, key=key, order=order, run_at=run_at or clock.now()
    )
    (row.on_conflict_ignore() if key else row).execute()
