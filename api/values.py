"""Single values as JSON: decimals as text, days and moments as ISO 8601, fields by their names."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sync.amounts import plain
from sync.cells import to_json
from workflow.fields import Field

Json = dict[str, Any]


def number(value: Decimal | None) -> str | None:
    """A decimal as text, exactly."""
    return None if value is None else plain(value)


def moment(value: datetime | None) -> str | None:
    """A moment in UTC: 2026-03-14T09:12:00Z."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(value: date | None) -> str | None:
    """A day: 2026-03-14."""
    return None if value is None else value.isoformat()


def filled(row: Any, fields: Mapping[str, Field]) -> Json:
    """The filled fields of a row, by their names in the API."""
    found: Json = {}
    extra = row.extra or {}
    for name, field in fields.items():
        if field.column:
            value = getattr(row, field.name, None)
            value = None if value is None else to_json(field, value)
        else:
            value = extra.get(field.name)
        if value not in (None, "", []):
            found[name] = value
    return found


def words(row: Any, *names: str) -> Json:
    """Columns that are shown as they are."""
    return {name: getattr(row, name) for name in names}


def moments(row: Any, *names: str) -> Json:
    """Columns that hold moments."""
    return {name: moment(getattr(row, name)) for name in names}


def numbers(row: Any, *names: str) -> Json:
    """Columns that hold decimals."""
    return {name: number(getattr(row, name)) for name in names}
