"""Customers' files read as somebody said: the mapping that knows a file's layout is found again.

A layout that fits only half goes to a person.  ``mapping_versions`` keeps what was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from errors import InvalidError, UnreadableError
from models import IncomingFile, MappingVersion, PartnerMapping
from sync import candidates, learned
from sync.drafts import OrderDraft, Problem
from sync.readers import Workbook, read_safely
from sync.readers.sniff import TABLES, sniff
from sync.tables import formmark, placing
from sync.tables.layout_json import from_json
from sync.tables.layouts import Layout
from sync.tables.placing import Verdict
from workflow import shop
from workflow.fields import Catalogue

_MOST_TRIED = 50


@dataclass(frozen=True)
class Match:
    """A mapping that fits a file: which version, how well, and whether only the layout says so."""

    version: MappingVersion
    reading: Mapping[str, placing.Placement]
    verdict: Verdict
    known_customer: bool

    @property
    def mapping(self) -> PartnerMapping:
        """The mapping the version is of."""
        found: PartnerMapping = self.version.mapping
        return found

    @property
    def layout(self) -> Layout:
        """The layout with the rows and columns of the file, on the sheet that fits best."""
        name = max(self.reading, key=lambda sheet: self.reading[sheet].score)
        return replace(self.reading[name].layout, sheet=name)

    @property
    def differences(self) -> list[str]:
        """What is different from the file the mapping was made on."""
        return [said for one in self.reading.values() for said in one.differences]


# ---------------------------------------------------------------- when a file is read


def read_incoming(
    incoming: IncomingFile, content: bytes
) -> tuple[MappingVersion, list[OrderDraft]] | None:
    """Read a file by the mapping that knows its layout; None where none does.

    Raises:
        UnreadableError: a mapping fits only half, or found no line; says what is different.
    """
    if sniff(content) not in TABLES or not _any_in_force():
        return None
    book = read_safely(content, incoming.name)
    match = find(incoming, book)
    if match is None:
        return None
    name = match.mapping.name
    if match.verdict is Verdict.DOUBTFUL:
        said = "; ".join(match.differences[:4]) or "its headings cannot be told for sure"
        raise UnreadableError(
            f"It looks like '{name}', but {said}. Say what is what in this file, and save."
        )
    reading = learned.read_placed(match.reading, book, incoming.sender, shop.catalogue())
    if not reading.drafts:
        raise UnreadableError(f"Read by the mapping '{name}': {reading.refusal}")
    return match.version, [_with_customer(draft, match) for draft in reading.drafts]


def find(incoming: IncomingFile, book: Workbook) -> Match | None:
    """The mapping in force that fits a file best: sure or doubtful.

    Where nobody knows the customer, only a layout that is exactly a known one counts.
    """
    if formmark.find(book) is not None:
        return None  # our own order form says itself what is in it
    catalogue = shop.catalogue()
    customer = _customer_of(incoming)
    if customer is not None:
        versions = _in_force(PartnerMapping.customer == customer)
    else:
        versions = _with_fingerprint(book)
    found = [
        match
        for version in versions
        if (match := _match(version, book, catalogue, known=customer is not None)) is not None
    ]
    sure = [match for match in found if match.verdict is Verdict.SURE]
    if customer is None:
        owners = {match.mapping.customer_id for match in sure}
        return sure[0] if len(owners) == 1 else None
    return max(sure or found, key=_score, default=None)


def used_for(incoming: IncomingFile) -> str:
    """The mapping a file was read by, in words; empty where it was none."""
    version = incoming.mapping_version if incoming.mapping_version_id is not None else None
    if version is None:
        return ""
    return f"{version.mapping.name}, version {version.number}"


def _any_in_force() -> bool:
    return PartnerMapping.select().where(PartnerMapping.active).limit(1).count() > 0


def _customer_of(incoming: IncomingFile) -> int | None:
    if incoming.customer_id is not None:
        return incoming.customer_id
    if not incoming.sender:
        return None
    hit, _row = candidates.customer("", [incoming.sender])
    return hit.id if not hit.doubt else None


def _in_force(meant: Any) -> list[MappingVersion]:
    rows = (
        MappingVersion.select(MappingVersion, PartnerMapping)
        .join(PartnerMapping)
        .where(PartnerMapping.active & (MappingVersion.number == PartnerMapping.current) & meant)
        .order_by(PartnerMapping.id)
        .limit(_MOST_TRIED)
    )
    return list(rows)


def _with_fingerprint(book: Workbook) -> list[MappingVersion]:
    known = {f for sheet in _shown(book) for f in placing.fingerprints(sheet)}
    return _in_force(MappingVersion.fingerprint.in_(sorted(known)[:500])) if known else []


def _shown(book: Workbook) -> list[Any]:
    return [sheet for sheet in book.sheets if sheet.rows and not sheet.hidden]


def _match(
    version: MappingVersion, book: Workbook, catalogue: Catalogue, *, known: bool
) -> Match | None:
    try:
        layout = from_json(version.definition, catalogue)
    except InvalidError:
        return None  # a field of the shop's own is gone; the list of mappings says so
    places = learned.placements(layout, book)
    if not places:
        return None
    verdicts = {place.verdict for place in places.values()}
    verdict = Verdict.SURE if Verdict.SURE in verdicts else Verdict.DOUBTFUL
    if verdict is Verdict.SURE:
        places = {name: p for name, p in places.items() if p.verdict is Verdict.SURE}
    return Match(version, places, verdict, known)


def _score(match: Match) -> float:
    return max(place.score for place in match.reading.values())


def _with_customer(draft: OrderDraft, match: Match) -> OrderDraft:
    """Whose order it is, where only the layout says so: a question to a person."""
    if match.known_customer:
        return draft
    owner = match.mapping.customer_id
    if draft.customer and (hit := candidates.customer(draft.customer, [])[0]).id is not None:
        return draft if hit.id != owner or hit.doubt else replace(draft, customer_id=owner)
    name = match.mapping.customer.name
    message = f"only the layout says that it is {name}'s: settle if it is, or choose the customer"
    problem = Problem("customer", "customer", message, draft.customer)
    return replace(draft, customer_id=owner, problems=(*draft.problems, problem))
