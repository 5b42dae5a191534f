"""The buttons of an order's page: what somebody may do, and why not now, in the same sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from models import Order, Task
from web import words
from workflow.actors import WHAT_RIGHTS_MEAN, Actor, Right
from workflow.stages import Work
from workflow.whole_order import JobView, WholeOrder, why_not_changed

_MOST_REASONS = 8


@dataclass(frozen=True)
class Button:
    """One thing somebody can do; with ``reasons`` it is off, and they say why."""

    label: str
    url: str
    kind: str = ""
    icon: str = ""
    way: str = "post"  # post | link | popup
    reasons: tuple[str, ...] = ()
    confirm: str = ""
    off: str = ""  # the words before the reasons


def buttons(whole: WholeOrder, actor: Actor) -> list[Button]:
    """What somebody may do with the order, the next step first."""
    order, found = whole.order, []
    if order.released_at is None and order.closed_at is None:
        found += _in_review(whole, actor)
    if actor.may(Right.CHANGE_ORDERS):
        found.append(
            Button(
                "Edit",
                url_for("order_entry.edit", number=order.number),
                icon="edit",
                way="link",
                reasons=tuple(why_not_changed(order)),
                off="Edit is off",
            )
        )
    if actor.may(Right.ENTER_ORDERS):
        url = url_for("order_entry.new", copy=order.number)
        found.append(Button("Copy", url, icon="copy", way="link"))
    if actor.may(Right.HOLD) and order.closed_at is None:
        url = url_for("order_page.hold", number=order.number)
        found.append(Button("Hold…", url, icon="hold", way="popup"))
    if actor.may(Right.CANCEL) and order.cancelled_at is None:
        reasons = why_not_cancelled(order, whole.jobs)
        url = url_for("order_page.cancel", number=order.number)
        off = "Cancel is off"
        found.append(Button("Cancel…", url, "danger", "trash", "popup", tuple(reasons), off=off))
    return found


def _in_review(whole: WholeOrder, actor: Actor) -> list[Button]:
    order, found = whole.order, []
    reasons = [*whole.release_reasons, *_credit_words(whole, actor)]
    if actor.may(Right.RELEASE):
        url = url_for("order_page.release", number=order.number)
        short = tuple(shortened(reasons))
        off = "Release is off"
        found.append(Button("Release", url, "primary", "check", reasons=short, off=off))
    if whole.credit_reasons and actor.may(Right.SEE_MONEY):
        found.append(_credit(whole, actor))
    unread = (order.customer_notes or (order.extra or {}).get("art_instructions")) or any(
        "instructions" in reason for reason in whole.release_reasons
    )
    if unread and order.notes_read_at is None and actor.may(Right.CHANGE_ORDERS):
        url = url_for("order_page.notes_read", number=order.number)
        found.append(Button("Instructions read", url, icon="view"))
    return found


def _credit_words(whole: WholeOrder, actor: Actor) -> list[str]:
    """Why credit stops the order; without amounts for those who may not see any."""
    if whole.credit_reasons and not actor.may(Right.SEE_MONEY):
        return ["credit stops it: ask somebody who does the accounts"]
    return whole.credit_reasons


def _credit(whole: WholeOrder, actor: Actor) -> Button:
    order = whole.order
    missing = (
        ()
        if actor.may(Right.RELEASE_CREDIT)
        else (
            f"{actor.name} may not {WHAT_RIGHTS_MEAN[Right.RELEASE_CREDIT]}. "
            "Ask somebody who does the accounts",
        )
    )
    amount = words.money(order.grand_total, order.currency)
    return Button(
        "Release credit",
        url_for("order_page.release_credit", number=order.number),
        icon="check",
        reasons=missing,
        off="Release credit is off",
        confirm=f"Release credit for {amount} although {'; '.join(whole.credit_reasons)}?",
    )


def shortened(reasons: Sequence[str]) -> list[str]:
    """The first reasons, and how many more there are."""
    more = len(reasons) - _MOST_REASONS
    return list(reasons) if more <= 1 else [*reasons[:_MOST_REASONS], f"and {more} more"]


def why_not_cancelled(order: Order, jobs: Sequence[JobView]) -> list[str]:
    """The reasons why an order cannot be cancelled any more."""
    if order.closed_at is not None:
        return ["it is closed already"]
    return [reason for view in jobs for reason in why_job_not_cancelled(view)]


def why_job_not_cancelled(view: JobView) -> list[str]:
    """The reasons why a job cannot be cancelled any more."""
    if view.handed_over <= 0:
        return []
    pieces = words.qty(view.handed_over)
    return [f"{pieces} pieces of {view.job.number} were handed over already"]


def may_reopen(task: Task, view: JobView, actor: Actor) -> bool:
    """Whether somebody may take back that a task was finished."""
    if task.closed_at is None or task.outcome != "finished" or view.job.cancelled_at is not None:
        return False
    if view.handed_over > 0 and task.department.work != Work.HANDOVER:
        return False
    own = task.closed_by == actor.name and actor.may_work_in(task.department_id)
    return own or actor.may(Right.REOPEN_ANY)
