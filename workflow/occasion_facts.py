"""What a message about a proof, a date or a question may say, worked out when it is written."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from errors import NotFoundError
from models import Artwork, Order
from workflow import proofs
from workflow.message_facts import day, shipments_of


def facts_for(event: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The facts only this event knows, in the shape of ``occasions.example``.

    Raises:
        NotFoundError: the picture it is about is gone.
    """
    own = dict(asked.get("facts") or {})
    if event in ("proof", "reminder"):
        return {"proof": _proof(int(asked["artwork_id"]), str(own.get("note", "")))}
    if event == "date_moved":
        return {"move": own | {name: _day(own.get(name)) for name in ("before", "after")}}
    if event == "late":
        return {"late": own | {name: _day(own.get(name)) for name in ("due", "expected")}}
    if event == "part_shipped":
        return {"part": own, "shipments": shipments_of(asked["job_id"], asked["shipment_id"])}
    return {"inquiry": own} if event == "reply" else {}


def _proof(artwork_id: int, note: str) -> dict[str, Any]:
    art = Artwork.select(Artwork, Order).join(Order).where(Artwork.id == artwork_id).first()
    if art is None:
        raise NotFoundError("The picture of this message is not there any more.")
    deadline = proofs.deadline_of(art.order)
    return {
        "name": art.name,
        "version": art.current_version,
        "note": note,
        "deadline": deadline.sentence,
        "passed": "yes" if deadline.passed else "",
    }


def _day(text: Any) -> str:
    return day(date.fromisoformat(text)) if text else ""
