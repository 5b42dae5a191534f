"""Travelers and pick lists: what departments work by, and whether it is still in force.  Reads."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models import (
    Artwork,
    Decoration,
    FilePreview,
    Job,
    JobItem,
    LineSize,
    Product,
    StoredFile,
    Task,
    Variant,
    Vendor,
)
from workflow import proofs
from workflow.engine.docket import Docket, dockets, work_of
from workflow.paper_facts import (
    Sheet,
    day,
    job_facts,
    line_text,
    order_facts,
    paper_facts,
    place_facts,
    shop_facts,
    sized,
)
from workflow.quantities import ZERO, show
from workflow.routing import Rule
from workflow.stages import UNSETTLED_WORDS, ArtworkState, Work
from workflow.ticket import Picture, pictures_of

_MOST_PICTURE = 8_000_000
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
#: Without letters and digits that are mistaken for each other.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def code_of(docket: Docket) -> str:
    """What stands behind the job's number in a traveler's barcode: it changes with the job.

    Only what a department works by counts, so that nothing but a change of it takes the travelers
    in the shop out of force.  This list may grow only where a fact is new to all travelers.
    """
    order, job = docket.order, docket.job
    lines = sorted({item.line_id: item.line for item in docket.items}.values(), key=lambda x: x.id)
    counts: list[Any] = [
        order.revision,
        str(job.due_date),
        job.firm,
        job.fulfillment_type,
        place_facts(job.destination if job.destination_id else None)["lines"],
        [[i.line_id, i.size, str(i.quantity - i.short - i.cancelled)] for i in docket.items],
        [[x.id, x.description, x.color, x.special_instructions] for x in lines],
        [order.customer_notes, order.internal_notes],
        [[p.artwork.id, p.sha256] for p in pictures_of(order)],
    ]
    counts += [[repr(sorted(d.__data__.items(), key=str))] for d in _decorations(docket)]
    number = int.from_bytes(hashlib.sha256(json.dumps(counts).encode()).digest()[:5], "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in (0, 5, 10, 15))


def traveler(job: Job, department: str = "") -> Sheet:
    """The ticket that follows a job: a page for each department, or for one of them."""
    docket = dockets(job.order, [job])[0]
    code = f"{job.number}/{code_of(docket)}"
    tasks = [t for t in docket.tasks if t.outcome != "cancelled"]
    mine = [t for t in tasks if not department or t.department.slug == department]
    pictures = _pictures(job, mine)
    title = f"Traveler {job.number}" + (
        f" {mine[0].department.name}" if department and mine else ""
    )
    facts = {
        "shop": shop_facts(),
        "paper": paper_facts(title, revision=job.order.revision, code=code),
        "order": order_facts(job.order),
        "job": job_facts(job),
        "pages": [_page(docket, task, tasks, pictures) for task in mine],
    }
    return Sheet("traveler", title, facts, job.order, job, revision=job.order.revision,
                 code=code, part=department)  # fmt: skip


def _page(
    docket: Docket, task: Task, tasks: Sequence[Task], pictures: Mapping[Work, list[dict[str, str]]]
) -> dict[str, Any]:
    work = work_of(task)
    later = [t.department.name for t in tasks if t.position > task.position]
    bought = _vendors(docket) if work in {Work.PURCHASING, Work.RECEIVING} else {}
    lines = [] if work is Work.ARTWORK else _lines(docket, task, bought)
    goes = work in {Work.PACKAGING, Work.HANDOVER}
    job = docket.job
    pieces = show(sum((i.quantity - i.short - i.cancelled for i in docket.covered(task)), ZERO))
    return {
        "department": task.department.name,
        "slug": task.department.slug,
        "due": day(task.due_date),
        "pieces": show(job.pieces) if work is Work.ARTWORK else pieces,
        "what": task.detail,
        "lines": lines,
        "decorations": [] if goes or bought else _decoration_facts(docket, task),
        "pictures": pictures.get(work, []),
        "to": place_facts(job.destination if job.destination_id else None) if goes else {},
        "notes": _notes(docket),
        "next": ", ".join(dict.fromkeys(later[:3])),
    }


def _lines(docket: Docket, task: Task, vendors: Mapping[int, str]) -> list[dict[str, Any]]:
    found: dict[int, list[JobItem]] = {}
    for item in docket.covered(task):
        found.setdefault(item.line_id, []).append(item)
    told = []
    for items in found.values():
        line = items[0].line
        wanted = [(i.size, i.quantity - i.short - i.cancelled) for i in items]
        told.append(
            {
                "text": line_text(line),
                "sku": line.sku,
                "sizes": sized(wanted),
                "pieces": show(sum((n for _size, n in wanted), ZERO)),
                "notes": line.special_instructions,
                "vendor": vendors.get(line.product_id or 0, ""),
            }
        )
    return told


def _vendors(docket: Docket) -> dict[int, str]:
    products = {item.line.product_id for item in docket.items if item.line.product_id}
    query: Any = (
        Product.select(Product.id, Vendor.name).join(Vendor).where(Product.id.in_(products))
    )
    return {key: f"from {name}" for key, name in query.tuples()} if products else {}


def _decorations(docket: Docket) -> list[Decoration]:
    lines = {item.line_id for item in docket.items}
    query = Decoration.select().where(Decoration.line.in_(lines))
    return list(query.order_by(Decoration.line, Decoration.position, Decoration.id))


def _decoration_facts(docket: Docket, task: Task) -> list[dict[str, str]]:
    methods = Rule.from_row(task.department.applies_to or {}).methods
    everything = work_of(task) is not Work.PRODUCTION
    told: dict[str, dict[str, str]] = {}
    for one in _decorations(docket):
        own = one.department_id == task.department_id
        fits = one.department_id is None and (not methods or one.method.casefold() in methods)
        if everything or own or fits:
            words = decoration_facts(one)
            told.setdefault(json.dumps(words), words)
    return list(told.values())


def decoration_facts(one: Decoration) -> dict[str, str]:
    """Where and how something is decorated."""
    wide, high = one.imprint_width, one.imprint_height
    size = f"{show(wide)} x {show(high)} {one.imprint_uom}" if wide and high else ""
    return {
        "where": one.location,
        "method": one.method,
        "colors": ", ".join(map(str, one.imprint_colors or [])) or str(one.color_count or ""),
        "stitches": str(one.stitch_count or ""),
        "size": size.strip(),
        "offset": one.placement_offset,
        "text": one.imprint_text,
        "notes": one.decoration_notes,
    }


def _pictures(job: Job, tasks: Iterable[Task]) -> dict[Work, list[dict[str, str]]]:
    """The artwork by kind of work: production sees only what it may be made from."""
    works = {work_of(task) for task in tasks}
    found = {}
    if Work.ARTWORK in works:
        found[Work.ARTWORK] = [_newest(one) for one in pictures_of(job.order) if one.version]
    if Work.PRODUCTION in works:
        approved = [_approved(one) for one in proofs.approved_files(job)]
        found[Work.PRODUCTION] = approved + [_missing(art) for art in proofs.not_approved(job)]
    return found


def _newest(one: Picture) -> dict[str, str]:
    state = "approved" if one.is_approved_file else one.artwork.state.replace("_", " ")
    return _picture(one.artwork, state, one.sha256, _drawn(one.sha256, one.content_type))


def _approved(one: proofs.ApprovedFile) -> dict[str, str]:
    by = f"approved by {one.artwork.decided_by}" if one.artwork.decided_by else "approved"
    state = by if one.artwork.approved_sha256 == one.sha256 else "no proof needed"
    small = one.thumbnail or _drawn(one.sha256, one.content_type)
    return _picture(one.artwork, state, one.sha256, small)


def _missing(art: Artwork) -> dict[str, str]:
    """A picture whose file production must not use: it is named, and not shown."""
    why = "the newest file is not approved yet"
    if art.state != ArtworkState.RECEIVED:
        why = UNSETTLED_WORDS.get(ArtworkState(art.state), why)
    return _picture(art, f"DO NOT PRODUCE: {why}", "", b"")


def _picture(art: Artwork, state: str, sha256: str, small: bytes) -> dict[str, str]:
    return {
        "name": art.name,
        "version": str(art.current_version or ""),
        "state": state,
        "sha256": sha256,
        "content": base64.b64encode(small).decode(),
    }


def _drawn(sha256: str, content_type: str) -> bytes:
    """How the file looks, also where it is a PDF; the file itself until the worker has drawn it."""
    first = (StoredFile.sha256 == sha256) & (FilePreview.page == 1)
    found = FilePreview.select(FilePreview.thumbnail).join(StoredFile).where(first).first()
    if found is not None and found.thumbnail:
        return bytes(found.thumbnail)
    kept = StoredFile.get(StoredFile.sha256 == sha256)
    small = content_type in _PICTURES and kept.size <= _MOST_PICTURE
    return bytes(kept.content) if small else b""


def _notes(docket: Docket) -> list[dict[str, str]]:
    told = [("Customer", docket.order.customer_notes), ("Office", docket.order.internal_notes)]
    return [{"who": who, "text": text} for who, text in told if text]


def pick_list(job: Job) -> Sheet:
    """What to take from the shelves for a job."""
    docket = dockets(job.order, [job])[0]
    variants = _variants(docket.items)
    vendors = _vendors(docket)
    title = f"Pick list {job.number}"
    picks = [
        {
            "code": (variants.get((i.line_id, i.size)) or i.line.sku)[:30],
            "text": line_text(i.line),
            "size": i.size,
            "pieces": show(i.quantity - i.short - i.cancelled),
            "vendor": vendors.get(i.line.product_id or 0, "").removeprefix("from "),
        }
        for i in docket.items
        if i.quantity - i.short - i.cancelled > 0
    ]
    facts = {
        "shop": shop_facts(),
        "paper": paper_facts(title, revision=job.order.revision, code=job.number),
        "order": order_facts(job.order),
        "job": job_facts(job),
        "picks": picks,
    }
    return Sheet("pick_list", title, facts, job.order, job, revision=job.order.revision)


def _variants(items: Iterable[JobItem]) -> dict[tuple[int, str], str]:
    lines = {item.line_id for item in items}
    query: Any = (
        LineSize.select(LineSize.line, LineSize.size, Variant.sku)
        .join(Variant)
        .where(LineSize.line.in_(lines))
    )
    return {(line, size): sku for line, size, sku in query.tuples()}
