"""What staff must know to keep a customer informed: their messages, and what will be late."""

from dataclasses import dataclass

from models import Forecast, Inquiry, Job, Message, Order
from workflow.actors import Actor, Right

PAGE = 50


@dataclass(frozen=True)
class Late:
    """A job that will miss its date; ``told`` when the customer knows the expected day."""

    forecast: Forecast
    job: Job
    told: bool


@dataclass(frozen=True)
class Care:
    """What an order's page shows of it."""

    late: list[Late]
    inquiries: list[Inquiry]

    @property
    def unanswered(self) -> int:
        """How many messages of the customer wait for an answer."""
        return sum(one.answered_at is None for one in self.inquiries)


def of_order(order: Order, actor: Actor) -> Care:
    """The order's late jobs, and what the customer wrote, for who may read messages."""
    inquiries: list[Inquiry] = []
    if actor.may(Right.MESSAGES):
        found = Inquiry.select().where(Inquiry.order == order)
        inquiries = list(found.order_by(Inquiry.id.desc()).limit(PAGE))
    return Care(late_jobs(order), inquiries)


def late_jobs(order: Order) -> list[Late]:
    """The jobs of an order that will miss their date."""
    if order.closed_at is not None or order.released_at is None:
        return []
    rows = list(
        Forecast.select(Forecast, Job)
        .join(Job)
        .where((Job.order == order) & Job.closed_at.is_null())
        .order_by(Job.position)
    )
    keys = [f"late:{late_about(row)}" for row in rows]
    told = Message.select(Message.key).where(Message.key.in_(keys)) if rows else []
    known = {message.key for message in told}
    return [Late(row, row.job, key in known) for row, key in zip(rows, keys, strict=True)]


def late_about(forecast: Forecast) -> str:
    """What tells a message about this forecast from others."""
    return f"{forecast.job_id}:{forecast.expected_on.isoformat()}"


def inquiries(*, answered: bool, before: int | None = None, limit: int = PAGE) -> list[Inquiry]:
    """What customers wrote, with their orders: the open ones oldest first, else newest first."""
    query = Inquiry.select(Inquiry, Order).join(Order)
    if not answered:
        return list(query.where(Inquiry.answered_at.is_null()).order_by(Inquiry.id).limit(limit))
    query = query.where(Inquiry.answered_at.is_null(False))
    if before is not None:
        query = query.where(Inquiry.id < before)
    return list(query.order_by(Inquiry.id.desc()).limit(limit))


def how_many_wait() -> int:
    """How many messages of customers have no answer yet."""
    return int(Inquiry.select().where(Inquiry.answered_at.is_null()).count())
