"""The order form as templates print it: boxes with value, help and problem, grouped and counted.

``Raw`` is what stands in the form, as text by key (see ``order_typed``): empty for a new order,
read back from an order to change or copy it, or what was just posted and could not be saved.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import clock
from admin.order_typed import CHARGE_KINDS, shown_fields
from sync.breakdown import show_sizes
from sync.cells import show
from sync.drafts import DraftCharge, DraftLine, DraftSchedule, OrderDraft, Values
from workflow.fields import Catalogue, Field, Kind, Level

#: The everyday fields by card; a field that is everyday and stands nowhere here joins the last.
CARDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "order",
        "Order",
        (
            "po_number", "order_date", "source_channel", "in_hands_date", "in_hands_firm",
            "order_contact_name", "order_contact_phone", "order_contact_email",
        ),
    ),
    (
        "terms",
        "Notes and terms",
        (
            "customer_notes", "internal_notes", "bill_to_name", "payment_terms",
            "over_under_tolerance_type", "mockup_requested",
        ),
    ),
)  # fmt: skip
_HELP = {
    Kind.DATE: "14 Mar 2026",
    Kind.LIST: "several: put commas between",
}
#: What a copy does not take over: it belongs to the first order alone.
_NOT_COPIED = frozenset(
    {
        "po_number", "po_date", "order_date", "in_hands_date", "deposit_paid", "tax_amount",
        "release_number", "customer_notes", "source_channel", "source_message_id",
        "source_file_name", "invoice_number", "invoice_sent_on", "change_sequence",
        "isa_control", "gs_control", "st_control", "revised_promise_date", "revision_reason",
        "proof_due", "event_date",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Raw:
    """What stands in the form; the parts of the grid are ready for JSON."""

    fields: dict[str, str] = field(default_factory=dict)
    places: list[dict[str, str]] = field(default_factory=list)  # after the first
    lines: list[dict[str, Any]] = field(default_factory=list)
    charges: list[dict[str, str]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    customer: str = ""
    customer_id: str = ""
    version: str = ""


@dataclass(frozen=True)
class Box:
    """One field of the form."""

    key: str  # its name in the post, and the key of its problem
    name: str
    label: str
    kind: str
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    source: str = ""
    help: str = ""
    required: bool = False
    everyday: bool = False

    @property
    def is_default(self) -> bool:
        """Whether the customer's record filled it in."""
        return self.source.startswith("default")

    @property
    def wide(self) -> bool:
        """Whether it takes both columns."""
        return self.kind == Kind.LONG or self.name in {"ship_to_address1", "ship_to_company"}


@dataclass(frozen=True)
class Tab:
    """Fields under one heading, with how many of them are filled."""

    id: str
    label: str
    boxes: list[Box]

    @property
    def filled(self) -> int:
        """How many fields hold something."""
        return sum(1 for box in self.boxes if box.value)

    @property
    def wrong(self) -> int:
        """How many fields hold something that does not belong there."""
        return sum(1 for box in self.boxes if box.problem)


@dataclass(frozen=True)
class Form:
    """Everything the entry page prints."""

    cards: list[Tab]
    place: Tab
    tabs: list[Tab]
    levels: dict[str, list[Box]]  # blank boxes of the rows that scripts add


def form_of(
    raw: Raw, catalogue: Catalogue, problems: Mapping[str, str], *, with_money: bool
) -> Form:
    """Lay the form out: everyday fields in cards, all others in tabs."""

    def boxes(fields: Iterable[Field], prefix: str) -> list[Box]:
        return [box(f, prefix + f.name, raw, problems) for f in fields]

    order = shown_fields(catalogue, Level.ORDER, with_money=with_money)
    place = shown_fields(catalogue, Level.DESTINATION, with_money=with_money)
    everyday = {f.name: f for f in order if f.everyday}
    named = {name for _id, _label, names in CARDS for name in names}
    cards = []
    for id_, label, names in CARDS:
        mine = [everyday[name] for name in names if name in everyday]
        if id_ == CARDS[-1][0]:
            mine += [f for name, f in everyday.items() if name not in named]
        cards.append(Tab(id_, label, boxes(mine, "order-")))
    tabs = [
        Tab(_slug(label), label, boxes(fields, "order-"))
        for label, fields in _by_tab(f for f in order if not f.everyday).items()
    ]
    shipping = Tab("shipping", "Shipping", boxes((f for f in place if not f.everyday), "place-0-"))
    own = [tab for tab in tabs if tab.id == "more"]
    tabs = [*(tab for tab in tabs if tab.id != "more"), shipping, *own]
    home = Tab("ship-to", "Ship to", boxes(_in_order(place), "place-0-"))
    return Form(cards, home, tabs, _levels(catalogue, with_money=with_money))


def _in_order(place: Iterable[Field]) -> list[Field]:
    """The everyday fields of a destination as people say an address: the company first."""
    everyday = [f for f in place if f.everyday]
    first = ("fulfillment_type", "ship_to_company", "ship_to_name")
    return sorted(everyday, key=lambda f: first.index(f.name) if f.name in first else len(first))


def _by_tab(fields: Iterable[Field]) -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for field_ in fields:
        found.setdefault(field_.tab, []).append(field_)
    return found


def _levels(catalogue: Catalogue, *, with_money: bool) -> dict[str, list[Box]]:
    levels = (Level.DESTINATION, Level.LINE, Level.SCHEDULE, Level.DECORATION)
    return {
        level.value: [
            box(f, f.name, Raw(), {}) for f in shown_fields(catalogue, level, with_money=with_money)
        ]
        for level in levels
    }


def box(field_: Field, key: str, raw: Raw, problems: Mapping[str, str]) -> Box:
    """One field with what stands in it."""
    return Box(
        key=key,
        name=field_.name,
        label=field_.label,
        kind=field_.kind.value,
        value=raw.fields.get(key, ""),
        choices=tuple((c, _spell(c)) for c in field_.choices),
        problem=problems.get(key, ""),
        source=_origin(raw.sources.get(field_.name, "")) if raw.fields.get(key) else "",
        help=field_.help or _HELP.get(field_.kind, ""),
        required=bool(field_.required_at),
        everyday=field_.everyday,
    )


def _origin(source: str) -> str:
    return "" if source == "typed" else source


def _spell(choice: str) -> str:
    words = choice.replace("_", " ")
    return words[:1].upper() + words[1:]


def _slug(label: str) -> str:
    return "-".join(label.lower().split())


# ---------------------------------------------------------------- where the form begins


def blank(currency: str) -> Raw:
    """An empty form for an order that comes in today."""
    return Raw(
        fields={
            "order-order_date": clock.today().isoformat(),
            "order-source_channel": "manual",
            "order-over_under_tolerance_type": "exact",
            "order-currency": currency,
            "place-0-fulfillment_type": "ship",
        }
    )


def of_post(form: Mapping[str, str]) -> Raw:
    """What was posted, to be shown again with its problems."""
    return Raw(
        fields={k: v for k, v in form.items() if k.startswith(("order-", "place-0-"))},
        places=json.loads(form.get("places") or "[]"),
        lines=json.loads(form.get("lines") or "[]"),
        charges=json.loads(form.get("charges") or "[]"),
        customer=form.get("customer", ""),
        customer_id=form.get("customer_id", ""),
        version=form.get("version", ""),
        sources=dict.fromkeys(
            filter(None, form.get("from_customer", "").split(",")), "default of customer"
        ),
    )


def of_draft(draft: OrderDraft, catalogue: Catalogue, *, with_money: bool, version: int = 0) -> Raw:
    """An order as it stands, in the form's words."""
    writer = _Writer(catalogue, with_money=with_money)
    first, *more = draft.destinations or ({},)
    fields = writer.texts(Level.ORDER, draft.values, "order-")
    fields |= writer.texts(Level.DESTINATION, first, "place-0-")
    return Raw(
        fields=fields,
        places=[writer.texts(Level.DESTINATION, place) for place in more],
        lines=[writer.line(line) for line in draft.lines],
        charges=[_charge(charge) for charge in draft.charges] if with_money else [],
        sources=dict(draft.evidence),
        customer=draft.customer,
        customer_id=str(draft.customer_id or ""),
        version=str(version or ""),
    )


def as_copy(raw: Raw, number: str) -> Raw:
    """The same order once more: new dates, no PO, lines without ids and without delivery dates."""
    fields = {
        key: value
        for key, value in raw.fields.items()
        if key.removeprefix("order-") not in _NOT_COPIED
    }
    fields |= {
        "order-order_date": clock.today().isoformat(),
        "order-source_channel": "manual",
        "order-previous_order_ref": number,
        "order-previous_order_ref_type": "sales order",
        "order-line_repeat_type": "repeat",
    }
    lines = [
        {
            **{k: v for k, v in line.items() if k not in ("id", "address")},
            "schedule": [row | {"schedule_date": ""} for row in line["schedule"]],
        }
        for line in raw.lines
    ]
    return Raw(
        fields=fields,
        places=raw.places,
        lines=lines,
        charges=raw.charges,
        sources={},
        customer=raw.customer,
        customer_id=raw.customer_id,
    )


class _Writer:
    """Writes the parts of a draft as the form holds them."""

    def __init__(self, catalogue: Catalogue, *, with_money: bool) -> None:
        self.known = {
            level: {f.name: f for f in shown_fields(catalogue, level, with_money=with_money)}
            for level in Level
        }

    def texts(self, level: Level, values: Values, prefix: str = "") -> dict[str, str]:
        """Values as text by key, empty ones left out."""
        known = self.known[level]
        shown = {
            prefix + name: show(known[name], value)
            for name, value in values.items()
            if name in known and value not in (None, "", [], False)
        }
        return {key: text for key, text in shown.items() if text}

    def line(self, line: DraftLine) -> dict[str, Any]:
        """One line of the grid."""
        values = self.texts(Level.LINE, line.values)
        if line.sizes:
            values["quantity"] = show(self.known[Level.LINE]["quantity"], line.quantity)
        if values.get("line_discount") == "0":
            del values["line_discount"]
        return {
            "id": line.id,
            "address": line.address,
            "values": values,
            "sizes": show_sizes(line.sizes),
            "schedule": [self.delivery(row) for row in line.schedule],
            "decorations": [self.texts(Level.DECORATION, d.values) for d in line.decorations],
        }

    def delivery(self, row: DraftSchedule) -> dict[str, str]:
        """One delivery of a line."""
        columns: Values = {
            "schedule_quantity": row.quantity,
            "schedule_date": row.date,
            "schedule_size": row.size,
            "schedule_unit_price": row.unit_price,
            "schedule_firm": row.firm,
        }
        texts = self.texts(Level.SCHEDULE, {**columns, **row.extra})
        return texts | {"destination": str(row.destination)}


def _charge(charge: DraftCharge) -> dict[str, str]:
    price = Field("unit_price", "Price", Level.ORDER, Kind.PRICE)
    quantity = Field("quantity", "Quantity", Level.ORDER, Kind.QUANTITY)
    is_discount = charge.kind == "discount"
    amount = -charge.unit_price if is_discount else charge.unit_price
    return {
        "kind": charge.kind,
        "name": charge.name,
        "quantity": show(quantity, charge.quantity),
        "unit_price": show(price, amount),
    }


def charge_kinds(raw: Raw) -> list[tuple[str, str]]:
    """The kinds of charges to choose from, with those the order has already."""
    kinds = dict.fromkeys([*CHARGE_KINDS, *(row.get("kind", "other") for row in raw.charges)])
    return [(kind, _spell(kind)) for kind in kinds]
