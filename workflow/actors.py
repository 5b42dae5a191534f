"""Who acts and with which rights. Pure.

Rights are a fixed list; roles are rows that hold some of them.  The engine asks here, and so do
the screens, so that both say the same sentence.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from errors import ForbiddenError


class Right(StrEnum):
    """What a role may allow."""

    SEE_ORDERS = "see_orders"
    SEE_MONEY = "see_money"
    ENTER_ORDERS = "enter_orders"
    CHANGE_ORDERS = "change_orders"
    RELEASE = "release"
    RELEASE_CREDIT = "release_credit"
    CANCEL = "cancel"
    HOLD = "hold"
    WORK = "work"
    ALL_DEPARTMENTS = "all_departments"
    REOPEN_ANY = "reopen_any"
    PLAN = "plan"
    DECIDE = "decide"
    ARTWORK = "artwork"
    INCOMING = "incoming"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    PURCHASING = "purchasing"
    EXPORT = "export"
    MESSAGES = "messages"
    SET_UP = "set_up"
    PEOPLE = "people"


WHAT_RIGHTS_MEAN: dict[Right, str] = {
    Right.SEE_ORDERS: "see orders and queues",
    Right.SEE_MONEY: "see prices and totals",
    Right.ENTER_ORDERS: "enter orders",
    Right.CHANGE_ORDERS: "change orders",
    Right.RELEASE: "release orders to the departments",
    Right.RELEASE_CREDIT: "release orders that credit stopped",
    Right.CANCEL: "cancel orders, jobs and lines",
    Right.HOLD: "put on hold and take off",
    Right.WORK: "record a department's work",
    Right.ALL_DEPARTMENTS: "work in every department",
    Right.REOPEN_ANY: "reopen what somebody else finished",
    Right.PLAN: "move work in the calendar",
    Right.DECIDE: "decide about missing pieces",
    Right.ARTWORK: "upload artwork and settle proofs",
    Right.INCOMING: "handle incoming files",
    Right.CUSTOMERS: "change customers",
    Right.PRODUCTS: "change products and vendors",
    Right.PURCHASING: "see and change purchase orders",
    Right.EXPORT: "export lists",
    Right.MESSAGES: "see and send messages to customers",
    Right.SET_UP: "change the shop's set-up",
    Right.PEOPLE: "change people, roles and API tokens",
}

_SALES = frozenset(
    {
        Right.SEE_ORDERS,
        Right.SEE_MONEY,
        Right.ENTER_ORDERS,
        Right.CHANGE_ORDERS,
        Right.RELEASE,
        Right.HOLD,
        Right.DECIDE,
        Right.ARTWORK,
        Right.INCOMING,
        Right.CUSTOMERS,
        Right.EXPORT,
        Right.MESSAGES,
    }
)
#: The roles a new shop starts with; afterwards they are rows.
STARTING_ROLES: dict[str, frozenset[Right]] = {
    "Owner": frozenset(Right),
    "Manager": frozenset(Right) - {Right.PEOPLE, Right.RELEASE_CREDIT},
    "Sales": _SALES,
    "Department worker": frozenset({Right.SEE_ORDERS, Right.WORK, Right.HOLD, Right.ARTWORK}),
    "Accountant": frozenset(
        {Right.SEE_ORDERS, Right.SEE_MONEY, Right.RELEASE_CREDIT, Right.CUSTOMERS, Right.EXPORT}
    ),
    "Read-only": frozenset({Right.SEE_ORDERS}),
}


@dataclass(frozen=True)
class Actor:
    """Who does something: a person, a program with a token, or a channel.

    ``departments`` holds the ids of the departments they work in; None means all.
    """

    name: str
    rights: frozenset[Right] = field(default_factory=frozenset)
    departments: frozenset[int] | None = frozenset()
    person_id: int | None = None

    def may(self, right: Right) -> bool:
        """Whether the actor has a right."""
        return right in self.rights

    def may_work_in(self, department_id: int) -> bool:
        """Whether the actor may record work of a department."""
        return self.may(Right.WORK) and (
            self.departments is None
            or self.may(Right.ALL_DEPARTMENTS)
            or department_id in self.departments
        )

    def require(self, right: Right) -> None:
        """Stop unless the actor has the right.

        Raises:
            ForbiddenError: names what is not allowed and whom to ask.
        """
        if not self.may(right):
            raise ForbiddenError(
                f"{self.name} may not {WHAT_RIGHTS_MEAN[right]}. Ask an owner for that right."
            )

    def require_department(self, department_id: int, name: str) -> None:
        """Stop unless the actor works in the department.

        Raises:
            ForbiddenError: names the department.
        """
        if not self.may_work_in(department_id):
            raise ForbiddenError(
                f"{self.name} does not work in {name}. Ask a manager to add the department."
            )


def system(name: str) -> Actor:
    """The shop itself acting (a policy, the worker, a channel): every right, under its name."""
    return Actor(name=name, rights=frozenset(Right), departments=None)
