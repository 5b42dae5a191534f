"""Who may order by mail: known addresses and domains per customer, and those we take nothing from.

A contact's or a customer's own address is known by itself.  Everybody else waits for a person,
whose answer is kept as an ``OrderSender`` row.
"""

from dataclasses import dataclass

from peewee import fn

from errors import InvalidError
from models import Contact, Customer, OrderSender
from workflow.actors import Actor, Right
from workflow.threads import FREE_MAIL


@dataclass(frozen=True)
class Standing:
    """How a sender stands with us."""

    known: bool
    refused: bool = False  # a person said that no orders come from there
    customer_id: int | None = None  # whose orders, where only one fits
    said: bool = False  # a person said so: the document need not name the customer
    words: str = ""


def standing(address: str) -> Standing:
    """How an address stands: by itself first, then by its domain."""
    said = _said_by_a_person(address)
    if said is not None:
        return said
    found = _customers_with(address)
    if found:
        whose = found[0] if len(found) == 1 else None
        return Standing(True, customer_id=whose, words=f"{address} is an address of a customer")
    said = _said_by_a_person("@" + address.rpartition("@")[2])
    return said or Standing(False, words=f"nobody said for whom {address or 'this sender'} orders")


def _said_by_a_person(pattern: str) -> Standing | None:
    row = OrderSender.get_or_none(OrderSender.pattern == pattern)
    if row is None:
        return None
    if row.customer_id is None:
        return Standing(True, refused=True, words=f"no orders come from {pattern}")
    return Standing(True, customer_id=row.customer_id, said=True, words=f"{pattern} orders for us")


def _customers_with(address: str) -> list[int]:
    """Active customers that have the address themselves, or a contact who has."""
    if not address:
        return []
    contacts = Contact.select(Contact.customer).where(fn.LOWER(Contact.email) == address)
    mine = (fn.LOWER(Customer.email) == address) | Customer.id.in_(contacts)
    return [row.id for row in Customer.select(Customer.id).where(Customer.active & mine).limit(5)]


def remember(pattern: str, customer: Customer | None, actor: Actor) -> OrderSender:
    """Note for whom an address or ``@domain`` orders; None: for nobody.  Inside a transaction.

    Raises:
        ForbiddenError: the actor may not handle incoming files.
        InvalidError: it is no address, or a domain behind which anybody stands.
    """
    actor.require(Right.INCOMING)
    pattern = clean(pattern)
    OrderSender.insert(pattern=pattern, customer=customer, created_by=actor.name[:120]).on_conflict(
        conflict_target=[OrderSender.pattern],
        update={OrderSender.customer: customer, OrderSender.created_by: actor.name[:120]},
    ).execute()
    found: OrderSender = OrderSender.get(OrderSender.pattern == pattern)
    return found


def clean(pattern: str) -> str:
    """An address or ``@domain`` as it is kept.

    Raises:
        InvalidError: it is neither, or the domain is everybody's.
    """
    pattern = pattern.strip().casefold()
    name, at, domain = pattern.rpartition("@")
    if not at or "." not in domain or " " in pattern or len(pattern) > 254:
        raise InvalidError({"sender": "type an address (dana@acme.com) or a domain (@acme.com)"})
    if not name and domain in FREE_MAIL:
        raise InvalidError({"sender": f"anybody can have an address at {domain}: type it in full"})
    return pattern
