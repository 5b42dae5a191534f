"""The whole way of a customer's mail: into the mailbox, through the wizard, and back as their own workbook.

Real neighbours all along: Dovecot, a mail server that takes our answers, Chromium, LibreOffice.
"""

import subprocess

import pytest

import models
from sync.channels import inbox as folder
from sync.channels.imap import Connection
from tests.axe import violations
from tests.browser.test_incoming import address, sales  # noqa: F401 - fixtures
from tests.browser.test_mapping_wizard import click_meaning, is_said
from tests.dovecot import Dovecot
from tests.letters import work
from tests.odd_files import odd_file
from tests.papers import xlsx_of
from tests.post import a_mail, a_mailbox, files
from tests.services import need
from tests.shop import a_customer, a_product, a_shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VOUCHED = "mx.shop.example; dmarc=pass header.from={}"
CLEAR = ("TEE-1", "Heavy tee", 48, "30.00")
DOUBTFUL = ("TEE-1", "Heavy tee", "a dozen", "30.00")


@pytest.fixture(autouse=True)
def shop(db):
    a_shop()
    for sku, color in (("TEE-1", "Black"), ("CAP-1", "Navy"), ("POLO", "Black")):
        a_product(sku, color=color)
    a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    a_customer("Hill Sports", code="HILL", email="orders@hill.example")


def from_(sender, name, content):
    """A mail the receiving server vouches for."""
    domain = sender.partition("@")[2]
    return a_mail((name, content), sender=sender, Authentication_Results=VOUCHED.format(domain))


def test_three_mails_become_an_order_a_mapping_and_a_workbook_with_our_question(
    sales,  # noqa: F811
    address,  # noqa: F811
    mail_sink,
    settings,
    tmp_path,
):
    settings = settings.model_copy(
        update={"smtp_host": mail_sink.host, "smtp_port": mail_sink.port, "smtp_starttls": False}
    )
    with Dovecot() as dovecot:
        clear, doubtful = (
            xlsx_of(line, po=po, customer="Riverside AC")
            for line, po in ((CLEAR, "R-1"), (DOUBTFUL, "R-2"))
        )
        dovecot.deliver(
            from_("dana@riverside.example", "clear.xlsx", clear),
            from_("orders@hill.example", "odd.xlsx", odd_file()),
            from_("dana@riverside.example", "doubt.xlsx", doubtful),
        )
        mailbox = a_mailbox(dovecot, trust="authenticated", authserv_ids=["mx.shop.example"])
        with Connection(folder.take(mailbox.id, "test")) as connection:
            folder.fetch(connection)
        assert (dovecot.count("INBOX"), dovecot.count("Processed")) == (0, 3)
    work(settings)

    # The clear one waits in review.
    sales.set_default_timeout(20_000)
    sales.goto(f"{address}/incoming/")
    order = models.Order.get(models.Order.po_number == "R-1")
    assert order.stage == "review"
    sales.get_by_role("link", name=order.number).first.click()
    sales.get_by_role("heading", name=order.number).first.wait_for()

    # The odd one is said once, column by column, and is an order then.
    odd = next(file for file in files() if file.name == "odd.xlsx")
    assert odd.state == "needs_person"
    sales.goto(f"{address}/incoming/{odd.id}")
    sales.get_by_role("link", name="Say what is what in this file").click()
    sales.wait_for_selector("th.mean[tabindex='0']")
    sales.click('th.mean[data-at="A"]')
    sales.click("text=It holds the item and its description together")
    sales.click("button:text-is('Split')")
    is_said(sales, "A", "Item")
    click_meaning(sales, "C", "Menge", "Quantity", "Quantity")
    click_meaning(sales, "F1", "po number", "PO number", "PO number")
    assert violations(sales) == []
    sales.fill("[data-save] [name=customer]", "HILL")
    sales.fill("[data-save] [name=name]", "Hill's sheet")
    sales.click("text=Save and read the file")
    sales.wait_for_url("**/orders/**")
    assert models.Order.get(models.Order.po_number == "H-77/26").customer.code == "HILL"

    # The doubtful one comes back to Dana: her own workbook, the cell coloured, our question in it.
    work(settings)
    sent = [mail for mail in mail_sink.messages if "dana@" in mail["To"]]
    books = [part for mail in sent for part in mail.iter_attachments()]
    assert [book.get_filename() for book in books] == ["doubt.xlsx"]
    book = tmp_path / "doubt.xlsx"
    book.write_bytes(books[0].get_content())
    subprocess.run(
        [need("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "fods", "--outdir", str(tmp_path), str(book)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    shown = (tmp_path / "doubt.fods").read_text()
    cell = shown[: shown.index("a dozen")].rpartition("<table:table-cell")[2]
    assert "<office:annotation" in cell
    assert "pieces" in cell
    assert 'fo:background-color="#ffe699"' in shown
