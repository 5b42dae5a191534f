"""The wizard and the list of mappings: what is shown, said, saved, refused."""

import io
import json

import pytest

import models
from sync import intake, mapping_versions
from sync.mapping_versions import Saving
from sync.tables.layout_json import from_json, to_json
from sync.tables.layouts import Units
from tests.odd_files import moved_rows, odd_definition, odd_file, odd_layout
from tests.papers import csv_of, workbook_of
from tests.shop import BOSS, a_customer, a_product, a_shop
from tests.web import form_of, queries, text_of
from workflow.fields import BUILT_IN_CATALOGUE

FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture(autouse=True)
def hill(db):
    a_shop()
    for sku in ("TEE-1", "CAP-1", "POLO"):
        a_product(sku)
    return a_customer("Hill Sports", code="HILL", email="orders@hill.example")


@pytest.fixture
def odd():
    return received()


def received(content=None, name="odd.xlsx", **words):
    kept = intake.receive("upload", name, content or odd_file(), actor=BOSS, **words)
    return intake.read_file(kept.id, BOSS)


def saved(hill, **words):
    wanted = {"customer_id": hill.id, "name": "Order sheet", "definition": odd_definition()} | words
    return mapping_versions.save(Saving(**wanted), BOSS)


def start(client, incoming):
    """The definition the wizard opens with."""
    page = text_of(client.get(f"/incoming/{incoming.id}/map"))
    return json.loads(page.partition("data-definition")[2].partition(">")[2].partition("<")[0]
                      .replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'"))  # fmt: skip


def say(client, incoming, definition, **change):
    form = {"definition": json.dumps(definition), "view": definition["sheet"]} | change
    return client.post(f"/incoming/{incoming.id}/map/read", data=form, headers=FETCH)


def after(client, incoming, definition, **change):
    """The definition after one change."""
    answer = say(client, incoming, definition, **change)
    assert answer.status_code == 200, text_of(answer)
    text = text_of(answer).partition("data-definition")[2].partition(">")[2].partition("<")[0]
    return json.loads(text.replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'"))


def uses(definition, column):
    found = next(c for c in definition["columns"] if c["column"] == column)
    return [(u["level"], u["field"]) for u in found["uses"]]


# ---------------------------------------------------------------- opening


def test_a_file_that_needs_a_person_leads_to_the_wizard(client_as, odd):
    page = text_of(client_as("Sales").get(f"/incoming/{odd.id}"))

    assert f'href="/incoming/{odd.id}/map"' in page


def test_the_list_leads_straight_to_the_wizard(client_as, odd):
    scan = received(b"%PDF-1.7 a scan", name="scan.pdf")

    page = text_of(client_as("Sales").get("/incoming/"))

    assert f'href="/incoming/{odd.id}/map"' in page
    assert f'href="/incoming/{scan.id}/map"' not in page


def test_a_file_that_is_no_table_has_no_wizard(client_as):
    pdf = received(b"%PDF-1.7", "photo.pdf")
    client = client_as("Sales")

    assert f"/incoming/{pdf.id}/map" not in text_of(client.get(f"/incoming/{pdf.id}"))
    assert client.get(f"/incoming/{pdf.id}/map").status_code == 422


def test_the_wizard_shows_the_sheet_and_says_what_is_still_to_be_said(client_as, odd):
    page = text_of(client_as("Sales").get(f"/incoming/{odd.id}/map"))

    assert "TEE-1 - Heavy tee" in page
    assert "say which column is the quantity" in page
    assert 'aria-label="Column B, Farbe: Colour"' in page


def test_the_wizard_opens_on_the_mapping_that_fits(client_as, hill):
    saved(hill)
    moved = received(odd_file(moved_rows()), sender="orders@hill.example")

    page = text_of(client_as("Sales").get(f"/incoming/{moved.id}/map"))

    assert "Save a new version" in page
    assert "moved from column C to D" in page
    assert 'aria-label="Column D, Kisten: Quantity"' in page


def test_the_wizard_asks_the_database_little(client_as, odd):
    client = client_as("Sales")
    client.get(f"/incoming/{odd.id}/map")

    with queries(16):
        client.get(f"/incoming/{odd.id}/map")


def test_what_a_file_holds_is_shown_as_text_and_never_run(client_as):
    evil = received(workbook_of({"<b>x": [["<script>alert(1)</script>", "Qty"], ["A", 1]]}))

    page = text_of(client_as("Sales").get(f"/incoming/{evil.id}/map"))

    assert "<script>alert" not in page
    assert "<b>x" not in page


# ---------------------------------------------------------------- saying what is what


def test_the_whole_layout_can_be_said_step_by_step(client_as, odd):
    client = client_as("Sales")
    made = start(client, odd)

    for change in (
        {"do": "split", "at": "A", "sign": " - "},
        {"do": "mean", "at": "C", "meaning": "line:quantity"},
        {"do": "mean", "at": "D", "meaning": "line:unit_price"},
        {"do": "mean", "at": "E", "meaning": "ignore"},
        {"do": "mean", "at": "F1", "meaning": "order:po_number"},
        {"do": "mean", "at": "F2", "meaning": "order:in_hands_date"},
        {"do": "steps", "at": "B", "which": "0", "step-0": "lookup", "first-0": "ask",
         "table-0": "blk = Black\nnvy = Navy"},
        {"do": "units", "each": "12", "price_is_per_unit": "1"},
        {"do": "numbers", "decimal": ",", "days": "dmy"},
        {"do": "constant", "meaning": "destination:carrier", "value": "UPS"},
        {"do": "leave_out", "word": "Zwischensumme"},
    ):  # fmt: skip
        made = after(client, odd, made, **change)
    page = text_of(say(client, odd, made))

    layout = from_json(made, BUILT_IN_CATALOGUE)
    assert uses(made, "A") == [("line", "sku"), ("line", "description")]
    assert layout.cells[1].label == "Wunschtermin"
    assert "<b>72</b> pieces" in page
    assert "PO H-77/26" in page
    assert ">clear</span>" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"do": "mean", "at": "A", "meaning": "line:nothing"}, "There is no line field"),
        ({"do": "mean", "at": "??", "meaning": "line:sku"}, "There is no column"),
        ({"do": "mean", "at": "A", "meaning": "date:date"}, "Say which day"),
        ({"do": "mean", "at": "B2", "meaning": "line:sku"}, "Expected one of order"),
        ({"do": "steps", "at": "A", "step-0": "before"}, "wants one thing more"),
        ({"do": "headings", "row": "9999"}, "whole number from 0"),
        ({"do": "first", "row": "1"}, "below the headings"),
        ({"do": "units", "each": "many"}, "no number above 0"),
        ({"do": "constant", "meaning": "line:uom", "value": "lorry"}, "Unit: expected one of"),
        ({"do": "split", "at": "A", "sign": ""}, "stands between"),
    ],
)
def test_what_makes_no_sense_is_answered_with_a_sentence(client_as, odd, change, said):
    client = client_as("Sales")

    answer = say(client, odd, start(client, odd), **change)

    assert answer.status_code == 422
    assert said in text_of(answer)


def test_a_field_stands_in_one_column(client_as, odd):
    client = client_as("Sales")
    made = after(client, odd, start(client, odd), do="mean", at="C", meaning="line:quantity")

    made = after(client, odd, made, do="mean", at="D", meaning="line:quantity")

    assert (uses(made, "C"), uses(made, "D")) == ([], [("line", "quantity")])


def test_rows_can_be_said_to_be_headings_first_and_last_line(client_as, odd):
    client = client_as("Sales")
    made = start(client, odd)

    made = after(client, odd, made, do="headings", row="4")
    made = after(client, odd, made, do="first", row="6")
    made = after(client, odd, made, do="last", row="7")

    assert made["headings"] == [4, 4]
    assert (
        made["lines"] == {"skip": 1, "most": 2, "stop": "", "left_out": [], "taken": []}
        or made["lines"]["stop"]
    )


def test_a_row_can_be_said_to_be_a_line_and_not_to_be_one(client_as):
    rows = [["Item", "Quantity"], ["Cap", 4], ["Total Comfort Tee"], ["Mug", 2], ["Total", 6]]
    file = received(workbook_of({"Order": rows}), name="totals.xlsx")
    client = client_as("Sales")
    made = start(client, file)
    asked = client.post(
        f"/incoming/{file.id}/map/ask",
        data={"definition": json.dumps(made), "at": "3"},
        headers=FETCH,
    )

    taken = after(client, file, made, do="take_in", word="Total Comfort Tee")
    page = text_of(say(client, file, taken))
    out = after(client, file, taken, do="leave_out", word="Total Comfort Tee")
    judged = after(client, file, out, do="judge_rows", word="Total Comfort Tee")

    assert "This row is a line" in text_of(asked)
    assert (taken["lines"]["taken"], taken["lines"]["left_out"]) == (["Total Comfort Tee"], [])
    assert "Line, as you said" in page
    assert (out["lines"]["taken"], out["lines"]["left_out"]) == ([], ["Total Comfort Tee"])
    assert (judged["lines"]["taken"], judged["lines"]["left_out"]) == ([], [])


def test_an_empty_row_is_no_line(client_as, odd):
    client = client_as("Sales")

    answer = say(client, odd, start(client, odd), do="take_in", word=" ")

    assert "The row is empty" in text_of(answer)


def test_a_definition_that_did_not_arrive_whole_is_refused(client_as, odd):
    answer = client_as("Sales").post(
        f"/incoming/{odd.id}/map/read", data={"definition": '{"format": 1'}, headers=FETCH
    )

    assert answer.status_code == 422
    assert "did not arrive whole" in text_of(answer)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("B", "Column B"),
        ("F1", "Cell F1"),
        ("5", "The headings stand in this row"),
        ("rule:units", "How many"),
        ("rule:lines", "The lines end above"),
        ("rule:numbers", "03/04/2026"),
        ("rule:constants", "Which field?"),
        ("rule:sheet", "Every sheet"),
        ("rule:headings", "Row of the headings"),
    ],
)
def test_every_place_has_its_question(client_as, odd, at, said):
    client = client_as("Sales")
    definition = json.dumps(start(client, odd))

    answer = client.post(
        f"/incoming/{odd.id}/map/ask", data={"definition": definition, "at": at}, headers=FETCH
    )

    assert answer.status_code == 200
    assert (said if at != "rule:units" else "so many pieces") in text_of(answer)


def test_a_large_file_is_shown_in_part_and_read_as_a_whole(client_as):
    lines = [("TEE-1", "Tee", n % 9 + 1, "4.50") for n in range(2_000)]
    large = intake.receive("upload", "large.csv", csv_of(*lines), actor=BOSS)
    client = client_as("Sales")
    definition = json.dumps(start(client, large))

    page = text_of(client.get(f"/incoming/{large.id}/map"))
    whole = client.post(
        f"/incoming/{large.id}/map/whole", data={"definition": definition}, headers=FETCH
    )

    assert page.count('role="gridcell"') < 800
    assert "1,890 rows more" in page
    assert "<b>2,000</b> lines" in text_of(whole)


def test_who_may_not_see_money_sees_no_price_in_the_order(client_as, hill):
    role = models.Role.create(name="Clerk", rights=["incoming", "see_orders"])
    odd = received()
    client = client_as("Sales")
    models.Person.update(role=role).where(models.Person.id == client.person.id).execute()

    answer = text_of(say(client, odd, to_json(odd_layout())))

    order = answer.partition('id="draft-title"')[2]
    assert "Heavy tee" in order
    assert "Unit price" not in order


# ---------------------------------------------------------------- saving


def save(client, incoming, **form):
    sent = {
        "definition": json.dumps(odd_definition()), "name": "Order sheet", "customer": "HILL",
    } | form  # fmt: skip
    return client.post(f"/incoming/{incoming.id}/map/save", data=sent, headers=FETCH)


def test_saving_reads_the_file_and_goes_to_its_order(client_as, hill, odd):
    answer = save(client_as("Sales"), odd, read="1", sample="1")

    order = models.Order.get(models.Order.incoming == odd)
    assert answer.status_code == 204
    assert answer.headers["X-Location"] == f"/orders/{order.number}"
    assert order.customer == hill
    assert models.MappingSample.select().count() == 1


def test_saving_only_leaves_the_file_as_it_is(client_as, odd):
    answer = save(client_as("Sales"), odd)

    assert answer.headers["X-Location"] == f"/incoming/{odd.id}"
    assert models.Order.select().count() == 0


def test_a_file_that_is_an_order_already_is_not_read_twice(client_as, hill):
    saved(hill)
    done = received(sender="orders@hill.example")

    answer = save(client_as("Sales"), done, name="Another", read="1")

    assert answer.status_code == 204
    assert models.Order.select().count() == 1


def test_differences_are_shown_and_can_be_agreed_to(client_as, hill, odd):
    version = saved(hill, sample=odd.id)
    client = client_as("Sales")
    changed = {
        "definition": json.dumps(odd_definition(units=Units())),
        "mapping": str(version.mapping_id),
        "seen": str(version.mapping.version),
    }

    refused = save(client, odd, **changed)
    agreed = save(client, odd, **changed, agreed="1")

    assert refused.status_code == 409
    assert "72 pieces before, 6 now" in text_of(refused)
    assert agreed.status_code == 204


def test_a_second_layout_of_a_customer_becomes_a_mapping_of_its_own(client_as, hill, odd):
    version = saved(hill, sample=odd.id)
    form = {"mapping": str(version.mapping_id), "seen": "1", "own": "1"}

    answer = save(client_as("Sales"), odd, name="Other sheet", **form)

    assert answer.status_code == 204
    assert models.PartnerMapping.select().count() == 2
    assert mapping_versions.get(version.mapping_id).current == 1


def test_cells_that_are_said_carry_their_tag_also_while_no_line_is_read(client_as, odd):
    layout = to_json(odd_layout()) | {"columns": []}

    page = text_of(say(client_as("Sales"), odd, layout))

    assert "PO number</span>" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"customer": "nobody"}, "is no customer"),
        ({"name": ""}, "give the mapping a name"),
        ({"definition": "{}"}, "format"),
    ],
)
def test_what_is_missing_to_save_is_said(client_as, odd, form, said):
    answer = save(client_as("Sales"), odd, **form)

    assert answer.status_code == 422
    assert said in text_of(answer)


def test_other_files_are_listed_and_tried(client_as, hill, odd):
    saved(hill)
    other = received(odd_file(moved_rows()), "other.xlsx", sender="orders@hill.example")
    client = client_as("Sales")

    listed = client.post(f"/incoming/{odd.id}/map/others", data={"customer": "HILL"}, headers=FETCH)
    tried = client.post(
        f"/incoming/{odd.id}/map/try/{other.id}",
        data={"definition": json.dumps(odd_definition())},
        headers=FETCH,
    )

    assert f"/incoming/{odd.id}/map/try/{other.id}" in text_of(listed)
    assert ">72<" in text_of(tried)


@pytest.mark.parametrize("role", ["Department worker", "Accountant", "Read-only"])
def test_who_may_not_handle_files_maps_none(client_as, odd, role):
    client = client_as(role)

    assert client.get(f"/incoming/{odd.id}/map").status_code == 403
    assert save(client, odd).status_code == 403
    assert client.get("/setup/mappings/").status_code == 403


# ---------------------------------------------------------------- the list


def test_the_list_shows_whose_mapping_it_is(client_as, hill):
    saved(hill)

    page = text_of(client_as("Sales").get("/setup/mappings/"))

    assert "Order sheet" in page
    assert "Hill Sports" in page


def test_a_mapping_s_page_says_what_it_says_with_its_versions_and_samples(client_as, hill, odd):
    version = saved(hill, sample=odd.id, note="the first one")

    page = text_of(client_as("Sales").get(f"/setup/mappings/{version.mapping_id}"))

    assert "the first one" in page
    assert "3 lines, 72 pieces" in page
    assert "Quantity" in page
    assert f"/incoming/{odd.id}/map?mapping={version.mapping_id}" in page


def test_going_back_shows_differences_first(client_as, hill, odd):
    first = saved(hill)
    second = saved(
        hill,
        definition=odd_definition(units=Units()),
        mapping_id=first.mapping_id,
        seen=first.mapping.version,
        sample=odd.id,
    )
    client = client_as("Sales")
    url = f"/setup/mappings/{second.mapping_id}/version/1"

    asked = client.post(url)
    client.post(url, data={"agreed": "1"})

    assert asked.status_code == 409
    assert "6 pieces before, 72 now" in text_of(asked)
    assert mapping_versions.get(second.mapping_id).current == 1


def test_a_mapping_is_renamed_and_switched_off(client_as, hill):
    version = saved(hill)
    client = client_as("Sales")
    url = f"/setup/mappings/edit/?id={version.mapping_id}"
    form = form_of(client.get(url))
    form["name"] = "Old sheet"
    form.pop("active", None)

    client.post(url, data=form)

    kept = mapping_versions.get(version.mapping_id)
    assert (kept.name, kept.active) == ("Old sheet", False)


def test_a_mapping_that_read_a_file_is_not_deleted(client_as, hill):
    idle, used = saved(hill, name="Idle"), saved(hill)
    received(sender="orders@hill.example")
    client = client_as("Sales")

    for version in (idle, used):
        client.post("/setup/mappings/delete/", data={"id": str(version.mapping_id)})

    kept = [mapping.id for mapping in models.PartnerMapping.select()]
    assert len(kept) == 1


def test_a_mapping_goes_out_and_comes_in(client_as, hill):
    version = saved(hill)
    dale = a_customer("Dale", code="DALE")
    client = client_as("Sales")
    exported = client.get(f"/setup/mappings/{version.mapping_id}/export.json").get_data()

    client.post(
        "/setup/mappings/import",
        data={"file": (io.BytesIO(exported), "m.json"), "customer": "DALE"},
    )
    broken = client.post(
        "/setup/mappings/import",
        data={"file": (io.BytesIO(b"{"), "m.json"), "customer": "DALE"},
        headers=FETCH,
    )

    assert models.PartnerMapping.get(models.PartnerMapping.customer == dale).name == "Order sheet"
    assert broken.status_code == 422
    assert "it is no JSON" in text_of(broken)
