"""Bytes are kept before they are understood, and a document becomes its orders exactly once."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

import clock
import models
from errors import BlockedError, ForbiddenError, InvalidError, NotFoundError, StaleError
from settings import get_settings
from sync import funnel, intake
from sync.intake import State
from tests.papers import bytes_of, csv_of, rows_of, workbook_of, xlsx_of
from tests.shop import BOSS, a_customer, a_product, a_shop, reload, somebody
from workflow import engine

SALES = somebody("Sue", "Sales")


@pytest.fixture(autouse=True)
def shop(db):
    """A shop that sells and knows what ``csv_of()`` orders."""
    a_shop()
    a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    a_product("TEE-1", price=Decimal("6.50"), color="")
    a_product("CAP-1", price=Decimal("9.00"), name="Cap", color="")


def received(content=None, *, channel="upload", name="order.csv", actor=SALES, **words):
    return intake.receive(
        channel, name, csv_of() if content is None else content, actor=actor, **words
    )


def read(content=None, *, actor=SALES, **words):
    return intake.read_file(received(content, **words).id, actor)


def orders():
    return list(models.Order.select().order_by(models.Order.id))


def problems_of(order):
    found = models.DraftProblem.select().where(models.DraftProblem.order == order)
    return list(found.order_by(models.DraftProblem.id))


def waiting_reads():
    return models.OutboxRow.select().where(models.OutboxRow.kind == "read_file").count()


# ---------------------------------------------------------------- received


def test_bytes_are_kept_and_reading_is_asked_for_before_anything_is_understood():
    incoming = received(b"\x00\x01 no table at all", sender="dana@riverside.example")

    assert bytes(incoming.file.content) == b"\x00\x01 no table at all"
    assert (incoming.state, incoming.received_by) == (State.RECEIVED, "Sue")
    assert models.OutboxRow.get(kind="read_file").payload == {"incoming_id": incoming.id}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\orders\\May.xlsx", "May.xlsx"),
        ("a\x00b\r\nSet-Cookie: x.csv", "abSet-Cookie: x.csv"),
        ("", "unnamed"),
        ("x" * 400 + ".csv", "x" * 251 + ".csv"),
        ("Bestellung März.xlsx", "Bestellung März.xlsx"),
    ],
)
def test_a_file_name_is_the_last_part_of_what_was_sent(name, kept):
    assert received(name=name).name == kept


def test_an_empty_file_is_refused_with_a_sentence():
    with pytest.raises(InvalidError, match=r"'order\.csv' is empty; choose the file again"):
        received(b"")

    assert models.IncomingFile.select().count() == 0


def test_a_file_that_is_too_large_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setenv("MAX_UPLOAD_MB", "1")
    get_settings.cache_clear()

    with pytest.raises(InvalidError, match="more than the 1 MB we take"):
        received(b"x" * 1_100_000)


def test_who_may_not_handle_incoming_files_brings_none():
    with pytest.raises(ForbiddenError, match="may not handle incoming files"):
        received(actor=somebody(role="Department worker"))


# ---------------------------------------------------------------- the same again


def test_the_same_file_again_is_a_copy_that_names_the_order():
    first = read()

    again = received(name="order (1).csv")

    number = orders()[0].number
    assert (again.state, again.duplicate_of) == (State.DUPLICATE, first)
    assert again.reason.startswith(f"The same file as order {number}, received ")
    assert intake.read_file(again.id, SALES).state == State.DUPLICATE
    assert len(orders()) == 1
    assert waiting_reads() == 1


def test_what_the_channel_calls_the_same_is_the_same_whatever_its_bytes():
    read(channel="mailbox", external_id="<1@mail>")

    again = received(csv_of(po="9"), channel="mailbox", external_id="<1@mail>")
    other = received(csv_of(po="9"), channel="mailbox", external_id="<2@mail>")

    assert (again.state, other.state) == (State.DUPLICATE, State.RECEIVED)


def test_a_file_that_was_rejected_may_be_sent_once_more():
    first = received()
    intake.reject(first.id, "a price list", SALES)

    assert read().state == State.ACCEPTED


def test_a_file_whose_order_was_cancelled_may_be_sent_once_more():
    read()
    engine.cancel_order(orders()[0].id, "entered for the wrong customer", BOSS)

    assert read().state == State.ACCEPTED
    assert len(orders()) == 2


def at_once(work, times=2):
    """Run ``work`` in threads that start together; returns what they gave or raised."""
    gate, found = threading.Barrier(times), []

    def run():
        gate.wait()
        try:
            found.append(work())
        except Exception as failure:  # noqa: BLE001 - the test looks at what it was
            found.append(failure)
        finally:
            models.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_the_same_file_twice_at_the_same_moment_is_one_order():
    content = csv_of()

    found = at_once(lambda: read(content), times=4)

    assert sorted(i.state for i in found) == ["accepted", "duplicate", "duplicate", "duplicate"]
    assert len(orders()) == 1


def test_two_documents_with_one_po_number_at_the_same_moment_see_each_other():
    files = [received(csv_of(("TEE-1", "Tee", n, "6.50"))) for n in (10, 20)]
    left = list(files)

    at_once(lambda: intake.read_file(left.pop().id, SALES))

    questions = [p.field for order in orders() for p in problems_of(order)]
    assert len(orders()) == 2
    assert questions == ["po_number"]


# ---------------------------------------------------------------- read


@pytest.mark.parametrize(("make", "name"), [(csv_of, "order.csv"), (xlsx_of, "order.xlsx")])
def test_a_spreadsheet_becomes_an_order_in_review(make, name):
    incoming = read(make(), name=name)

    order = orders()[0]
    assert (incoming.state, incoming.source) == (State.ACCEPTED, "spreadsheet")
    assert incoming.reason == f"Became {order.number}."
    assert (order.incoming, order.customer.code, order.po_number) == (incoming, "RAC", "4711")
    assert [line.quantity for line in order.lines] == [48, 12]
    assert (order.source_channel, order.stage) == ("customer_file", "review")
    assert problems_of(order) == []
    assert order.extra["source_file_name"] == name


def test_reading_twice_makes_one_order():
    incoming = read()

    assert intake.read_file(incoming.id, SALES).state == State.ACCEPTED
    assert len(orders()) == 1


def test_reading_twice_at_the_same_moment_makes_one_order():
    incoming = received()

    at_once(lambda: intake.read_file(incoming.id, SALES), times=3)

    assert len(orders()) == 1
    assert reload(incoming).state == State.ACCEPTED


def test_several_orders_in_one_file_come_together_or_not_at_all(monkeypatch):
    sheets = {f"PO {n}": rows_of(po=f"PO {n}") for n in (1, 2, 3)}
    incoming = received(workbook_of(sheets), name="three.xlsx")
    accept, seen = funnel.accept, []

    def dies_at_the_third(draft, actor, *, incoming=None):
        seen.append(draft)
        if len(seen) == 3:
            raise MemoryError
        return accept(draft, actor, incoming=incoming)

    monkeypatch.setattr(funnel, "accept", dies_at_the_third)
    with pytest.raises(MemoryError):
        intake.read_file(incoming.id, SALES)
    monkeypatch.undo()
    assert orders() == []

    intake.read_file(incoming.id, SALES)

    assert [order.po_number for order in orders()] == ["PO 1", "PO 2", "PO 3"]


@pytest.mark.slow
def test_killing_the_reader_at_any_moment_loses_nothing_and_doubles_nothing(database_url):
    lines = [("TEE-1", f"Tee {n}", 10, "6.50") for n in range(200)]
    program = (
        "import sys, models; from sync import intake; from workflow.actors import system;"
        "models.connect(sys.argv[1]); print('ready', flush=True);"
        "intake.read_file(int(sys.argv[2]), system('worker')); models.close()"
    )
    for number, pause in enumerate((0.0, 0.15, 0.3, 0.6)):
        incoming = received(csv_of(*lines, po=f"kill-{number}"))
        command = [sys.executable, "-c", program, database_url, str(incoming.id)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=Path(intake.__file__).parent.parent
        ) as child:
            child.stdout.readline()
            time.sleep(pause)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)

        intake.read_file(incoming.id, SALES)

        made = models.Order.select().where(models.Order.incoming == incoming)
        assert [order.lines.count() for order in made] == [200]
        assert reload(incoming).state == State.ACCEPTED


# ---------------------------------------------------------------- what nobody can read


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"%PDF-1.7 order", "order.pdf", "is a PDF, not a table"),
        (b"\x89PNG\r\n\x1a\n....", "photo.png", "is a picture, not a table"),
        (b"   \r\n ", "blank.csv", "is empty"),
        (b"PK\x03\x04 broken", "order.xlsx", "is damaged"),
        (b"Dear shop, please send us 12 tees. Thanks, Dana", "mail.txt", "No order lines"),
        (bytes_of(Workbook()), "empty.xlsx", "No order lines"),
        (workbook_of({"Sheet1": [["Item", "Qty"]]}), "head.xlsx", "No order lines"),
        (b'{"order": 1}', "order.json", "is a JSON document"),
        (bytes(range(256)) * 20, "order.xls", "of a kind we do not know"),
    ],
)
def test_what_nobody_can_read_is_kept_with_a_reason_and_needs_a_person(content, name, words):
    incoming = read(content, name=name)

    assert incoming.state == State.NEEDS_PERSON
    assert words in incoming.reason
    assert bytes(incoming.file.content) == content
    assert orders() == []


def test_a_sheet_as_large_as_excel_allows_with_two_cells_does_no_harm():
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = "Item", "x"

    incoming = read(bytes_of(book), name="corners.xlsx")

    assert incoming.state == State.NEEDS_PERSON
    assert incoming.reason


# ---------------------------------------------------------------- what is wrong in it


@pytest.mark.parametrize(
    ("line", "field", "words"),
    [
        (("TEE-1", "Tee", "a few", "6.50"), "quantity", "a few"),
        (("TEE-1", "Tee", "-5", "6.50"), "quantity", "-5"),
        (("TEE-1", "Tee", 12, "-6.50"), "unit_price", "-6.50"),
        (("TEE-1", "Tee", 12, "3.99"), "unit_price", "our price is 6.50"),
        (("NOPE-9", "Flying carpet", 12, "3.99"), "sku", "NOPE-9"),
    ],
)
def test_a_bad_cell_stops_release_and_not_reading(line, field, words):
    incoming = read(csv_of(line, ("CAP-1", "Cap", 12, "9.00")))

    order = orders()[0]
    found = [p for p in problems_of(order) if p.field == field]
    assert incoming.state == State.ACCEPTED
    assert words in found[0].message
    assert "row 6" in found[0].address or "6" in found[0].address
    assert any(words in reason for reason in engine.why_not_released(order))


def test_a_sum_no_order_can_have_needs_a_person():
    incoming = read(csv_of(("NEW-1", "Gold bar", 999_999_999, "99999999.99")))

    assert incoming.state == State.NEEDS_PERSON
    assert "check quantity and price" in incoming.reason
    assert orders() == []


def test_a_day_that_does_not_exist_is_a_problem_with_its_cell():
    read(csv_of(in_hands="31/02/2030"))

    order = orders()[0]
    assert order.in_hands_date is None
    assert [p.field for p in problems_of(order)] == ["in_hands_date"]
    assert "31/02/2030" in problems_of(order)[0].message


def test_an_unknown_customer_and_a_second_po_number_are_problems():
    read(csv_of(customer="Hill & Sons"))
    read()
    read(csv_of(("TEE-1", "Tee", 5, "6.50")))

    first, _second, third = orders()
    assert [p.field for p in problems_of(first)] == ["customer"]
    assert [p.field for p in problems_of(third)] == ["po_number"]


def test_merged_cells_and_formulas_are_read_for_what_they_show():
    book = Workbook()
    page = book.active
    for row in rows_of(
        ("TEE-1", "Heavy cotton tee", "=40+8", "6.50"), ("CAP-1", "Cap", 12, "9.00")
    ):
        page.append(row)
    page.merge_cells("A1:A1")
    page.merge_cells("B6:B6")
    page.merge_cells("D6:E6")

    incoming = read(bytes_of(book), name="formulas.xlsx")

    found = problems_of(orders()[0])
    assert incoming.state == State.ACCEPTED
    assert [p.field for p in found] == ["quantity"]
    assert "formula" in found[0].message


# ---------------------------------------------------------------- what a person decides


def test_a_chosen_customer_settles_the_question_and_the_orders_get_it():
    incoming = read(csv_of(customer="Somebody else"))
    customer = models.Customer.get(code="RAC")

    intake.choose_customer(incoming.id, customer.id, SALES)

    order = orders()[0]
    assert order.customer == customer
    assert engine.why_not_released(order) != []
    assert [p.settled_by for p in problems_of(order)] == ["customer chosen"]


def test_choosing_the_customer_notices_a_second_po_number():
    read()
    incoming = read(csv_of(customer="Somebody else"))

    intake.choose_customer(incoming.id, models.Customer.get(code="RAC").id, SALES)

    assert [p.field for p in problems_of(orders()[1])] == ["customer", "po_number"]


def test_a_customer_chosen_for_a_file_that_was_not_read_is_used_when_it_is():
    incoming = received(csv_of(customer="Somebody else"))

    found = intake.choose_customer(incoming.id, models.Customer.get(code="RAC").id, SALES)

    assert found.state == State.ACCEPTED
    assert orders()[0].customer.code == "RAC"


def test_a_file_is_read_again_when_a_person_asks():
    incoming = read(b"nothing to read here", name="order.txt")
    models.StoredFile.update(content=csv_of()).where(
        models.StoredFile.id == incoming.file_id
    ).execute()

    again = intake.read_again(incoming.id, SALES)

    assert again.state == State.ACCEPTED
    assert len(orders()) == 1


def test_a_file_that_became_an_order_is_not_read_again_before_that_is_cancelled():
    incoming = read()
    number = orders()[0].number

    with pytest.raises(BlockedError, match=f"it became {number} already"):
        intake.read_again(incoming.id, SALES)

    engine.cancel_order(orders()[0].id, "wrong", BOSS)
    assert intake.read_again(incoming.id, SALES).state == State.ACCEPTED
    assert len(orders()) == 2


def test_a_copy_is_never_read():
    read()

    with pytest.raises(BlockedError, match="open the file that came first"):
        intake.read_again(received().id, SALES)


def test_a_rejected_file_says_who_and_why_and_once_is_enough():
    incoming = received(b"spam", name="x.txt")

    rejected = intake.reject(incoming.id, "advertising", SALES)

    assert (rejected.state, rejected.reason) == (State.REJECTED, "advertising (Sue)")
    with pytest.raises(StaleError):
        intake.reject(incoming.id, "advertising", SALES)
    with pytest.raises(InvalidError, match="say why"):
        intake.reject(incoming.id, "  ", SALES)


def test_a_file_that_became_an_order_cannot_be_rejected():
    with pytest.raises(BlockedError, match="cancel that first"):
        intake.reject(read().id, "no", SALES)


def test_every_button_needs_the_right_and_the_file():
    incoming, worker = received(), somebody(role="Department worker")

    for deed in (
        lambda who, key: intake.read_file(key, who),
        lambda who, key: intake.read_again(key, who),
        lambda who, key: intake.reject(key, "no", who),
        lambda who, key: intake.choose_customer(key, 1, who),
    ):
        with pytest.raises(ForbiddenError):
            deed(worker, incoming.id)
        with pytest.raises(NotFoundError):
            deed(SALES, 10**6)


def test_an_old_copy_says_the_day_it_came():
    content = csv_of()
    with clock.frozen(clock.now() - timedelta(days=40)):
        read(content)
        came = clock.local(clock.now())

    assert f"received {came.day} {came:%b %Y}" in received(content).reason
