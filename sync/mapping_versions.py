"""Mappings as they are kept: versions that never change, samples, export and import.

Rolling back puts an older version in force.  A version that reads a kept sample in another way is
refused until somebody has seen the differences and agrees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from errors import BlockedError, InvalidError, NotFoundError, StaleError
from models import (
    Customer,
    IncomingFile,
    MappingSample,
    MappingVersion,
    PartnerMapping,
    StoredFile,
    transaction,
)
from sync import learned, snapshots
from sync.readers import read_safely
from sync.tables.layout_json import from_json, to_json
from sync.tables.layouts import Layout, fingerprint
from workflow import shop
from workflow.actors import Actor, Right
from workflow.fields import Catalogue

LONGEST_NAME, MOST_SAMPLES = 120, 20


class SampleDiffersError(BlockedError):
    """A version would read kept samples in another way; ``differences`` says how, by sample."""

    def __init__(self, differences: Mapping[str, Sequence[str]]) -> None:
        self.differences = {name: list(said) for name, said in differences.items()}
        reasons = [f"{name}: {', '.join(said[:3])}" for name, said in differences.items()]
        super().__init__("This version reads files that were kept as samples differently", reasons)


@dataclass(frozen=True)
class Saving:
    """A version to be made: of a new mapping, or of one that is there as it was seen.

    ``sample`` is the incoming file to keep as a sample; ``agreed`` says that differences of the
    other samples were shown and are wanted.
    """

    customer_id: int
    name: str
    definition: object
    mapping_id: int | None = None
    seen: int = 0
    note: str = ""
    sample: int | None = None
    agreed: bool = False


def save(wanted: Saving, actor: Actor) -> MappingVersion:
    """Make a version and put it in force.

    Raises:
        ForbiddenError: the actor may not handle incoming files.
        InvalidError: says what is missing or wrong in the definition.
        SampleDiffersError: a kept sample would be read differently, and nobody agreed to that.
        StaleError: somebody else saved the mapping meanwhile.
    """
    actor.require(Right.INCOMING)
    catalogue = shop.catalogue()
    layout = from_json(wanted.definition, catalogue)
    name = " ".join(wanted.name.split())[:LONGEST_NAME]
    _require_usable(name, layout, wanted.customer_id)
    now = _samples_now(wanted.mapping_id, layout, catalogue, agreed=wanted.agreed)
    kept = _sample_of(wanted.sample, layout, catalogue)
    with transaction():
        mapping = _mapping_for(wanted, name)
        number = 1 + max((v.number for v in _versions(mapping.id)), default=0)
        version = MappingVersion.create(
            mapping=mapping,
            number=number,
            definition=to_json(layout),
            fingerprint=fingerprint(layout),
            made_by=actor.name[:120],
            note=" ".join(wanted.note.split())[:200],
        )
        mapping.current = number
        mapping.save()
        for sample_id, expected in now.items():
            MappingSample.update(expected=expected).where(MappingSample.id == sample_id).execute()
        if kept is not None:
            _keep(mapping, kept[0], kept[1], actor)
    return version


def put_in_force(
    mapping_id: int, number: int, actor: Actor, *, agreed: bool = False
) -> PartnerMapping:
    """Go back, or forward again, to one of a mapping's versions.

    Raises:
        NotFoundError: there is no such version.
        SampleDiffersError: a kept sample would be read differently, and nobody agreed to that.
    """
    actor.require(Right.INCOMING)
    mapping = get(mapping_id)
    version = next((v for v in _versions(mapping_id) if v.number == number), None)
    if version is None:
        raise NotFoundError(f"'{mapping.name}' has no version {number}. Choose one of the list.")
    catalogue = shop.catalogue()
    layout = from_json(version.definition, catalogue)
    now = _samples_now(mapping_id, layout, catalogue, agreed=agreed)
    with transaction():
        PartnerMapping.update(current=number, version=PartnerMapping.version + 1).where(
            PartnerMapping.id == mapping_id
        ).execute()
        for sample_id, expected in now.items():
            MappingSample.update(expected=expected).where(MappingSample.id == sample_id).execute()
    return get(mapping_id)


def retest(mapping_id: int, layout: Layout, catalogue: Catalogue) -> dict[str, list[str]]:
    """How a layout reads a mapping's samples differently from what was expected, by name."""
    found = {}
    for sample in samples_of(mapping_id):
        said = snapshots.differences(
            sample.expected, _snapshot(sample.file, sample.name, layout, catalogue)
        )
        if said:
            found[sample.name] = said
    return found


def _samples_now(
    mapping_id: int | None, layout: Layout, catalogue: Catalogue, *, agreed: bool
) -> dict[int, snapshots.Snapshot]:
    """What the samples are read as now, where that is another thing and somebody agreed.

    Raises:
        SampleDiffersError: nobody agreed.
    """
    differing, now = {}, {}
    for sample in samples_of(mapping_id) if mapping_id is not None else ():
        reading = _snapshot(sample.file, sample.name, layout, catalogue)
        said = snapshots.differences(sample.expected, reading)
        if said:
            differing[sample.name], now[sample.id] = said, reading
    if differing and not agreed:
        raise SampleDiffersError(differing)
    return now


def _snapshot(
    file: StoredFile, name: str, layout: Layout, catalogue: Catalogue
) -> snapshots.Snapshot:
    book = read_safely(bytes(file.content), name)
    return snapshots.snapshot(learned.read(layout, book, "", catalogue).drafts)


def _require_usable(name: str, layout: Layout, customer_id: int) -> None:
    """Refuse a mapping that cannot make an order line.

    Raises:
        InvalidError: says everything that is missing.
    """
    problems = {}
    if not name:
        problems["name"] = "give the mapping a name, such as 'Order sheet 2026'"
    if Customer.get_or_none(Customer.id == customer_id) is None:
        problems["customer"] = "choose the customer whose files look like this"
    problems |= why_not_usable(layout)
    if problems:
        raise InvalidError(problems)


def why_not_usable(layout: Layout) -> dict[str, str]:
    """What a layout lacks to make an order line; empty if nothing."""
    uses = [use for _rule, use in layout.uses()]
    counted = any(use.level in ("size", "date") or use.field == "quantity" for use in uses)
    named = {"sku", "item", "description", "style", "gtin", "customer_item_number", "supplier_sku"}
    problems = {}
    if not any(use.level == "line" and use.field in named for use in uses):
        problems["item"] = "say which column is the item, its description or its barcode"
    if not counted:
        problems["quantity"] = "say which column is the quantity, or which ones are sizes"
    return problems


def _mapping_for(wanted: Saving, name: str) -> PartnerMapping:
    """The mapping a version is made for: a new one, or the one that was seen.

    Raises:
        StaleError: somebody saved it meanwhile.
        InvalidError: the customer has another mapping of that name.
    """
    namesake = PartnerMapping.get_or_none(
        (PartnerMapping.customer == wanted.customer_id) & (PartnerMapping.name == name)
    )
    if namesake is not None and namesake.id != wanted.mapping_id:
        text = f"'{name}' is another mapping of this customer; choose another name"
        raise InvalidError({"name": text})
    if wanted.mapping_id is None:
        made: PartnerMapping = PartnerMapping.create(customer=wanted.customer_id, name=name)
        return made
    taken = (
        PartnerMapping.update(
            version=PartnerMapping.version + 1, name=name, customer=wanted.customer_id, active=True
        )
        .where((PartnerMapping.id == wanted.mapping_id) & (PartnerMapping.version == wanted.seen))
        .execute()
    )
    if not taken:
        raise StaleError("Somebody else saved this mapping meanwhile. Open it again, then save.")
    return get(wanted.mapping_id)


# ---------------------------------------------------------------- samples


def keep_sample(mapping_id: int, incoming_id: int, actor: Actor) -> MappingSample:
    """Keep a received file with what the version in force reads in it.

    Raises:
        BlockedError: there are enough samples, or nothing is read in it.
    """
    actor.require(Right.INCOMING)
    mapping = get(mapping_id)
    catalogue = shop.catalogue()
    layout = from_json(in_force(mapping).definition, catalogue)
    kept = _sample_of(incoming_id, layout, catalogue)
    if kept is None or not kept[1]:
        raise BlockedError("It is not kept as a sample", ["the mapping reads no line in it"])
    if len(samples_of(mapping_id)) >= MOST_SAMPLES:
        reasons = [f"'{mapping.name}' has {MOST_SAMPLES} already: drop one first"]
        raise BlockedError("It is not kept as a sample", reasons)
    with transaction():
        return _keep(mapping, kept[0], kept[1], actor)


def drop_sample(sample_id: int, actor: Actor) -> None:
    """Forget a sample; the file itself stays where it was received."""
    actor.require(Right.INCOMING)
    with transaction():
        MappingSample.delete().where(MappingSample.id == sample_id).execute()


def _sample_of(
    incoming_id: int | None, layout: Layout, catalogue: Catalogue
) -> tuple[IncomingFile, snapshots.Snapshot] | None:
    incoming = None if incoming_id is None else IncomingFile.get_or_none(id=incoming_id)
    if incoming is None:
        return None
    return incoming, _snapshot(incoming.file, incoming.name, layout, catalogue)


def _keep(
    mapping: PartnerMapping, incoming: IncomingFile, expected: snapshots.Snapshot, actor: Actor
) -> MappingSample:
    MappingSample.delete().where(
        (MappingSample.mapping == mapping) & (MappingSample.file == incoming.file_id)
    ).execute()
    kept: MappingSample = MappingSample.create(
        mapping=mapping,
        name=incoming.name,
        file=incoming.file_id,
        expected=expected,
        kept_by=actor.name[:120],
    )
    return kept


# ---------------------------------------------------------------- rows


def get(mapping_id: int) -> PartnerMapping:
    """One mapping.

    Raises:
        NotFoundError: there is none.
    """
    found: PartnerMapping | None = PartnerMapping.get_or_none(PartnerMapping.id == mapping_id)
    if found is None:
        raise NotFoundError("There is no such mapping. Go back to the list.")
    return found


def in_force(mapping: PartnerMapping) -> MappingVersion:
    """The version a mapping is read by.

    Raises:
        NotFoundError: it has none yet.
    """
    for version in _versions(mapping.id):
        if version.number == mapping.current:
            return version
    raise NotFoundError(f"'{mapping.name}' has no version in force. Open it and save one.")


def versions_of(mapping_id: int) -> list[MappingVersion]:
    """Every version of a mapping, the newest first."""
    return _versions(mapping_id)[::-1]


def samples_of(mapping_id: int) -> list[MappingSample]:
    """The samples of a mapping with their bytes, the oldest first."""
    rows = (
        MappingSample.select(MappingSample, StoredFile)
        .join(StoredFile)
        .where(MappingSample.mapping == mapping_id)
        .order_by(MappingSample.id)
        .limit(MOST_SAMPLES)
    )
    return list(rows)


def _versions(mapping_id: int) -> list[MappingVersion]:
    rows = MappingVersion.select().where(MappingVersion.mapping == mapping_id)
    return list(rows.order_by(MappingVersion.number))


# ---------------------------------------------------------------- export and import


def exported(mapping: PartnerMapping) -> dict[str, object]:
    """A mapping as JSON that another shop, or this one, can take in."""
    return {
        "inhands_mapping": 1,
        "name": mapping.name,
        "definition": in_force(mapping).definition,
    }


def imported(data: object, customer_id: int, actor: Actor) -> MappingVersion:
    """Take in what ``exported`` gave: a new mapping of a customer.

    Raises:
        InvalidError: names every place that is wrong.
    """
    actor.require(Right.INCOMING)
    if not isinstance(data, dict) or data.get("inhands_mapping") != 1:
        text = "this is no mapping: export one here to see what it looks like"
        raise InvalidError({"file": text})
    name = data.get("name")
    wanted = Saving(
        customer_id,
        name if isinstance(name, str) else "",
        data.get("definition"),
        note="imported",
    )
    return save(wanted, actor)
