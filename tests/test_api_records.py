"""Customers, products, departments and incoming files over the API."""

import io

import openpyxl
import pytest

import models
from api import incoming
from sync import intake
from tests.programs import errors_of
from tests.shop import a_customer, a_department, a_product, a_shop
from workflow.actors import system


def a_workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


# ---------------------------------------------------------------- customers


def test_a_customer_is_entered_with_all_that_belongs_to_it(program_as):
    models.CustomField.create(level="customer", name="region", label="Region", kind="text")
    body = {
        "code": "RIVER",
        "name": "Riverside AC",
        "email": "orders@riverside.example",
        "credit_limit": "5000",
        "exemption_expiry": "2027-01-31",
        "instructions": "Ring twice.\nAsk for Dana.",
        "defaults": {"payment_terms": "Net 15", "carrier": "UPS", "over_under_value": "5"},
        "contacts": [{"name": "Dana Fox", "kind": "art", "email": "dana@riverside.example"}],
        "addresses": [{"company": "Riverside AC", "city": "Portland", "is_default": True}],
        "region": "West",
    }

    answer = program_as().post("/customers", body)

    made = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/customers/{made['id']}"
    plain = body.keys() - {"contacts", "addresses"}
    assert {name: made[name] for name in plain} == {name: body[name] for name in plain}
    assert made["contacts"][0] | body["contacts"][0] == made["contacts"][0]
    assert made["addresses"][0]["city"] == "Portland"


def test_the_defaults_of_a_customer_go_into_their_orders(program_as):
    program = program_as()
    program.post("/customers", {"code": "A", "name": "Anna", "defaults": {"priority": "rush"}})

    made = program.post("/orders", {"customer": "A", "lines": [{"quantity": 1}]}).json

    assert made["priority"] == "rush"
    assert made["sources"]["priority"] == "default of Anna"


def test_a_code_that_is_taken_is_refused(program_as):
    a_customer(code="A")

    answer = program_as().post("/customers", {"code": "A", "name": "Anna"})

    assert answer.status_code == 409
    assert "already" in answer.json["detail"]
    assert models.Customer.select().count() == 1


def test_a_customer_changes_with_its_version_only(program_as):
    customer = a_customer("Riverside AC", code="RIVER")
    models.Contact.create(customer=customer, name="Old")
    program, path = program_as(), f"/customers/{customer.id}"

    changed = program.patch(path, {"version": 1, "contacts": [{"name": "New"}], "phone": "555"})
    stale = program.patch(path, {"version": 1, "phone": "666"})
    by_header = program.patch(path, {"phone": "777"}, headers={"If-Match": '"1"'})
    unnamed = program.patch(path, {"phone": "777"})

    assert [contact["name"] for contact in changed.json["contacts"]] == ["New"]
    assert changed.headers["ETag"] == '"2"'
    assert (stale.status_code, by_header.status_code, unnamed.status_code) == (409, 412, 428)
    assert program.get(path).json["phone"] == "555"


def test_what_a_customer_may_owe_is_not_touched_by_who_sees_no_money(program_as):
    models.Role.create(name="Clerk", rights=["see_orders", "customers"])
    customer = a_customer(credit_limit=500, defaults={"deposit_percent": "30", "priority": "rush"})
    clerk, path = program_as("Clerk"), f"/customers/{customer.id}"

    refused = clerk.patch(path, {"version": 1, "credit_limit": "9"})
    hidden = clerk.patch(path, {"version": 1, "defaults": {"deposit_percent": "0"}})
    changed = clerk.patch(path, {"version": 1, "defaults": {"priority": "hot"}})

    assert refused.status_code == hidden.status_code == 403
    assert changed.json["defaults"] == {"priority": "hot"}
    kept = models.Customer.get().defaults
    assert kept == {"priority": "hot", "deposit_percent": "30"}


def test_customers_are_found_by_code_and_name(program_as):
    a_customer("Riverside AC", code="RIVER", active=False)
    a_customer("Harbour School", code="HARB")
    program = program_as()

    def found(query):
        return [row["code"] for row in program.get(f"/customers?{query}").json["items"]]

    assert found("") == ["HARB", "RIVER"]
    assert found("code=RIVER") == ["RIVER"]
    assert found("q=school") == ["HARB"]
    assert found("q=%25") == []
    assert found("active=true") == ["HARB"]


# ---------------------------------------------------------------- products


def test_a_product_is_entered_and_gets_more_sizes(program_as):
    models.Vendor.create(code="BLANKS", name="Blanks & Co")
    program = program_as()
    body = {"sku": "TEE", "name": "Tee", "price": "4.50", "vendor": "BLANKS", "tags": ["apparel"]}
    body["variants"] = [{"sku": "TEE-M", "size": "M", "gtin": "12345678", "cost": "2.1"}]

    made = program.post("/products", body)
    path = f"/products/{made.json['id']}"
    variants = [{"sku": "TEE-M", "active": False}, {"sku": "TEE-L", "size": "L", "price": "5"}]
    changed = program.patch(path, {"version": 1, "name": "Heavy tee", "variants": variants})

    assert made.status_code == 201
    assert (made.json["price"], made.json["vendor"]) == ("4.5", "BLANKS")
    assert changed.json["name"] == "Heavy tee"
    told = [(v["sku"], v["size"], v["active"], v["cost"]) for v in changed.json["variants"]]
    assert told == [("TEE-M", "M", False, "2.1"), ("TEE-L", "L", True, None)]
    assert program.patch(path, {"version": 1}).status_code == 409


def test_numbers_that_are_taken_and_vendors_that_are_not_there_are_refused(program_as):
    a_product("TEE", sizes=("M",))
    program = program_as()
    mug = {"sku": "MUG", "name": "Mug"}

    taken = program.post("/products", {"sku": "TEE", "name": "Tee"})
    variant = program.post("/products", mug | {"variants": [{"sku": "TEE-M"}]})
    vendor = program.post("/products", mug | {"vendor": "NOBODY"})

    assert (taken.status_code, variant.status_code) == (409, 409)
    assert set(errors_of(vendor)) == {"/vendor"}
    assert models.Product.select().count() == 1


def test_a_new_product_can_be_ordered_at_once(program_as):
    program = program_as()
    program.post("/products", {"sku": "MUG", "name": "Mug", "price": "3"})

    made = program.post("/orders", {"lines": [{"sku": "mug", "quantity": 4}]}).json

    assert made["lines"][0]["description"] == "Mug"
    assert made["lines"][0]["line_total"] == "12"


# ---------------------------------------------------------------- departments


def test_a_new_department_is_listed_at_once(program_as):
    program = program_as("Read-only")
    a_department("Etching", position=31)

    listed = program.get("/departments").json["items"]

    assert "etching" in [department["slug"] for department in listed]
    assert listed == sorted(listed, key=lambda department: department["position"])


# ---------------------------------------------------------------- incoming files


ORDER_FILE = a_workbook(
    ["PO number", "PO-55"], [], ["Item", "Description", "Qty", "Price"], ["TEE", "Tee", 12, 4.5]
)


def test_a_small_file_becomes_an_order_at_once(program_as):
    a_product("TEE")
    program = program_as()

    answer = program.post("/incoming", data={"file": (io.BytesIO(ORDER_FILE), "order.xlsx")})

    found = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/incoming/{found['id']}"
    assert (found["state"], found["name"], found["channel"]) == ("accepted", "order.xlsx", "api")
    order = program.get(f"/orders/{found['orders'][0]}").json
    assert (order["po_number"], order["incoming"]) == ("PO-55", found["id"])


def test_the_same_file_twice_is_one_order_and_says_which(program_as):
    program = program_as()
    raw = {"data": ORDER_FILE, "headers": {"Content-Type": "application/octet-stream"}}

    first = program.post("/incoming?filename=a.xlsx", **raw).json
    second = program.post("/incoming?filename=b.xlsx", **raw)

    assert second.status_code == 200
    assert second.json["state"] == "duplicate"
    assert second.json["duplicate_of"] == first["id"]
    assert first["orders"][0] in second.json["reason"]
    assert models.Order.select().count() == 1


def test_a_large_file_is_read_by_the_worker(program_as, monkeypatch):
    monkeypatch.setattr(incoming, "READ_AT_ONCE_BYTES", 100)
    program = program_as()

    answer = program.post("/incoming", data={"file": (io.BytesIO(ORDER_FILE), "order.xlsx")})

    assert answer.status_code == 202
    assert answer.json["state"] == "received"
    intake.read_file(answer.json["id"], system("worker"))
    read = program.get(f"/incoming/{answer.json['id']}").json
    assert read["state"] == "accepted"
    assert len(read["orders"]) == 1


def test_what_nobody_can_read_is_kept_with_its_reason_and_looked_after(program_as):
    a_shop()
    a_customer("Riverside AC", code="RIVER")
    program = program_as()
    headers = {"Content-Type": "text/csv"}

    sent = program.post("/incoming?filename=list.csv", data=b"nothing here", headers=headers)
    path = f"/incoming/{sent.json['id']}"
    chosen = program.post(f"{path}/choose-customer", {"customer": "river"})
    again = program.post(f"{path}/read-again")
    nobody = program.post(f"{path}/choose-customer", {"customer": "Nobody"})
    rejected = program.post(f"{path}/reject", {"reason": "a price list"})

    assert sent.status_code == 201
    assert sent.json["state"] == "needs_person"
    assert sent.json["reason"]
    assert chosen.json["customer"] == "RIVER"
    assert again.json["state"] == "needs_person"
    assert set(errors_of(nobody)) == {"/customer"}
    assert rejected.json["state"] == "rejected"
    listed = program.get("/incoming?state=rejected").json["items"]
    assert [row["id"] for row in listed] == [sent.json["id"]]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({"data": b"", "headers": {"Content-Type": "text/csv"}}, 422),
        ({"data": {"other": (io.BytesIO(b"x"), "x.csv")}}, 400),
        ({"data": b"{}", "headers": {"Content-Type": "application/json"}}, 415),
        ({"data": {"file": "no file"}}, 415),
    ],
)
def test_what_is_no_file_is_refused(words, status, program_as):
    answer = program_as().post("/incoming", **words)

    assert answer.status_code == status
    assert models.IncomingFile.select().count() == 0
