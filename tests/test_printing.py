"""Papers come out of real printers, each once; what cannot be known is a person's question."""

from datetime import timedelta

import pytest

import clock
import models
from dock import printing
from errors import InvalidError, StaleError
from models import OrderEvent, Paper, Printer, PrintJob, PrintRule
from printing.faults import RefusedError
from printing.ipp import Ipp
from tests import shop
from tests.printers import LabelPrinter
from tests.random_kills import PDF, QUICK, a_paper, kill_at_random, settled
from tests.services import free_port, wait_until
from worker import run
from workflow import engine, print_jobs


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    """The dock waits less long than in a shop."""
    monkeypatch.setattr(printing, "PATIENCE", QUICK)


def a_printer(address, name="Dock", **columns):
    return Printer.create(name=name, address=address, **columns)


def work(settings, until, what, seconds=60):
    """The worker works until something is so."""

    def done():
        run(settings, once=True)
        return until()

    return wait_until(done, what, seconds)


def states():
    return [job.state for job in PrintJob.select().order_by(PrintJob.id)]


# ---------------------------------------------------------------- one paper, one printer


def test_a_paper_arrives_as_it_was_made_and_counts_as_printed_when_it_came_out(
    ipp_printer, settings
):
    paper = a_paper("Traveler 1042, Müller & Søn")

    print_jobs.ask(paper, a_printer(ipp_printer.address), shop.BOSS)
    work(settings, settled, "printing")

    assert states() == ["printed"]
    assert ipp_printer.printed == [PrintJob.get().name]
    assert ipp_printer.spool[0].read_bytes() == PDF
    assert Printer.get().state == "ready"


def test_an_event_asks_for_a_paper_once_however_often_it_is_told(ipp_printer, settings):
    printer, paper = a_printer(ipp_printer.address), a_paper()

    first = print_jobs.ask(paper, printer, shop.BOSS, key="papers:1:1:0")
    again = print_jobs.ask(paper, printer, shop.BOSS, key="papers:1:1:0")
    work(settings, settled, "printing")

    assert first == again
    assert len(ipp_printer.printed) == 1


def test_without_paper_it_waits_says_so_and_goes_on_by_itself(ipp_printer, settings):
    ipp_printer.set("no paper")
    print_jobs.ask(a_paper(), a_printer(ipp_printer.address), shop.BOSS)

    work(settings, lambda: "media empty" in PrintJob.get().problem, "the printer's trouble")
    assert (states(), Printer.get().state) == (["printing"], "trouble")
    ipp_printer.set("ready")
    work(settings, settled, "printing")

    assert states() == ["printed"]
    assert len(ipp_printer.printed) == 1


def test_what_the_printer_gives_up_is_tried_three_times_and_then_a_person_looks(
    ipp_printer, settings
):
    ipp_printer.set("broken")

    print_jobs.ask(a_paper(), a_printer(ipp_printer.address), shop.BOSS)
    work(settings, settled, "giving up")

    assert states() == ["failed"]
    assert "gave it up 3 times" in PrintJob.get().problem
    assert ipp_printer.printed == []


def test_a_file_the_printer_does_not_take_fails_at_once(ipp_printer):
    with pytest.raises(RefusedError, match="kind of file"):
        Ipp(ipp_printer.address).send("a picture", b"GIF89a", "image/gif")


def test_a_printer_that_is_off_is_tried_again_and_shown(ipp_printer, settings):
    ipp_printer.kill()
    print_jobs.ask(a_paper(), a_printer(ipp_printer.address), shop.BOSS)

    work(settings, lambda: Printer.get().state == "off", "seeing that it is off")
    assert states() == ["waiting"]
    assert "cannot be reached" in PrintJob.get().problem
    ipp_printer.start()
    work(settings, settled, "printing")

    assert states() == ["printed"]
    assert len(ipp_printer.printed) == 1


def test_what_is_off_twice_goes_to_the_fallback_printer(ipp_printer, settings):
    other = a_printer(ipp_printer.address, "Office")
    off = a_printer(f"ipp://127.0.0.1:{free_port()}/ipp/print", fallback=other)

    print_jobs.ask(a_paper(), off, shop.BOSS)
    work(settings, settled, "printing elsewhere")

    assert PrintJob.get().printer == other
    assert len(ipp_printer.printed) == 1


# ---------------------------------------------------------------- when the worker dies


def at_sending(paper, printer, name="Traveler 1042 abcd1234"):
    """A job whose worker died while it was being sent, a while ago."""
    job = print_jobs.ask(paper, printer, shop.BOSS)
    PrintJob.update(
        state="sending", name=name, attempt=1, sending_at=clock.now() - timedelta(seconds=1)
    ).execute()
    return job


def test_after_a_crash_a_job_that_arrived_is_found_by_its_name_and_not_sent_again(
    ipp_printer, settings
):
    at_sending(a_paper(), a_printer(ipp_printer.address))
    Ipp(ipp_printer.address).send("Traveler 1042 abcd1234", PDF, "application/pdf")

    work(settings, settled, "finding it")

    assert states() == ["printed"]
    assert ipp_printer.printed == ["Traveler 1042 abcd1234"]


def test_after_a_crash_a_job_that_never_arrived_is_sent(ipp_printer, settings):
    wait_until(
        lambda: Ipp(ipp_printer.address).standing().up_seconds >= 4, "some seconds of uptime"
    )
    at_sending(a_paper(), a_printer(ipp_printer.address))

    work(settings, settled, "sending it")

    assert states() == ["printed"]
    assert len(ipp_printer.printed) == 1


def test_after_a_crash_and_a_power_cut_a_person_is_asked_to_look(ipp_printer, settings):
    at_sending(a_paper(), a_printer(ipp_printer.address))
    ipp_printer.kill()
    ipp_printer.start()

    work(settings, settled, "asking")

    assert states() == ["check"]
    assert ipp_printer.printed == []


def test_what_was_checked_is_settled_by_a_person_or_printed_again_with_a_reason(
    ipp_printer, settings
):
    job = at_sending(a_paper(), a_printer(ipp_printer.address))
    print_jobs.mark_check(print_jobs.find(job.id), "Look.", shop.BOSS)

    with pytest.raises(InvalidError, match="why"):
        print_jobs.ask_again(job.id, " ", None, shop.BOSS)
    again = print_jobs.ask_again(job.id, "it was smeared", None, shop.BOSS)
    with pytest.raises(StaleError):
        print_jobs.ask_again(again.id, "impatience", None, shop.BOSS)
    work(settings, settled, "printing")

    assert states() == ["again", "printed"]
    assert PrintJob.get_by_id(again.id).reason == "it was smeared"


# ---------------------------------------------------------------- label printers


def test_a_label_printer_gets_zpl_once_and_says_when_it_is_out(settings):
    from documents import kinds, press
    from tests.test_papers import BOX

    pdf = press.make("label", kinds.ours("label"), "4x6", BOX).pdf
    kept = engine.store_file(pdf, "application/pdf")
    paper = Paper.create(kind="label", title="Label", shows="x", file=kept)
    with LabelPrinter() as printer:
        printer.flags["labels"] = b"1"
        print_jobs.ask(paper, a_printer(printer.address, kind="raw"), shop.BOSS, copies=2)
        work(settings, lambda: "out of labels" in PrintJob.get().problem, "its trouble")
        assert printer.received == []
        printer.flags["labels"] = b"0"
        work(settings, settled, "printing")

    assert states() == ["printed"]
    assert len(printer.received) == 2
    assert b":Z64:" in printer.received[0]


def test_a_label_whose_worker_died_while_it_was_sent_is_never_sent_again_by_itself(settings):
    with LabelPrinter() as printer:
        at_sending(a_paper("Label"), a_printer(printer.address, kind="raw"))
        work(settings, settled, "asking")

    assert states() == ["check"]
    assert printer.received == []


# ---------------------------------------------------------------- by itself


def test_a_released_order_prints_its_traveler_by_itself(ipp_printer, settings):
    shop.a_shop()
    printer = a_printer(ipp_printer.address)
    PrintRule.create(paper="traveler", event="released", printer=printer)
    PrintRule.create(
        paper="traveler", event="released", printer=printer, department=shop.department("laser")
    )
    order = shop.a_released_order(shop.a_line(48, method="screen print"))

    work(settings, lambda: states() and settled(), "printing")

    assert states() == ["printed"]  # nobody engraves here
    assert Paper.get().title == f"Traveler {order.number}"
    assert ipp_printer.spool[0].read_bytes().startswith(b"%PDF")
    assert OrderEvent.select().where(OrderEvent.kind == "printed").count() == 1


def test_a_shop_without_printers_asks_for_nothing(settings):
    shop.a_shop()
    shop.a_released_order()

    assert not models.OutboxRow.select().where(models.OutboxRow.kind == "papers").exists()


# ---------------------------------------------------------------- killed at random


def test_a_printer_killed_at_random_prints_each_paper_once_or_it_is_listed(ipp_printer, settings):
    told = kill_at_random(ipp_printer, settings, 30)

    assert told.kills
    assert sum(told.states.values()) == 30
