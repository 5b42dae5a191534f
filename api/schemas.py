"""Every shape by its name, made from the catalogue of fields; and the checks made from them. Pure.

Names ending in ``In`` and ``Change`` are what programs send: names that do not exist are refused.
The others are answers, to which more may be added any time.
"""

from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from api.kinds import Schema, answered, api_name, sent
from api.order_schemas import answered_orders, sent_orders
from api.record_schemas import answered_records, sent_records
from api.work_schemas import answered_work, sent_work
from workflow.fields import BUILT_IN, Catalogue, Field, Level

#: The shop's own fields: with the built-in ones they decide every shape.
Own = tuple[Field, ...]


def own_fields(catalogue: Catalogue) -> Own:
    """The shop's own fields of a catalogue, as a value that can be compared."""
    return tuple(f for level in Level for f in catalogue.of(level) if f.custom)


@lru_cache(maxsize=8)
def components(own: Own = ()) -> dict[str, Schema]:
    """Every schema by its name."""
    by_level: dict[Level, list[Field]] = {level: [] for level in Level}
    for field in (*BUILT_IN, *own):
        by_level[field.level].append(field)
    takes = {lvl: {api_name(f): sent(f) for f in fields} for lvl, fields in by_level.items()}
    gives = {lvl: {api_name(f): answered(f) for f in fields} for lvl, fields in by_level.items()}
    return {
        **sent_orders(takes),
        **answered_orders(gives),
        **sent_work(takes),
        **answered_work(gives),
        **sent_records(takes),
        **answered_records(gives),
    }


@lru_cache(maxsize=100)
def validator(name: str, own: Own = ()) -> Any:
    """What checks a value against the schema with that name."""
    found = components(own)
    wanted = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": found}}
    return Draft202012Validator(wanted, validate_formats=True)
