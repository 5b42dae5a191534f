"""What a customer typed behind a private link goes into the orders, and closes the questions.

Each answer fills the field it was asked for, by the rules of the funnel; one that says nothing we
know (an item we do not sell) stays a problem for a person, with the customer's words in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import clock
import outbox
from errors import InvalidError
from models import (
    AnswerLink,
    Customer,
    DraftProblem,
    IncomingFile,
    Order,
    Product,
    Variant,
    on_postgresql,
    transaction,
)
from sync import funnel, redraft, touchless
from sync.amounts import CellError
from sync.cells import clean, parse, show
from sync.drafts import DraftLine, OrderDraft, Value, Values
from workflow import engine, questions, shop
from workflow.actors import system
from workflow.fields import Catalogue, Field, Level
from workflow.questions import Question

#: Who fills in by a link, in the history of the order.
CUSTOMER = system("customer, by link")
_SAID = "the customer, by link"
_ITEM = frozenset({"sku", "customer_item_number", "gtin", "description", "style"})
_LONGEST = 500


def open_questions(incoming: IncomingFile) -> tuple[list[Order], list[Question]]:
    """The orders of a document that were not cancelled, and what they still ask the customer."""
    orders = [order for order in orders_about(incoming) if order.cancelled_at is None]
    return orders, questions.questions_of(orders)


def orders_about(incoming: IncomingFile) -> list[Order]:
    """The orders a document made or changed, by number."""
    touched = DraftProblem.select(DraftProblem.order).where(
        (DraftProblem.incoming == incoming.id) & DraftProblem.order.is_null(False)
    )
    meant = (Order.incoming == incoming.id) | Order.id.in_(touched)
    return list(Order.select().where(meant).order_by(Order.id))


def fill_in(link: AnswerLink, typed: Mapping[str, str]) -> int:
    """Put a customer's answers into the orders; how many questions are left open.

    Answers to questions that somebody settled meanwhile change nothing.

    Raises:
        InvalidError: an answer cannot be read; sentences by the question's key, nothing is saved.
    """
    catalogue = shop.catalogue()
    with transaction():
        incoming = _locked(link.incoming_id)
        orders, asked = open_questions(incoming)
        values = _parsed(asked, typed, catalogue)
        for order in orders:
            own = [q for q in asked if q.order.id == order.id and q.key in values]
            if own:
                _answer(order, own, values, catalogue)
        left = len(open_questions(incoming)[1])
        now = clock.now()
        AnswerLink.update(answered_at=now).where(AnswerLink.id == link.id).execute()
        if values and not left and incoming.mail_id is not None:
            key = f"answer:{incoming.id}:filled in"
            outbox.add("answer", {"incoming_id": incoming.id}, key=key)
        return left


def _locked(incoming_id: int) -> IncomingFile:
    query = IncomingFile.select().where(IncomingFile.id == incoming_id)
    found: IncomingFile = (query.for_update() if on_postgresql() else query).get()
    return found


def _parsed(
    asked: Sequence[Question], typed: Mapping[str, str], catalogue: Catalogue
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    problems = {}
    for question in asked:
        raw = clean(typed.get(question.key, ""))[:_LONGEST]
        if not raw:
            continue
        try:
            values[question.key] = _value(question, raw, catalogue)
        except CellError as error:
            problems[question.key] = f"{str(error).capitalize()}."
    if problems:
        raise InvalidError(problems)
    return values


def _value(question: Question, raw: str, catalogue: Catalogue) -> Value:
    field = _field(question, catalogue)
    if question.choices and field is not None and not field.choices:
        known = {choice.casefold(): choice for choice in question.choices}
        if raw.casefold() not in known:
            raise CellError(f"choose one of {', '.join(question.choices)}")
        return known[raw.casefold()]
    if field is None or field.name in _ITEM:
        return raw
    value = parse(field, raw)
    if field.name == "quantity" and isinstance(value, Decimal) and value <= 0:
        raise CellError("give a number of pieces above zero")
    return value


def _field(question: Question, catalogue: Catalogue) -> Field | None:
    return catalogue.get(question.level, question.name) if question.level is not None else None


# ---------------------------------------------------------------- into the order


def _answer(
    order: Order, asked: Sequence[Question], values: Mapping[str, Value], catalogue: Catalogue
) -> None:
    """Change one order by its answers, settle what they answer, release it if nobody is needed."""
    draft = redraft.draft_of(order, catalogue)
    header = {q.name: values[q.key] for q in asked if q.level is Level.ORDER}
    place = {q.name: values[q.key] for q in asked if q.level is Level.DESTINATION}
    customer = order.customer if order.customer_id is not None else None
    lines, matches, misfits = _edited(draft, asked, values, customer)
    change = engine.OrderChange(
        values=header,
        destinations=({**draft.destinations[0], **place}, *draft.destinations[1:])
        if place
        else None,
        lines=lines,
        products=matches.products,
        variants=matches.variants,
        said_by=_SAID,
    )
    order = engine.change_order(order.id, change, CUSTOMER)
    for question in asked:
        if question.key in misfits or question.level is None:
            _pass_on(question, values[question.key], catalogue)
        elif question.problem is not None:
            engine.settle_problem(question.problem, CUSTOMER)
    if order.released_at is None:
        touchless.release(order, customer)


def _edited(
    draft: OrderDraft,
    asked: Sequence[Question],
    values: Mapping[str, Value],
    customer: Customer | None,
) -> tuple[tuple[DraftLine, ...] | None, engine.Matches, set[str]]:
    """The order's lines with the answers in them, what they mean, and answers that fit nothing."""
    about: dict[int, list[Question]] = {}
    for question in asked:
        if question.level is Level.LINE and question.row is not None:
            about.setdefault(question.row, []).append(question)
    if not about:
        return None, engine.Matches(), set()
    lines: list[DraftLine] = []
    products: dict[int, Product] = {}
    variants: dict[tuple[int, str], Variant] = {}
    misfits: set[str] = set()
    for index, line in enumerate(draft.lines):
        own = about.get(line.id or 0, [])
        edited, found, wrong = _edit(line, own, values, customer) if own else (line, None, set())
        misfits |= wrong
        lines.append(edited)
        if found is not None:
            for product in found.products.values():
                products[index] = product
            variants |= {(index, size): v for (_zero, size), v in found.variants.items()}
    return tuple(lines), engine.Matches(customer, products, variants), misfits


def _edit(
    line: DraftLine,
    asked: Sequence[Question],
    values: Mapping[str, Value],
    customer: Customer | None,
) -> tuple[DraftLine, engine.Matches | None, set[str]]:
    """One line with its answers; an item, colour or size must be one of ours."""
    edited, misfits = line, set()
    matches: engine.Matches | None = None
    for question in asked:
        value = values[question.key]
        if question.name not in (*_ITEM, "color", "size"):
            edited = _with(edited, {question.name: value})
            continue
        if question.name == "size" and line.sizes:  # which of several sizes, nobody can tell
            misfits.add(question.key)
            continue
        tries = [{question.name: value}]
        if question.name in _ITEM:
            tries = [{"sku": value}, {"sku": None, "description": value}]
        fitting = next((t for t in tries if _fits(_with(edited, t), question, customer)), None)
        if fitting is None:
            misfits.add(question.key)
            continue
        told = _settle(_with(edited, fitting), customer)
        product = told.matches.products.get(0)
        names = {"sku": product.sku} if product is not None else {}
        fresh = told.draft.lines[0].values
        price = {n: fresh.get(n) for n in ("unit_price", "price_basis")}
        unpriced = edited.values.get("unit_price") is None
        edited = _with(edited, {**fitting, **names, **(price if unpriced else {})})
        matches = told.matches
    return edited, matches, misfits


def _fits(line: DraftLine, question: Question, customer: Customer | None) -> bool:
    told = _settle(line, customer)
    if question.name in _ITEM:
        return bool(told.matches.products)
    return not any(problem.field == question.name for problem in told.draft.problems)


def _settle(line: DraftLine, customer: Customer | None) -> funnel.Settled:
    bare = replace(line, values={n: v for n, v in line.values.items() if v is not None})
    asked = OrderDraft("spreadsheet", customer_id=customer.id if customer else None, lines=(bare,))
    return funnel.settle(asked)


def _with(line: DraftLine, values: Values) -> DraftLine:
    sizes = () if "quantity" in values else line.sizes
    return replace(line, values={**line.values, **values}, sizes=sizes)


def _pass_on(question: Question, value: Value, catalogue: Catalogue) -> None:
    """An answer that fills no field: the shop's people read it in the problem."""
    field = _field(question, catalogue)
    said = show(field, value) if field is not None else str(value)
    if question.problem is None:
        return
    problem = DraftProblem.get_by_id(question.problem)
    problem.message = f"{problem.message.split(' The customer answered')[0]} " + (
        f"The customer answered “{said}”: choose, then settle"
    )
    problem.field, problem.found = "", said[:255]
    problem.save()
