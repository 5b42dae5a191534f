"""Checked JSON as typed values: an order as a draft, a change laid over what stands there.

The shapes were checked before; here the shop's own reading has the last word, so that a value
means the same whether it was typed, read from a sheet or sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from api.kinds import fields_of
from api.refusals import ContentError, pointer
from errors import ForbiddenError
from sync.cells import CellError, clean, from_json
from sync.drafts import (
    DraftCharge,
    DraftDecoration,
    DraftLine,
    DraftSchedule,
    OrderDraft,
    Problem,
    Value,
    Values,
)
from workflow.actors import Actor, Right
from workflow.fields import Catalogue, Field, Level, tells_money
from workflow.quantities import show

#: What a schedule row holds beside its ``extra`` fields.
_DELIVERY = frozenset(
    {
        "schedule_quantity", "schedule_date", "schedule_size", "schedule_unit_price",
        "schedule_firm",
    }
)  # fmt: skip


def exact(raw: Any) -> Decimal:
    """A decimal that was sent as text or whole number."""
    return Decimal(str(raw)) if not isinstance(raw, float) else Decimal(int(raw))


def word(raw: Any) -> str:
    """A text that was sent, tidied."""
    return " ".join(clean(str(raw or "")).split())


def order_draft(body: Mapping[str, Any], catalogue: Catalogue, actor: Actor) -> OrderDraft:
    """A new order as a draft; what contradicts itself becomes a problem for a person.

    Raises:
        ContentError: a value does not belong into its field.
        ForbiddenError: prices were sent by somebody who may not see them.
    """
    reading = Reading(catalogue, actor)
    values = reading.header(body)
    places = reading.destinations(body.get("destinations", ()))
    lines = tuple(
        reading.line(raw, ("lines", n), f"line {n + 1}")
        for n, raw in enumerate(body.get("lines", ()))
    )
    charges = reading.charges(body.get("charges", ()))
    reading.stop_if_wrong()
    draft = OrderDraft(
        source="api",
        customer=word(body.get("customer")),
        values=_filled(values),
        destinations=tuple(_filled(place) for place in places),
        lines=tuple(replace(line, values=_filled(line.values)) for line in lines),
        charges=charges,
        evidence=dict.fromkeys(_filled(values), actor.name),
    )
    return replace(draft, problems=tuple(contradictions(draft)))


def contradictions(draft: OrderDraft) -> Iterable[Problem]:
    """What a draft says twice and differently, or points at what is not there."""
    for number, line in enumerate(draft.lines, start=1):
        where, said = line.address or f"line {number}", line.values.get("quantity")
        if line.sizes and isinstance(said, Decimal) and said != line.quantity:
            text = f"its sizes add up to {show(line.quantity or Decimal(0))}, its quantity says "
            yield Problem(where, "quantity", f"{text}{show(said)}", show(said))
        for row in line.schedule:
            if row.destination and row.destination >= len(draft.destinations):
                text = f"a delivery goes to destination {row.destination}, which is not there"
                yield Problem(where, "destination", text, str(row.destination))
    for charge in draft.charges:
        if charge.line is not None and charge.line >= len(draft.lines):
            text = f"the charge '{charge.name}' is for line {charge.line}, which is not there"
            yield Problem("charges", "line", text, str(charge.line))


def _filled(values: Values) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


# ---------------------------------------------------------------- a change


def changed_lines(
    sent: Iterable[Mapping[str, Any]],
    standing: Iterable[DraftLine],
    reading: "Reading",
    places: int,
) -> tuple[DraftLine, ...]:
    """The whole list of lines as it should be: what was sent, laid over what stands there."""
    known = {line.id: line for line in standing}
    lines: list[DraftLine] = []
    for n, raw in enumerate(sent):
        path = ("lines", n)
        line = _changed_line(raw, path, known, reading)
        if line is not None:
            reading.stands_alone(line, path, raw, places)
            lines.append(line)
    return tuple(lines)


def _changed_line(
    raw: Mapping[str, Any],
    path: tuple[str | int, ...],
    known: dict[int | None, DraftLine],
    reading: "Reading",
) -> DraftLine | None:
    line_id = raw.get("id")
    if line_id is None:
        made = reading.line(raw, path, f"line {int(path[1]) + 1}")
        return replace(made, values=_filled(made.values))
    before = known.pop(line_id, None)
    if before is None:
        text = f"line id {line_id} is not of this order, or was cancelled or named twice"
        reading.wrong((*path, "id"), text)
        return None
    return _over(before, reading.line(raw, path, before.address), raw)


def _over(before: DraftLine, made: DraftLine, raw: Mapping[str, Any]) -> DraftLine:
    """A line as it stands with what was sent over it; lists are taken whole."""
    return replace(
        before,
        values={**before.values, **made.values},
        sizes=made.sizes if "sizes" in raw else before.sizes,
        schedule=made.schedule if "schedule" in raw else before.schedule,
        decorations=made.decorations if "decorations" in raw else before.decorations,
    )


# ---------------------------------------------------------------- reading


@dataclass
class Reading:
    """One body being read; collects what does not belong where it was sent."""

    catalogue: Catalogue
    actor: Actor
    errors: list[tuple[str, str]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    _known: dict[Level, dict[str, Field]] = field(default_factory=dict)

    def wrong(self, path: tuple[str | int, ...], text: str) -> None:
        """Note a place that does not fit."""
        self.errors.append((pointer(*path), text))

    def stop_if_wrong(self) -> None:
        """Raise with everything found so far.

        Raises:
            ForbiddenError: there were prices, and the actor may not see money.
            ContentError: values do not belong into their fields.
        """
        if self.hidden:
            raise ForbiddenError(
                f"{self.actor.name} may not see prices and totals, so it may not send "
                f"{', '.join(self.hidden[:5])}. Ask an owner for that right, or leave them out."
            )
        if self.errors:
            raise ContentError(self.errors)

    def fields(
        self, level: Level, raw: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> dict[str, Value]:
        """The catalogue's fields in an object, typed; null empties a field."""
        known = self._fields_of(level)
        found: dict[str, Value] = {}
        for name, value in raw.items():
            one = known.get(name)
            if one is None:
                continue
            if tells_money(one):
                self.money((*path, name))
            try:
                found[one.name] = from_json(one, value)
            except CellError as refusal:
                self.wrong((*path, name), str(refusal))
        return found

    def _fields_of(self, level: Level) -> dict[str, Field]:
        if level not in self._known:
            self._known[level] = fields_of(self.catalogue, level)
        return self._known[level]

    def money(self, path: tuple[str | int, ...]) -> None:
        """Note that a price was sent, where the actor may not see any."""
        if not self.actor.may(Right.SEE_MONEY):
            self.hidden.append(pointer(*path))

    def header(self, body: Mapping[str, Any]) -> dict[str, Value]:
        """The order's own fields."""
        return self.fields(Level.ORDER, body, ())

    def destinations(self, rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Value], ...]:
        """Where it goes."""
        return tuple(
            self.fields(Level.DESTINATION, raw, ("destinations", n)) for n, raw in enumerate(rows)
        )

    def line(self, raw: Mapping[str, Any], path: tuple[str | int, ...], address: str) -> DraftLine:
        """One line with its sizes, deliveries and decorations."""
        return DraftLine(
            address=address,
            values=self.fields(Level.LINE, raw, path),
            sizes=tuple((word(s["size"]), exact(s["quantity"])) for s in raw.get("sizes", ())),
            schedule=tuple(
                self._delivery(row, (*path, "schedule", n))
                for n, row in enumerate(raw.get("schedule", ()))
            ),
            decorations=tuple(
                DraftDecoration(
                    _filled(self.fields(Level.DECORATION, row, (*path, "decorations", n)))
                )
                for n, row in enumerate(raw.get("decorations", ()))
            ),
            id=raw.get("id"),
        )

    def _delivery(self, row: Mapping[str, Any], path: tuple[str | int, ...]) -> DraftSchedule:
        values: dict[str, Any] = self.fields(Level.SCHEDULE, row, path)
        return DraftSchedule(
            quantity=exact(row["schedule_quantity"]),
            date=values.get("schedule_date"),
            size=values.get("schedule_size") or "",
            unit_price=values.get("schedule_unit_price"),
            firm=values.get("schedule_firm"),
            destination=int(row.get("destination", 0)),
            extra=_filled({n: v for n, v in values.items() if n not in _DELIVERY}),
        )

    def charges(self, rows: Iterable[Mapping[str, Any]]) -> tuple[DraftCharge, ...]:
        """Money besides the goods."""
        found = []
        for n, raw in enumerate(rows):
            self.money(("charges", n, "unit_price"))
            price = exact(raw["unit_price"])
            found.append(
                DraftCharge(
                    kind=raw["kind"],
                    name=word(raw["name"]),
                    quantity=exact(raw.get("quantity", 1)),
                    unit_price=-price if raw["kind"] == "discount" else price,
                    line=raw.get("line"),
                )
            )
        return tuple(found)

    def stands_alone(
        self, line: DraftLine, path: tuple[str | int, ...], raw: Mapping[str, Any], places: int
    ) -> None:
        """Note what a changed line says twice and differently."""
        said = exact(raw["quantity"]) if raw.get("quantity") is not None else None
        if line.sizes and said is not None and said != line.quantity:
            total = show(line.quantity or Decimal(0))
            text = f"its sizes add up to {total}, found '{show(said)}'; send sizes that fit"
            self.wrong((*path, "quantity"), text)
        for n, row in enumerate(line.schedule):
            if row.destination >= max(places, 1):
                text = f"there is no destination {row.destination}"
                self.wrong((*path, "schedule", n, "destination"), text)
