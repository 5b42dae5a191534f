"""An order with everything that release and change orders look at, read once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from peewee import JOIN

from models import (
    Customer,
    Decoration,
    Department,
    Destination,
    DraftProblem,
    LineSize,
    Order,
    OrderLine,
    Product,
    ScheduleRow,
    Variant,
    database,
    on_postgresql,
)
from sync.drafts import DraftLine
from workflow import shop
from workflow.fields import Catalogue
from workflow.routing import (
    Delivery,
    JobFacts,
    LineFacts,
    Route,
    Rule,
)

_ADDRESSED = frozenset({"ship", "deliver", "install"})


@dataclass(frozen=True)
class Sheet:
    """An order with everything release looks at, read once."""

    order: Order
    customer: Customer | None
    lines: list[OrderLine]  # not cancelled, product loaded
    sizes: dict[int, list[LineSize]]
    schedule: dict[int, list[ScheduleRow]]
    decorations: dict[int, list[Decoration]]
    destinations: list[Destination]
    problems: list[DraftProblem]
    departments: list[Department]
    decided: dict[str, Any]
    catalogue: Catalogue

    def line_facts(self) -> list[LineFacts]:
        """The lines as the split into jobs sees them."""
        return [
            LineFacts(
                id=line.id,
                sizes=tuple((s.size, s.quantity) for s in self.sizes.get(line.id, [])),
                deliveries=tuple(
                    Delivery(
                        row.schedule_quantity,
                        row.schedule_date,
                        row.destination_id,
                        row.schedule_size,
                        row.schedule_firm,
                    )
                    for row in self.schedule.get(line.id, [])
                ),
            )
            for line in self.lines
        ]

    @cached_property
    def _by_id(self) -> dict[int, OrderLine]:
        """The lines by id: an order of thousands of lines is asked about each of them."""
        return {line.id: line for line in self.lines}

    def job_facts(self, line_ids: Iterable[int], fulfillment: str) -> JobFacts:
        """What routing must know of some lines that travel together."""
        lines = [self._by_id[line_id] for line_id in line_ids if line_id in self._by_id]
        decorations = [d for line in lines for d in self.decorations.get(line.id, [])]
        methods = {d.method.strip().casefold() for d in decorations if d.method.strip()}
        tags = {str(t).casefold() for line in lines if line.product for t in line.product.tags}
        named = {d.department_id for d in decorations if d.department_id is not None}
        asked = self.order.mockup_requested or self.order.proof_required
        return JobFacts(
            fulfillment=fulfillment,
            methods=frozenset(methods),
            tags=frozenset(tags),
            departments=frozenset(named),
            decorated=bool(decorations),
            artwork=bool(decorations) or asked,
            buys=any(buys(line) for line in lines),
            brought=any(line.customer_supplied_goods for line in lines),
        )


def product_of(draft: DraftLine) -> Product | None:
    """The product a new line names by its item number, if we have it."""
    sku = str(draft.values.get("sku") or "")
    variant = Variant.get_or_none(Variant.sku == sku) if sku else None
    found = variant.product if variant else None
    return found or (Product.get_or_none(Product.sku == sku) if sku else None)


def buys(line: OrderLine) -> bool:
    """Whether a line's goods must be bought for the order."""
    if line.customer_supplied_goods or line.uom == "HR":
        return False
    return bool(line.product.purchased) if line.product is not None else False


def read_sheet(order: Order) -> Sheet:
    """Read all of an order that release and change orders look at."""
    lines = list(
        OrderLine.select(OrderLine, Product)
        .join(Product, JOIN.LEFT_OUTER)
        .where((OrderLine.order == order) & OrderLine.cancelled_at.is_null())
        .order_by(OrderLine.number)
    )
    ours = OrderLine.select(OrderLine.id).where(OrderLine.order == order)
    return Sheet(
        order=order,
        customer=_customer(order),
        lines=lines,
        sizes=_by_line(LineSize.select().where(LineSize.line.in_(ours))),
        schedule=_by_line(ScheduleRow.select().where(ScheduleRow.line.in_(ours))),
        decorations=_by_line(Decoration.select().where(Decoration.line.in_(ours))),
        destinations=list(
            Destination.select().where(Destination.order == order).order_by(Destination.position)
        ),
        problems=list(
            DraftProblem.select()
            .where((DraftProblem.order == order) & DraftProblem.settled_at.is_null())
            .order_by(DraftProblem.id)
        ),
        departments=list(
            Department.select()
            .where(Department.active)
            .order_by(Department.position, Department.id)
        ),
        decided=shop.settings_of_shop(),
        catalogue=shop.catalogue(),
    )


def _customer(order: Order) -> Customer | None:
    """The customer, locked: two releases at once must not both fit into one credit limit."""
    if order.customer_id is None:
        return None
    query = Customer.select().where(Customer.id == order.customer_id)
    if on_postgresql() and database.in_transaction():
        query = query.for_update()
    customer = query.get()
    order.customer = customer
    order._dirty.discard("customer")
    return customer


def _by_line(query: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in query.order_by(query.model.position, query.model.id):
        found.setdefault(row.line_id, []).append(row)
    return found


def routes_of(departments: Iterable[Department]) -> list[Route]:
    """Departments as routing sees them."""
    return [Route(d.id, Rule.from_row(d.applies_to or {})) for d in departments]
