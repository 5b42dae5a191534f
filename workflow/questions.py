"""What only the customer can tell us about an order from a document, as questions.  Reads only.

Problems about prices, money, the customer or a second PO are for the shop's people and are never
asked; fields that review requires and nobody filled are asked like problems.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models import Destination, DraftProblem, Order, OrderLine, Variant
from workflow import shop
from workflow.engine import rows
from workflow.fields import Catalogue, Field, Kind, Level
from workflow.stages import Stage

#: So many are asked; who leaves more open needs a telephone.
MOST_QUESTIONS = 200
_FOR_STAFF = frozenset(
    {"", "customer", "po_number", "currency", "unit_price", "price_basis", "line_discount",
     "customer_account", "uom", "total", "line_total"}
)  # fmt: skip
_NEVER_KINDS = frozenset({Kind.MONEY, Kind.PRICE, Kind.PERCENT})
_ITEM = frozenset({"sku", "customer_item_number", "gtin", "description", "style"})
_EXPECTED = re.compile(r"expected (?P<what>.+?), found '(?P<found>.*)'", re.DOTALL)
_LIKELY = re.compile(r" is probably (?P<likely>.+): choose")
_FOR_US = re.compile(r"[:;,] (choose|settle|check|change|split|cancel|enter|ask)\b.*$", re.DOTALL)
_ADDRESSED = frozenset({"ship", "deliver", "install"})
_ADDRESS = ("ship_to_company", "ship_to_address1", "ship_to_city")


@dataclass(frozen=True)
class Question:
    """One thing we must know: ``key`` names it in a form, ``where`` is the cell it is about.

    ``level``, ``row`` and ``name`` say which field the answer fills; without ``level`` it is words
    for the shop's people.
    """

    key: str
    order: Order
    where: str
    text: str
    name: str = ""
    label: str = ""
    level: Level | None = None
    row: int | None = None
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    problem: int | None = None


def questions_of(orders: Sequence[Order]) -> list[Question]:
    """The questions about orders in review, in the order of the document."""
    catalogue = shop.catalogue()
    found: list[Question] = []
    for order in orders:
        if order.stage == Stage.REVIEW and order.cancelled_at is None:
            found += _of(order, catalogue)
    return found[:MOST_QUESTIONS]


def ids_with_questions(order_ids: Sequence[int]) -> set[int]:
    """Which of these orders a document left open for the customer, in one statement."""
    rows = (
        DraftProblem.select(DraftProblem.order)
        .join(Order)
        .where(DraftProblem.order.in_(list(order_ids)) & DraftProblem.settled_at.is_null())
        .where(DraftProblem.field.not_in(sorted(_FOR_STAFF)))
        .where((Order.stage == Stage.REVIEW) & Order.incoming.is_null(False))
        .distinct()
    )
    return {row.order_id for row in rows if row.order_id is not None}


def _of(order: Order, catalogue: Catalogue) -> list[Question]:
    lines = list(
        OrderLine.select()
        .where((OrderLine.order == order) & OrderLine.cancelled_at.is_null())
        .order_by(OrderLine.number)
    )
    places = list(
        Destination.select().where(Destination.order == order).order_by(Destination.position)
    )
    problems = (
        DraftProblem.select()
        .where((DraftProblem.order == order) & DraftProblem.settled_at.is_null())
        .order_by(DraftProblem.id)
        .limit(MOST_QUESTIONS)
    )
    asked = [p for p in problems if p.field not in _FOR_STAFF]
    by_address = {line.address: line for line in reversed(lines) if line.address}
    comes_in = _choices([line for line in lines if line.product_id is not None], asked)
    found = [_about(p, order, catalogue, by_address, places, comes_in) for p in asked]
    questions = [question for question in found if question is not None]
    told = {(q.level, q.row, q.name) for q in questions}
    missing = _missing(order, lines, places, catalogue)
    return questions + [q for q in missing if (q.level, q.row, q.name) not in told]


def _about(
    problem: DraftProblem,
    order: Order,
    catalogue: Catalogue,
    lines: Mapping[str, OrderLine],
    places: Sequence[Destination],
    comes_in: Mapping[tuple[int, str], tuple[str, ...]],
) -> Question | None:
    """A problem as a question, or None where it is none of the customer's business."""
    line = lines.get(row_of(problem.address))
    field, row = _field_of(problem.field, catalogue, order, line, places)
    if field is not None and field.kind in _NEVER_KINDS:
        return None
    choices = field.choices if field is not None else ()
    if line is not None and line.product_id is not None:
        choices = comes_in.get((line.product_id, problem.field), choices)
    label = field.label if field is not None else problem.field.replace("_", " ").capitalize()
    return Question(
        key=f"problem-{problem.id}",
        order=order,
        where=problem.address,
        text=words_of(problem.field, label, problem.message, problem.found),
        name=problem.field,
        label=label,
        level=field.level if field is not None and row is not None else None,
        row=row,
        kind=field.kind if field is not None else Kind.TEXT,
        choices=choices,
        problem=problem.id,
    )


def words_of(name: str, label: str, message: str, found: str) -> str:
    """A problem in words for the customer: without what only the shop's people can do."""
    expected = _EXPECTED.search(message)
    if expected:
        return f"{label}: we need {expected['what']}; you wrote “{expected['found']}”."
    if name in _ITEM:
        likely = _LIKELY.search(message)
        named = f"“{found}”" if found else "this line"
        if likely:
            return f"Which of our items is {named}? Perhaps {likely['likely']}?"
        return f"Which of our items is {named}? Give our item number or name."
    return f"{label}: {_FOR_US.sub('', message).rstrip('.')}."


def row_of(address: str) -> str:
    """The row's address of a cell's: lines are known by their rows."""
    return re.sub(r"cell [A-Z]+(\d+)$", r"row \1", address)


def _field_of(
    name: str,
    catalogue: Catalogue,
    order: Order,
    line: OrderLine | None,
    places: Sequence[Destination],
) -> tuple[Field | None, int | None]:
    """The field a problem is about, and the row of ours that holds it."""
    for level, row in (
        (Level.LINE, line.id if line is not None else None),
        (Level.ORDER, order.id),
        (Level.DESTINATION, places[0].id if places else None),
    ):
        field = catalogue.get(level, name)
        if field is not None and (row is not None or level is Level.LINE):
            return field, row
    return None, None


def _choices(
    lines: Sequence[OrderLine], problems: Sequence[DraftProblem]
) -> dict[tuple[int, str], tuple[str, ...]]:
    """The colours and sizes a product comes in, where one of them is asked for."""
    if not {"color", "size"} & {problem.field for problem in problems}:
        return {}
    found: dict[tuple[int, str], dict[str, None]] = {}
    variants = Variant.select(Variant.product, Variant.color, Variant.size).where(
        Variant.active & Variant.product.in_({line.product_id for line in lines})
    )
    for variant in variants.order_by(Variant.id):
        for name in ("color", "size"):
            if getattr(variant, name):
                found.setdefault((variant.product_id, name), {})[getattr(variant, name)] = None
    return {key: tuple(words) for key, words in found.items()}


def _missing(
    order: Order,
    lines: Sequence[OrderLine],
    places: Sequence[Destination],
    catalogue: Catalogue,
) -> list[Question]:
    """What review wants filled and nobody has: fields, the address, quantities."""
    stage = Stage.REVIEW.value
    found = [
        _ask(order, field, order.id)
        for field in catalogue.required_at(Level.ORDER, stage)
        if rows.read(order, field) in (None, "", []) and field.kind not in _NEVER_KINDS
    ]
    place = places[0] if places else None
    if place is not None:
        wanted = [f.name for f in catalogue.required_at(Level.DESTINATION, stage)]
        if place.fulfillment_type in _ADDRESSED:
            wanted += [name for name in _ADDRESS if not _is_given(place, name)]
        for name in dict.fromkeys(wanted):
            field = catalogue.get(Level.DESTINATION, name)
            if field is not None and rows.read(place, field) in (None, "", []):
                found.append(_ask(order, field, place.id))
    quantity = catalogue.get(Level.LINE, "quantity")
    for line in lines:
        if line.quantity <= 0 and quantity is not None:
            named = line.description or line.sku or f"line {line.number}"
            text = f"How many of “{named[:80]}” do you need?"
            found.append(_ask(order, quantity, line.id, text, where=line.address))
    return found


def _is_given(place: Destination, name: str) -> bool:
    if name == "ship_to_company":
        return bool(place.ship_to_company or place.ship_to_name)
    return bool(getattr(place, name))


_WORDS = {
    "in_hands_date": "On which day do you need the goods in your hands?",
    "ship_to_company": "Which company or person do we send the goods to?",
    "ship_to_address1": "Which street and number do we send the goods to?",
    "ship_to_city": "Which city do we send the goods to?",
    "order_date": "Which day did you order?",
}


def _ask(order: Order, field: Field, row: int, text: str = "", *, where: str = "") -> Question:
    return Question(
        key=f"{field.level.value}-{row}-{field.name}",
        order=order,
        where=where,
        text=text or _WORDS.get(field.name, f"{field.label}: it is missing, please give it."),
        name=field.name,
        label=field.label,
        level=field.level,
        row=row,
        kind=field.kind,
        choices=field.choices,
    )
