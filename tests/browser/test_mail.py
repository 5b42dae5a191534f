"""From a real mail server to an order, in a real browser: a stranger's sheet, an order in a PDF."""

import pytest

import models
from sync import intake
from sync.channels import inbox as folder
from sync.channels.imap import Connection
from tests.axe import violations
from tests.browser.test_incoming import address, sales  # noqa: F401 - fixtures
from tests.dovecot import Dovecot
from tests.post import a_mail, a_mailbox, an_order_mail, files
from tests.services import wait_until
from tests.shop import BOSS, a_customer, a_product, a_shop

pytestmark = pytest.mark.browser
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
    b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]>>endobj trailer<</Root 1 0 R>>"
)


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    a_product("TEE-1", price="6.50", color="")
    a_product("CAP-1", price="9.00", name="Cap", color="")


@pytest.fixture(scope="module")
def dovecot():
    with Dovecot() as server:
        yield server


def fetch(mailbox):
    with Connection(folder.take(mailbox.id, "test")) as connection:
        folder.fetch(connection)
    folder.give_back(models.Mailbox.get_by_id(mailbox.id))


def test_a_strangers_mail_becomes_an_order_in_review_with_one_click(sales, dovecot):  # noqa: F811
    dovecot.deliver(an_order_mail("4711", subject="Our first order", sender="new@stranger.example"))
    fetch(a_mailbox(dovecot))

    sales.reload()
    sales.get_by_role("link", name="Mails 1").click()
    sales.get_by_role("link", name="Our first order").click()
    assert violations(sales) == []
    sales.get_by_label("Whose orders are these?").fill("RAC")
    sales.get_by_role("button", name="Take the order").click()
    sales.get_by_text("Its files are being read.").first.wait_for()
    intake.read_file(files()[0].id, BOSS)
    sales.reload()

    order = models.Order.get()
    assert (order.stage, order.customer_name) == ("review", "Riverside AC")
    sales.get_by_role("link", name=order.number).click()
    sales.get_by_role("heading", name=order.number).first.wait_for()


def test_an_order_in_a_pdf_is_typed_beside_the_mail(sales, dovecot):  # noqa: F811
    dovecot.deliver(a_mail(("PO 889.pdf", PDF), subject="See the PDF", text="48 tees by December"))
    fetch(a_mailbox(dovecot))

    sales.goto(sales.url.replace("/incoming/", "/incoming/mails/"))
    sales.get_by_role("link", name="See the PDF").click()
    sales.get_by_role("link", name="Enter the order").click()
    sales.get_by_text("48 tees by December").wait_for()
    assert sales.locator("iframe.paper").count() == 1
    assert sales.get_by_label("Customer", exact=False).first.input_value() == "Riverside AC"
    sales.get_by_label("PO number").fill("889")
    sales.get_by_role("button", name="Enter order").click()
    wait_until(lambda: models.Order.select().exists(), "the order")

    order = models.Order.get()
    assert (order.po_number, order.incoming) == ("889", files()[0])
    assert files()[0].state == intake.State.ACCEPTED
