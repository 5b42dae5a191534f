"""The page of an order: one sentence on top, buttons that say why they are off, everything below."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

import clock
import models
from sync.drafts import Problem
from tests.shop import (
    ADDRESS,
    BOSS,
    a_customer,
    a_delivery,
    a_draft,
    a_line,
    a_product,
    a_released_order,
    a_shop,
    an_order,
    finish,
    finish_until,
    job_of,
    reload,
    tasks_of,
)
from tests.web import queries, text_of
from workflow import engine

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(autouse=True)
def in_a_shop(db):
    a_shop()


def words_of(answer):
    """The page without its marks."""
    text = re.sub(r"<[^>]+>", " ", text_of(answer))
    return re.sub(r"\s+", " ", text).replace("&#39;", "'")


def page_of(client, order, **more):
    answer = client.get(f"/orders/{order.number}", query_string=more)
    assert answer.status_code == 200, text_of(answer)
    return answer


def post(client, order, path, **form):
    return client.post(f"/orders/{order.number}/{path}", data=form)


def two_jobs():
    """An order that goes to two places on two days: jobs -1 and -2."""
    soon, later = (clock.today() + timedelta(days=days) for days in (10, 30))
    line = replace(
        a_line(100), schedule=(a_delivery(60, soon), a_delivery(40, later, destination=1))
    )
    return a_released_order(
        line, destinations=(ADDRESS, {**ADDRESS, "ship_to_city": "Seattle"}), in_hands_firm=True
    )


# ---------------------------------------------------------------- what is on it


def test_the_first_sentence_says_where_it_is_and_what_it_waits_for(client_as):
    sales, order = client_as("Sales"), a_released_order()

    assert "In sourcing, waits for Artwork." in words_of(page_of(sales, order))

    finish(tasks_of(order)["artwork"])
    assert "In production, waits for Screen print." in words_of(page_of(sales, order))


def test_release_is_off_with_every_reason_and_on_when_none_is_left(client_as):
    sales, order = client_as("Sales"), an_order(a_line(unit_price=None), customer_notes="Same red.")

    page = page_of(sales, order)

    assert re.search(
        r'<button type="button" class="btn primary" disabled[^>]*>.*?Release<', text_of(page)
    )
    assert "line 1: no price" in words_of(page)
    assert "the customer's instructions have not been marked as read" in words_of(page)
    models.OrderLine.update(unit_price=Decimal(3)).execute()
    assert post(sales, order, "notes-read").status_code == 302
    assert "Nothing stands in the way: release it." in words_of(page_of(sales, order))
    assert post(sales, order, "release").status_code == 302
    assert reload(order).released_at is not None


def test_reasons_for_thousands_of_lines_are_told_in_few(client_as):
    order = an_order(*[a_line(unit_price=None) for _ in range(60)])

    page = words_of(page_of(client_as("Sales"), order))

    assert "line 8: no price" in page
    assert "line 9: no price" not in page
    assert "and 52 more" in page


def test_only_filled_fields_are_shown_each_with_where_it_came_from(client_as):
    customer = a_customer(payment_terms="Net 15")
    draft = replace(
        a_draft(po_number="PO-7", quote_ref="Q-12"),
        evidence={"po_number": "sheet Order, cell B3"},
        customer_id=customer.id,
    )
    order = engine.create_order(draft, BOSS, engine.Matches(customer))

    page = text_of(page_of(client_as("Sales"), order))

    assert re.search(r'PO-7 <span class="from">sheet Order, cell B3</span>', page)
    assert re.search(r'Net 15 <span class="from">from customer</span>', page)
    assert "Q-12" in page
    assert "Blanket order or contract" not in page


def test_lines_show_sizes_deliveries_decoration_and_progress(client_as):
    day = clock.today() + timedelta(days=9)
    line = replace(a_line(sizes={"S": 12, "M": 24}), schedule=(a_delivery(36, day, firm=True),))
    order = a_released_order(line)
    finish(tasks_of(order)["artwork"])
    finish(tasks_of(order)["screen-print"])

    page = words_of(page_of(client_as("Sales"), order))

    assert "S 12, M 24" in page
    assert "36 · " in page
    assert "· firm" in page
    assert "Front · screen print · PMS 186, White" in page
    assert "36 made · 0 packed · 0 handed over" in page


def test_problems_of_the_draft_are_settled_one_by_one(client_as):
    problem = Problem("sheet Order, cell D14", "quantity", "expected a number", "a dozen")
    sales, order = client_as("Sales"), an_order(problems=[problem])
    kept = order.problems.get()

    page = words_of(page_of(sales, order))
    answer = post(sales, order, f"problems/{kept.id}/settle")

    assert "sheet Order, cell D14" in page
    assert "found: “a dozen”" in page
    assert answer.status_code == 302
    assert reload(kept).settled_by == sales.person.name
    assert "To settle" not in words_of(page_of(sales, order))
    assert "settled: sheet Order, cell D14" in words_of(page_of(sales, order))


def test_jobs_show_who_did_what_when_and_what_was_handed_over(client_as):
    order = a_released_order()
    shipping = finish_until(order, "shipping")
    items = tuple((row.item_id, Decimal(48)) for row in shipping.quantities)
    handed = engine.Handover(items, carrier="UPS", tracking_number="1Z999",
                             tracking_url="javascript:alert(1)")  # fmt: skip
    engine.record_shipment(shipping.id, handed, BOSS)

    answer = page_of(client_as("Sales"), order)

    page = words_of(answer)
    assert re.search(r"Screen print Front .*? Finished .*?, Olga Owner 48 of 48", page)
    assert "UPS 1Z999" in page
    assert "javascript:" not in text_of(answer)


def test_the_history_comes_page_by_page(client_as):
    sales, order = client_as("Sales"), an_order()
    for n in range(40):
        models.OrderEvent.create(order=order, actor="x", kind="note", text=f"event number {n}.")

    newest = text_of(page_of(sales, order))
    older = re.search(r'href="([^"]*before=\d+)[^"]*"', newest)[1]
    page = text_of(sales.get(older.replace("&amp;", "&")))

    assert "event number 39." in newest
    assert "event number 3." not in newest
    assert "event number 3." in page
    assert "event number 39." not in page


def test_what_customers_write_never_runs_on_the_page(client_as):
    evil = "<script>alert(1)</script>"
    order = an_order(
        a_line(description=evil, special_instructions=evil),
        customer=a_customer(evil),
        po_number=evil,
        internal_notes=evil,
        booth=evil,
        problems=[Problem(evil, "sku", evil, evil)],
    )

    page = text_of(page_of(client_as("Sales"), order))

    assert evil not in page
    assert "&lt;script&gt;" in page


# ---------------------------------------------------------------- how much it asks


def test_the_page_asks_few_questions_however_large_the_order_is(client_as):
    owner = client_as("Owner")
    large = [a_line(n, sizes={"S": n, "M": 1}) for n in range(1, 131)]
    orders = [
        an_order(),
        an_order(*large),
        a_released_order(),
        a_released_order(*large),
        two_jobs(),
    ]
    engine.add_artwork(orders[3].id, "Logo", BOSS, proof_required=True)
    engine.hold(orders[3].id, engine.HoldWords("other", "Ann"), BOSS)

    for order in orders:
        with queries(most=26):
            page_of(owner, order)


def test_lines_come_fifty_at_a_time(client_as):
    sales, order = (
        client_as("Sales"),
        a_released_order(*[a_line(description=f"thing {n}.") for n in range(120)]),
    )

    first, last = page_of(sales, order), page_of(sales, order, lines=3)
    beyond = page_of(sales, order, lines=99)

    assert "thing 49." in text_of(first)
    assert "thing 50." not in text_of(first)
    assert "101–120 of 120" in words_of(last)
    assert "thing 119." in text_of(last)
    assert text_of(beyond).count("thing 119.") == text_of(last).count("thing 119.")


# ---------------------------------------------------------------- what people do there


def test_a_hold_needs_an_owner_and_is_taken_off_on_the_page(client_as):
    sales, order = client_as("Sales"), a_released_order()

    refused = post(sales, order, "hold", reason_code="credit", owner=" ")
    post(sales, order, "hold", reason_code="credit", owner="Ann", next_action="call them")
    page = words_of(page_of(sales, order))
    post(sales, order, f"holds/{models.Hold.get().id}/end")

    assert refused.status_code == 422
    assert "say who must act" in text_of(refused)
    assert "Ann must act: call them." in page
    assert "In sourcing" in words_of(page_of(sales, order))


def test_one_job_of_several_is_held_and_cancelled(client_as):
    manager, order = client_as("Manager"), two_jobs()
    first, second = order.jobs.order_by(models.Job.position)

    post(manager, order, "hold", job=first.id, reason_code="other", owner="Ann")
    refused = post(manager, order, "cancel", job=second.id, reason=" ")
    done = post(manager, order, "cancel", job=second.id, reason="not needed")

    page = words_of(page_of(manager, order))
    assert f"{first.number} on hold" in page
    assert (refused.status_code, done.status_code) == (422, 302)
    assert "say why it is cancelled" in text_of(refused)
    assert reload(second).cancel_reason == "not needed"
    assert reload(order).cancelled_at is None


def test_a_line_and_then_the_order_are_cancelled_with_a_reason(client_as):
    manager, order = client_as("Manager"), a_released_order(a_line(), a_line(description="Cap"))
    line = order.lines.where(models.OrderLine.number == 2).get()

    post(manager, order, "cancel", line=line.id, reason="sold out")
    assert "cancelled: sold out" in words_of(page_of(manager, order))

    post(manager, order, "cancel", reason="called off")
    page = page_of(manager, order)
    assert "called off" in words_of(page)
    assert reload(order).cancelled_at is not None
    assert "Edit is off: it was cancelled: called off" in words_of(page)


def test_what_was_handed_over_is_not_cancelled_and_the_button_says_so(client_as):
    manager, order = client_as("Manager"), two_jobs()
    first = order.jobs.order_by(models.Job.position).first()
    for task in models.Task.select().where(models.Task.job == first).order_by(models.Task.position):
        finish(reload(task))

    page = words_of(page_of(manager, order))
    answer = post(manager, order, "cancel", reason="too late")

    assert f"Cancel is off: 60 pieces of {first.number} were handed over already" in page
    assert answer.status_code == 302
    assert reload(order).cancelled_at is None


def test_a_jobs_date_is_changed_and_a_wrong_one_is_told(client_as):
    sales, order = client_as("Sales"), a_released_order()
    job, day = job_of(order), clock.today() + timedelta(days=40)

    wrong = post(sales, order, f"jobs/{job.id}/date", due="31/02")
    post(sales, order, f"jobs/{job.id}/date", due=day.isoformat(), firm="1")

    assert wrong.status_code == 422
    assert "found &#39;31/02&#39;" in text_of(wrong)
    assert (reload(job).due_date, reload(job).firm) == (day, True)


def test_a_finished_department_is_reopened_by_who_may(client_as):
    order = a_released_order()
    art = finish(tasks_of(order)["artwork"])
    sales, manager = client_as("Sales"), client_as("Manager")

    assert "Reopen" not in words_of(page_of(sales, order))
    assert "Reopen" in words_of(page_of(manager, order))
    assert post(sales, order, f"tasks/{art.id}/reopen").status_code == 302
    assert reload(art).closed_at is not None
    post(manager, order, f"tasks/{art.id}/reopen")
    assert reload(art).closed_at is None


def test_credit_is_released_by_who_has_the_right_and_others_see_why_not(client_as):
    customer = a_customer(credit_blocked=True)
    order = an_order(customer=customer)
    sales, owner = client_as("Sales"), client_as("Owner")

    page = words_of(page_of(sales, order))
    refused = post(sales, order, "release-credit")
    post(owner, order, "release-credit")

    assert "Release credit is off: Sales" in page
    assert "may not release orders that credit stopped" in page
    assert refused.status_code == 302
    assert reload(order).credit_released_by == owner.person.name
    assert "release it." in words_of(page_of(sales, order))


def test_rows_of_another_order_are_not_there(client_as):
    manager, mine, theirs = client_as("Manager"), an_order(), two_jobs()
    problem = Problem("x", "sku", "y")
    other = an_order(problems=[problem])
    art = engine.add_artwork(theirs.id, "Logo", BOSS)

    for path, form in (
        (f"jobs/{job_of(theirs).id}/date", {"due": ""}),
        (f"problems/{other.problems.get().id}/settle", {}),
        (f"artwork/{art.id}/waive", {}),
        ("hold", {"job": job_of(theirs).id, "reason_code": "other", "owner": "A"}),
        ("cancel", {"line": theirs.lines.get().id, "reason": "x"}),
        ("holds/999999999999/end", {}),
    ):
        answer = post(manager, mine, path, **form)
        assert answer.status_code == 302, path  # told, and sent back
    assert not models.Hold.select().exists()
    assert reload(art).state == "awaiting"
    assert theirs.lines.get().cancelled_at is None


# ---------------------------------------------------------------- artwork and papers


def test_artwork_is_uploaded_sent_changed_and_approved(client_as):
    sales, order = client_as("Sales"), a_released_order()
    file = {
        "name": "Front logo",
        "proof_required": "1",
        "file": (io.BytesIO(PNG), "..\\evil/front.png"),
    }

    sales.post(f"/orders/{order.number}/artwork", data=file, content_type="multipart/form-data")
    art = models.Artwork.get(models.Artwork.name == "Front logo")
    version = art.versions.get()
    post(sales, order, f"artwork/{art.id}/sent", words="dana@riverside.example")
    post(sales, order, f"artwork/{art.id}/change", words="a bit larger")
    asked = words_of(page_of(sales, order))
    again = {"file": (io.BytesIO(PNG + b"1"), "front2.png")}
    sales.post(f"/orders/{order.number}/artwork/{art.id}/version", data=again,
               content_type="multipart/form-data")  # fmt: skip
    post(sales, order, f"artwork/{art.id}/approve", words="Dana Fox")

    assert (version.name, version.file.content_type) == ("front.png", "image/png")
    assert "a bit larger" in asked
    assert (reload(art).state, reload(art).decided_by) == ("approved", "Dana Fox")
    page = words_of(page_of(sales, order))
    assert "Version 2: front2.png" in page
    assert "Approved by Dana Fox" in page


def test_a_file_that_is_no_picture_is_only_ever_downloaded(client_as):
    sales, order = client_as("Sales"), an_order()
    page = b"<html><script>alert(1)</script>"
    sales.post(f"/orders/{order.number}/artwork", content_type="multipart/form-data",
               data={"name": "x", "file": (io.BytesIO(page), "x.png", "image/png")})  # fmt: skip

    answer = sales.get(f"/artwork/{models.ArtworkVersion.get().id}")

    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_empty_upload_is_told_in_words(client_as):
    sales, order = client_as("Sales"), an_order()
    art = engine.add_artwork(order.id, "Logo", BOSS)

    answer = post(sales, order, f"artwork/{art.id}/version")

    page = sales.get(answer.headers["Location"])
    assert answer.status_code == 302
    assert "No file came along." in words_of(page)


def test_the_document_an_order_was_read_from_is_a_download_for_who_may(client_as):
    with models.transaction():
        kept = engine.store_file(b"<script>alert(1)</script>", "text/html")
    incoming = models.IncomingFile.create(channel="upload", name="order.html", file=kept)
    order = an_order()
    models.Order.update(incoming=incoming).execute()

    answer = client_as("Sales").get(f"/orders/{order.number}/document")

    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="order.html"'
    assert client_as("Read-only").get(f"/orders/{order.number}/document").status_code == 403


# ---------------------------------------------------------------- money and rights


def test_who_sees_no_money_sees_none_anywhere_on_the_page(client_as):
    reader = client_as("Read-only")
    line = replace(
        a_line(48, unit_price=Decimal("6.54321"), list_price=Decimal("9.87")),
        schedule=(a_delivery(5, clock.today(), unit_price=Decimal("7.77")),),
    )
    customer = a_customer(credit_limit=Decimal("11.22"))
    order = an_order(line, customer=customer, freight_charge=Decimal("12.34"), deposit_percent=33,
                     problems=[Problem("cell E5", "unit_price", "our list says 5.55", "5.56")])  # fmt: skip
    change = engine.OrderChange(values={"freight_charge": Decimal("98.76"), "po_number": "SEEN"})
    engine.change_order(order.id, change, BOSS)
    engine.settle_problem(order.problems.get().id, BOSS)
    engine.release_credit(order.id, BOSS)

    page, money = page_of(reader, order), page_of(client_as("Sales"), order)

    for secret in ("6.54", "9.87", "7.77", "11.22", "12.34", "98.76", "33 %", "5.55", "5.56"):
        assert secret not in text_of(page), secret
    assert "SEEN" in text_of(page)
    assert "98.76" in text_of(money)


def test_a_department_worker_sees_the_orders_of_their_departments(client_as):
    worker = client_as("Department worker", departments=["embroidery"])
    mine, theirs = a_released_order(a_line(method="embroidery")), a_released_order()

    assert worker.get(f"/orders/{mine.number}").status_code == 200
    for path in ("", "/hold", "/document"):
        assert worker.get(f"/orders/{theirs.number}{path}").status_code in (403, 404), path
    assert worker.get(f"/orders/{an_order().number}").status_code == 404


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("release", {}),
        ("release-credit", {}),
        ("notes-read", {}),
        ("hold", {"reason_code": "other", "owner": "me"}),
        ("cancel", {"reason": "x"}),
        ("artwork", {"name": "Logo"}),
    ],
)
def test_who_only_reads_changes_nothing(client_as, path, form):
    reader, order = (
        client_as("Read-only"),
        an_order(),
    )
    version = reload(order).version

    answer = post(reader, order, path, **form)

    assert answer.status_code in (302, 403)
    assert reload(order).version == version
    assert not models.Artwork.select().exists()


def test_every_post_needs_its_token(client_as):
    sales, order = client_as("Sales"), an_order()
    sales.csrf_token = ""

    answer = post(sales, order, "release")

    assert answer.status_code == 400
    assert reload(order).released_at is None


def test_an_order_that_is_not_there_is_not_there(client_as):
    assert client_as("Sales").get("/orders/77").status_code == 404


def test_a_product_is_needed_for_nothing_on_the_page(client_as):
    order = an_order(a_line(product=a_product("TEE-1")))

    assert "TEE-1" in words_of(page_of(client_as("Read-only"), order))
