"""Carriers: rates side by side, labels bought once, an answer that never came looked for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import clock
import outbox
from carriers import parcels
from carriers.easypost import EasyPost
from carriers.own import SERVICES, Own
from carriers.parcels import Bought, Parcel, Place
from documents import kinds, shelf
from errors import OutsideError, ShopError
from models import (
    Booking,
    Carrier,
    Destination,
    Job,
    Label,
    OutboxRow,
    Paper,
    StoredFile,
    transaction,
)
from settings import Settings
from sync.channels.sealed import unseal
from workflow import engine, paper_facts, papers, print_jobs, shop, slips
from workflow.actors import system
from workflow.engine import labels
from workflow.engine.labels import Outcome
from workflow.paper_facts import Sheet
from workflow.papers import Finished

ACTOR = system("Inhands")
#: How long it is asked what became of a label, before a person is told to ask the carrier.
RECOVER_EVERY = timedelta(seconds=20)
RECOVER_FOR = timedelta(minutes=10)
#: Which carriers serve which way of handing over.
_WAYS = {"own": ("deliver", "install", "ship"), "pickup": ("pickup",), "easypost": ("ship",)}


# ---------------------------------------------------------------- rates


def ask_for_rates(row: OutboxRow, _settings: Settings) -> None:
    """Ask every carrier that serves the way; one that is down leaves its sentence, not a hole."""
    booking = labels.find(row.payload["booking_id"])
    if booking.state != "quoting":
        return
    rates: list[dict[str, Any]] = []
    problems: list[str] = []
    carriers = [c for c in Carrier.select().where(Carrier.active).order_by(Carrier.id)
                if booking.job.fulfillment_type in _WAYS.get(c.kind, ())]  # fmt: skip
    for carrier in carriers:
        try:
            rates += _rates(booking, carrier)
            note_trouble(carrier, "")
        except ShopError as problem:
            problems.append(f"{carrier}: {problem}")
            note_trouble(carrier, str(problem))
    if not carriers:
        problems.append("No carrier is set up for this: see Set-up, Carriers.")
    labels.rates_came(booking.id, rates, " ".join(problems))


def _rates(booking: Booking, carrier: Carrier) -> list[dict[str, Any]]:
    """The services that take every package, with their sums and the carrier's ids."""
    driver, goal = driver_of(carrier), _goal(booking.job)
    sums: dict[tuple[str, str, str], dict[str, Any]] = {}
    for number, package in enumerate(booking.packages, start=1):
        reference = f"{booking.job.number}-{booking.id}-{number}"
        quote = driver.quote(_start(carrier), goal, _parcel(package), reference)
        for rate in quote.rates:
            key = (rate.carrier, rate.service, rate.currency)
            one = sums.setdefault(key, {"amount": 0, "ids": [], "days": rate.days})
            one["amount"] += rate.amount
            one["ids"].append([quote.external_id, rate.id])
    return [
        {
            "carrier_id": carrier.id,
            "carrier": name,
            "service": service,
            "currency": currency,
            "amount": f"{one['amount']:.2f}",
            "days": one["days"],
            "ids": one["ids"],
        }
        for (name, service, currency), one in sums.items()
        if len(one["ids"]) == len(booking.packages)
    ]


def driver_of(carrier: Carrier) -> parcels.Carrier:
    """The carrier behind a row of the set-up.

    Raises:
        CarrierRefusedError: its key cannot be read any more.
    """
    if carrier.kind in SERVICES:
        return Own(carrier.kind, carrier.price, str(shop.setting("currency")))
    try:
        key = unseal(carrier.sealed_key)
    except ShopError as problem:
        words = "its key cannot be read any more; type it again under Set-up, Carriers."
        raise parcels.CarrierRefusedError(words) from problem
    return EasyPost(key, carrier.account, carrier.address)


def _start(carrier: Carrier) -> Place:
    name = carrier.from_company or str(shop.setting("shop_name"))
    return Place(
        name="", company=name, street1=carrier.from_street, street2="", city=carrier.from_city,
        region=carrier.from_region, postal=carrier.from_postal, country=carrier.from_country,
        phone=carrier.from_phone, email="",
    )  # fmt: skip


def _goal(job: Job) -> Place:
    place = job.destination or Destination()
    return Place(
        name=place.ship_to_name, company=place.ship_to_company, street1=place.ship_to_address1,
        street2=place.ship_to_address2, city=place.ship_to_city, region=place.ship_to_region,
        postal=place.ship_to_postal, country=place.ship_to_country, phone=place.ship_to_phone,
        email=place.ship_to_email,
    )  # fmt: skip


def _parcel(package: dict[str, Any]) -> Parcel:
    return Parcel(**{name: int(value or 0) for name, value in package.items()})


def note_trouble(carrier: Carrier, problem: str) -> None:
    """Keep what a carrier could not do, for screens; '' when it can again."""
    Carrier.update(problem=problem[:255], problem_at=clock.now() if problem else None).where(
        Carrier.id == carrier.id
    ).execute()


# ---------------------------------------------------------------- buying


def buy_labels(row: OutboxRow, _settings: Settings) -> None:
    """Buy what is reserved and look for what is unknown, until everything is known.

    Raises:
        OutsideError: the carrier is down; nothing was bought, so the outbox tries again.
    """
    booking = labels.find(row.payload["booking_id"])
    if booking.carrier is None or booking.state not in ("buying", "unknown"):
        return
    driver = driver_of(booking.carrier)
    rates = dict(tuple(pair) for pair in booking.chosen["ids"])
    for label in Label.select().where(Label.booking == booking).order_by(Label.number):
        if label.state in ("buying", "unknown"):
            _recover(driver, booking, label)
        elif label.state == "reserved" and labels.label_begins(label):
            label.state = "buying"
            _buy(driver, booking, label, rates[label.external_id])
    after = labels.find(booking.id)
    if after.state == "bought":
        print_labels(after)


def _buy(driver: parcels.Carrier, booking: Booking, label: Label, rate: str) -> None:
    try:
        bought = driver.buy(label.external_id, rate)
    except parcels.NotBoughtError as down:
        labels.label_not_bought(label, str(down))
        raise
    except parcels.UnknownOutcomeError as broken:
        labels.label_unknown(label, f"{broken} It is asked whether the label was bought.")
        _ask_again(booking)
    except OutsideError as refused:
        labels.label_refused(label, str(refused), ACTOR)
    else:
        _keep(booking, label, bought)


def _recover(driver: parcels.Carrier, booking: Booking, label: Label) -> None:
    """Its buying broke off: the carrier says whether it was bought; nothing is bought here."""
    try:
        found = driver.recover(label.external_id)
    except OutsideError as down:
        labels.label_unknown(label, str(down))
        _ask_again(booking)
        return
    if found is not None:
        _keep(booking, label, found)
    elif clock.now() - (label.asked_at or clock.now()) < RECOVER_FOR:
        labels.label_unknown(label, "The carrier has not sold it so far; it is asked again.")
        _ask_again(booking)
    else:
        why = "The carrier never sold it. Ask for the rates again, or write the number by hand."
        labels.label_refused(label, why, ACTOR)


def _ask_again(booking: Booking) -> None:
    outbox.add("buy_labels", {"booking_id": booking.id}, run_at=clock.now() + RECOVER_EVERY)


def _keep(booking: Booking, label: Label, bought: Bought) -> None:
    kept: StoredFile | None = None
    if bought.content:
        with transaction():
            kept = engine.store_file(bought.content, bought.content_type)
    outcome = Outcome(bought.tracking_number[:80], bought.tracking_url[:255], bought.amount, kept)
    labels.label_bought(label, outcome, ACTOR)


# ---------------------------------------------------------------- papers of labels


def print_labels(booking: Booking) -> list[Paper]:
    """The labels as papers, at the printers whose role they are."""
    rows = list(Label.select().where(Label.booking == booking).order_by(Label.number))
    made = [_paper(booking, label, len(rows)) for label in rows]
    for rule in print_jobs.rules_of("label"):
        for label, paper in zip(rows, made, strict=True):
            if rule.paper == paper.kind:
                key = f"label:{label.id}:{rule.id}"
                print_jobs.ask(paper, rule.printer, ACTOR, copies=rule.copies, key=key)
    return made


def _paper(booking: Booking, label: Label, of: int) -> Paper:
    if label.file_id is None:
        return shelf.make(slips.label_of_booking(booking, label, of), ACTOR)
    kept = StoredFile.get_by_id(label.file_id)
    title = f"{booking.chosen['carrier']} label {booking.job.number} {label.number}/{of}"
    facts = {"paper": paper_facts.paper_facts(title), "tracking": label.tracking_number}
    sheet = Sheet(
        kinds.CARRIER_LABEL, title, facts, booking.job.order, booking.job, part=str(label.number)
    )
    finished = Finished(bytes(kept.content), kinds.LABEL, 1)
    return papers.keep(sheet, str(kept.sha256), finished, ACTOR)


# ---------------------------------------------------------------- giving back


def void_labels(row: OutboxRow, _settings: Settings) -> None:
    """Give the labels of a booking back, each once.

    Raises:
        OutsideError: the carrier is down; the outbox tries again.
    """
    booking = labels.find(row.payload["booking_id"])
    if booking.carrier is None or booking.state != "voiding":
        return
    driver = driver_of(booking.carrier)
    problems: Sequence[str] = []
    for label in Label.select().where((Label.booking == booking) & (Label.state == "bought")):
        try:
            driver.void(label.external_id)
        except parcels.CarrierRefusedError as refused:
            problems = [*problems, str(refused)]
        else:
            Label.update(state="voided").where(Label.id == label.id).execute()
    labels.labels_voided(booking.id, " ".join(problems), ACTOR)
