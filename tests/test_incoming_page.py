"""The Incoming screens: what came in, what to do next, and where files are dropped."""

import io

import pytest
from openpyxl import load_workbook

import models
from sync import intake
from tests.papers import csv_of, xlsx_of
from tests.shop import BOSS, a_customer, a_product, a_shop
from tests.web import queries, text_of
from workflow import engine


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    a_customer("Riverside AC", code="RAC")
    a_product("TEE-1", price="6.50", color="")
    a_product("POLO", price="6.50", color="", sizes=["S", "L"])
    a_product("CAP-1", price="9.00", name="Cap", color="")


def received(content=None, name="order.csv", **words):
    return intake.receive(
        "upload", name, csv_of() if content is None else content, actor=BOSS, **words
    )


def read(content=None, name="order.csv", **words):
    return intake.read_file(received(content, name, **words).id, BOSS)


def order_of(incoming):
    return models.Order.get(models.Order.incoming == incoming)


def upload(client, *files, fetch=False):
    parts = [(io.BytesIO(content), name) for name, content in files]
    headers = {"X-Requested-With": "fetch"} if fetch else {}
    return client.post("/incoming/upload", data={"files": parts}, headers=headers)


# ---------------------------------------------------------------- the list


def test_the_list_says_of_every_file_what_to_do_next(client_as):
    good = read()
    bad = read(csv_of(("POLO", "Polo", "a few", "6.50"), po="2"), "bad.csv")
    read(b"%PDF-1.7", "photo.pdf")
    received(csv_of(po="3"), "waits.csv")
    intake.reject(received(b"spam", "spam.txt").id, "advertising", BOSS)
    received(name="again.csv")

    page = text_of(client_as("Sales").get("/incoming/"))

    assert (
        f'Settle 2 problems of order <a class="job-link" href="/orders/{order_of(bad).number}"'
        in page
    )
    assert f'href="/orders/{order_of(good).number}"' in page
    assert "is a PDF, not a table" in page
    assert "It is being read" in page
    assert "Rejected: advertising" in page
    assert "The same file as order" in page


@pytest.mark.parametrize(
    ("state", "name"),
    [("needs_person", "photo.pdf"), ("accepted", "order.csv"), ("duplicate", "again.csv")],
)
def test_a_tab_shows_the_files_of_one_state(client_as, state, name):
    read()
    read(b"%PDF-1.7", "photo.pdf")
    received(name="again.csv")

    page = text_of(client_as("Sales").get(f"/incoming/?state={state}"))

    found = [n for n in ("photo.pdf", "order.csv", "again.csv") if f">{n}</a>" in page]
    assert found == [name]


def test_a_state_nobody_knows_shows_everything(client_as):
    read(b"%PDF-1.7", "photo.pdf")

    assert "photo.pdf" in text_of(client_as().get("/incoming/?state='--"))


def test_the_list_asks_as_much_for_forty_files_as_for_one(client_as):
    client = client_as("Sales")
    read()
    client.get("/incoming/")
    with queries() as few:
        client.get("/incoming/")
    for number in range(40):
        read(csv_of(po=f"PO {number}"), f"{number}.csv")

    with queries(len(few)):
        page = text_of(client.get("/incoming/"))

    assert len(few) <= 8
    assert page.count("job-link") == 41


def test_an_empty_list_offers_our_order_form(client_as):
    page = text_of(client_as("Sales").get("/incoming/"))

    assert "Nothing has come in yet." in page
    assert 'href="/incoming/order-form.xlsx"' in page


@pytest.mark.parametrize("role", ["Department worker", "Accountant", "Read-only"])
@pytest.mark.parametrize("path", ["", "1", "1/sheet", "1/file", "order-form.xlsx", "customers"])
def test_who_may_not_handle_files_sees_none(client_as, role, path):
    read()

    assert client_as(role).get(f"/incoming/{path}").status_code == 403


@pytest.mark.parametrize("path", ["upload", "1/read-again", "1/reject", "1/customer"])
def test_who_may_not_handle_files_presses_no_button(client_as, path):
    read(b"nothing")

    assert client_as("Accountant").post(f"/incoming/{path}", data={}).status_code == 403


# ---------------------------------------------------------------- upload


def test_an_uploaded_file_is_read_at_once_and_its_page_opens(client_as):
    client = client_as("Sales")

    answer = upload(client, ("order.xlsx", xlsx_of()))
    page = text_of(client.get(answer.location))

    order = models.Order.get()
    assert f"order.xlsx: Became {order.number}." in page
    assert order.created_by.startswith("Sales")


def test_several_files_at_once_are_each_told(client_as):
    client = client_as("Sales")

    answer = upload(client, ("a.csv", csv_of(po="1")), ("b.pdf", b"%PDF-1.7"))
    page = text_of(client.get(answer.location))

    assert "a.csv: Became" in page
    assert "b.pdf: The file is a PDF" in page


def test_a_script_gets_one_line_for_each_file(client_as):
    line = text_of(upload(client_as("Sales"), ("a.csv", csv_of()), fetch=True))

    assert 'data-state="accepted"' in line
    assert "Check and release order" in line
    assert "<html" not in line


def test_an_empty_file_and_no_file_are_refused_in_a_sentence(client_as):
    client = client_as("Sales")

    empty = upload(client, ("a.csv", b""), fetch=True)
    none = client.post("/incoming/upload", data={}, headers={"X-Requested-With": "fetch"})

    assert (empty.status_code, none.status_code) == (422, 422)
    assert "&#39;a.csv&#39; is empty; choose the file again" in text_of(empty)
    assert "choose at least one file" in text_of(none)


def test_a_large_file_is_kept_and_read_by_the_worker(client_as):
    lines = [
        ("TEE-1", f"Heavy cotton tee with a long description {n}", 5, "6.50") for n in range(20_000)
    ]

    line = text_of(upload(client_as("Sales"), ("big.csv", csv_of(*lines)), fetch=True))

    assert 'data-state="received"' in line
    assert models.OutboxRow.select().where(models.OutboxRow.kind == "read_file").count() == 1


# ---------------------------------------------------------------- one file


def test_a_files_page_shows_what_it_became_and_every_problem(client_as):
    incoming = read(csv_of(("POLO", "Polo", "a few", "6.50")), sender="dana@riverside.example")

    page = text_of(client_as("Sales").get(f"/incoming/{incoming.id}"))

    assert order_of(incoming).number in page
    assert "a few" in page
    assert "dana@riverside.example" in page
    assert "2 open problems" in page


def test_the_sheet_marks_the_cell_that_is_a_problem(client_as):
    content = xlsx_of(("TEE-1", "<script>alert(1)</script>", "a few", "6.50"))
    incoming = read(content, "order.xlsx")

    part = text_of(
        client_as("Sales").get(
            f"/incoming/{incoming.id}/sheet", headers={"X-Requested-With": "fetch"}
        )
    )

    assert 'id="cell-C6">a few<span class="wrong">' in part
    assert "<script>alert" not in part
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in part
    assert "<html" not in part
    assert "<html" in text_of(client_as("Sales").get(f"/incoming/{incoming.id}/sheet"))


def test_a_file_that_is_no_table_says_so_instead_of_showing_it(client_as):
    incoming = read(b"%PDF-1.7", "photo.pdf")

    part = text_of(client_as("Sales").get(f"/incoming/{incoming.id}/sheet"))

    assert "The file is a PDF, not a table" in part


def test_a_long_sheet_shows_its_beginning(client_as):
    lines = [("TEE-1", f"Tee {n}", 5, "6.50") for n in range(300)]
    incoming = received(csv_of(*lines))

    part = text_of(client_as("Sales").get(f"/incoming/{incoming.id}/sheet"))

    assert "Tee 190" in part
    assert "Tee 200" not in part
    assert "105 more rows" in part


def test_the_original_is_a_download_that_runs_nowhere(client_as):
    incoming = received(b"<script>alert(1)</script>", 'ev"il\r\nX: y.html')

    answer = client_as("Sales").get(f"/incoming/{incoming.id}/file")

    assert answer.data == b"<script>alert(1)</script>"
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="evilX_y.html"')
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/incoming/4711", "/incoming/99999999999999999999", "/incoming/x"]
)
def test_a_file_that_is_not_there_is_not_found(client_as, path):
    assert client_as("Sales").get(path).status_code == 404


# ---------------------------------------------------------------- the buttons


def press(client, incoming, button, **form):
    answer = client.post(f"/incoming/{incoming.id}/{button}", data=form)
    return text_of(client.get(answer.location))


def test_read_again_reads_again(client_as):
    incoming = read(b"nothing here", "order.txt")
    models.StoredFile.update(content=csv_of()).where(
        models.StoredFile.id == incoming.file_id
    ).execute()

    page = press(client_as("Sales"), incoming, "read-again")

    assert f"Became {order_of(incoming).number}." in page


def test_read_again_is_off_with_its_reason_once_there_is_an_order(client_as):
    incoming = read()
    client = client_as("Sales")

    page = text_of(client.get(f"/incoming/{incoming.id}"))

    reason = f"it became {order_of(incoming).number} already"
    assert reason in page
    assert 'disabled aria-describedby="not-again"' in page
    assert reason in press(client, incoming, "read-again")


@pytest.mark.parametrize("typed", ["RAC", "riverside ac", "Riversid"])
def test_the_customer_is_chosen_by_code_or_name(client_as, typed):
    incoming = read(csv_of(customer="Somebody"))

    press(client_as("Sales"), incoming, "customer", customer=typed)

    assert order_of(incoming).customer.code == "RAC"


def test_a_customer_nobody_knows_or_several_do_is_asked_again(client_as):
    a_customer("Riverside Rowing", code="RRO")
    incoming = read(csv_of(customer="Somebody"))
    client = client_as("Sales")

    nobody = press(client, incoming, "customer", customer="Zyx")
    several = press(client, incoming, "customer", customer="Riverside")

    assert "&#39;Zyx&#39; is no customer" in nobody
    assert "Riverside AC (RAC), Riverside Rowing (RRO)" in several
    assert order_of(incoming).customer is None


def test_customers_are_offered_while_typing(client_as):
    part = text_of(client_as("Sales").get("/incoming/customers?customer=river"))

    assert part.strip() == '<option value="RAC">Riverside AC</option>'


def test_rejecting_needs_a_reason(client_as):
    incoming = received(b"spam", "spam.txt")
    client = client_as("Sales")

    assert "say why it is rejected" in press(client, incoming, "reject", reason=" ")
    assert "Rejected: advertising" in press(client, incoming, "reject", reason="advertising")


def test_a_button_without_a_token_does_nothing(client_as):
    incoming = received()
    client = client_as("Sales")
    client.csrf_token = ""

    assert client.post(f"/incoming/{incoming.id}/reject", data={"reason": "x"}).status_code == 400
    assert models.IncomingFile.get().state == "received"


# ---------------------------------------------------------------- our order form


def test_our_order_form_holds_this_shops_products_and_comes_back_as_an_order(client_as):
    client = client_as("Sales")

    answer = client.get("/incoming/order-form.xlsx")
    book = load_workbook(io.BytesIO(answer.data))
    told = [
        str(cell.value) for page in book for row in page.iter_rows() for cell in row if cell.value
    ]

    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "TEE-1" in " ".join(told)
    assert "order form" in answer.headers["Content-Disposition"].replace("%20", " ").replace(
        "_", " "
    )


def test_an_order_that_is_cancelled_needs_nothing_more(client_as):
    incoming = read()
    engine.cancel_order(order_of(incoming).id, "wrong", BOSS)

    page = text_of(client_as("Sales").get("/incoming/"))

    assert "Nothing: cancelled is order" in page
