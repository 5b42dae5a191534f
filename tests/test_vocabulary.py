"""The shop's own words: what its customers write over columns, and its own fields' labels."""

import pytest

from models import CustomField, HeadingWord, Order, OrderLine
from sync import intake
from tests.papers import workbook_of
from tests.shop import BOSS, a_customer, a_product, a_shop
from tests.web import changed, form_of, text_of


@pytest.fixture
def riverside():
    a_shop()
    a_product("TEE-1")
    return a_customer("Riverside AC", code="RIVER")


def received(*rows):
    head = [["Purchase order", "4711"], ["Customer", "Riverside AC"], []]
    content = workbook_of({"Order": [*head, *rows]})
    incoming = intake.receive("upload", "order.xlsx", content, actor=BOSS)
    return intake.read_file(incoming.id, BOSS)


def test_a_word_of_the_shop_names_a_value_that_nobody_else_knows(riverside):
    table = (["Kennwort", "Spring fair"], ["Item", "Quantity"], ["TEE-1", 48])
    received(*table)
    HeadingWord.create(word="Kennwort", level="order", field="project_name")

    incoming = received(*table, ["", "", ""])

    assert incoming.state == "accepted", incoming.reason
    projects = [order.project_name for order in Order.select().order_by(Order.id)]
    assert projects == ["", "Spring fair"]


def test_a_field_of_the_shop_is_read_by_its_label(riverside):
    CustomField.create(level="line", name="locker", label="Locker number", kind="text")

    incoming = received(["Item", "Quantity", "Locker number"], ["TEE-1", 48, "B 12"])

    assert incoming.state == "accepted", incoming.reason
    assert OrderLine.get().extra["locker"] == "B 12"


def test_an_owner_teaches_a_word(client_as):
    owner = client_as("Owner")
    sent = form_of(owner.get("/setup/heading-words/new/"))

    sent = changed(sent, word="Menge ca", means="line:quantity")
    answer = owner.post("/setup/heading-words/new/", data=sent)

    assert answer.status_code == 302
    row = HeadingWord.get()
    assert (row.word, row.level, row.field) == ("Menge ca", "line", "quantity")
    assert "Line: Quantity" in text_of(owner.get("/setup/heading-words/"))
