"""Papers: facts in, pages out; scanners read them, strangers' pages hurt nobody."""

import hashlib
import json
import re
import zlib
from base64 import b64decode
from binascii import crc_hqx
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from documents import kinds, press, shelf
from documents.press import PageError
from errors import BlockedError, StaleError
from models import (
    Artwork,
    Message,
    Order,
    OutboxRow,
    Package,
    Paper,
    PaperTemplate,
    PurchaseOrder,
    ShopSetting,
    StoredFile,
    Vendor,
)
from tests import shop
from tests.pictures import a_png
from worker import run
from workflow import codes, engine, papers
from workflow.engine import Box, Handover
from workflow.papers import Page

NAMES = ("山田太郎", "مرحبا بالعالم", "Ελλάδα", "शहर", "ไทย", "Łódź", "서울", "Müller & <Søn>")
BOX = {
    "shop": {"name": "Tidewater", "address": "1 Dock", "email": "", "phone": "1", "footer": ""},
    "paper": {"title": "Label", "revision": 0, "date": "1 January", "code": "1042-1-1"},
    "order": {"number": "1042", "po_number": "77", "customer": "Riverside"},
    "job": {"number": "1042-1", "way": "Delivery"},
    "to": {"lines": list(NAMES), "phone": "", "instructions": "Back door", "carrier": "", "service": "", "tracking": ""},
    "box": {"number": 1, "of": 2, "weight": "3 kg", "sscc": codes.sscc("4012345", 17),
            "sscc_text": "(00) …", "order": "1042", "content": "48 tees", "tracking": ""},
}  # fmt: skip


def pages_of(pdf, dots_per_inch=203):
    """Every page as black and white dots, as a printer would have it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [
            page.render(scale=dots_per_inch / 72, grayscale=True).to_pil() for page in document
        ]
    finally:
        document.close()
    return [page.point(lambda grey: 0 if grey < 160 else 255) for page in pages]


def scanned(pdf):
    """What a scanner reads on every page."""
    return [
        {found.text: found.symbology_identifier for found in zxingcpp.read_barcodes(page)}
        for page in pages_of(pdf)
    ]


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def bytes_of(paper):
    return bytes(StoredFile.get_by_id(paper.file_id).content)


def a_paper(kind, row, **words):
    sheet = (
        shelf.sheet_of_order(kind, row)
        if isinstance(row, Order)
        else shelf.sheets_of_job(kind, row, **words)[0]
    )
    return shelf.make(sheet, shop.BOSS)


# ---------------------------------------------------------------- barcodes


@pytest.mark.pure
@pytest.mark.parametrize(
    ("prefix", "serial", "whole"),
    [("0614141", 123456789, "006141411234567890"), ("4012345", 1, "040123450000000016")],
)
def test_an_sscc_has_the_check_digit_of_gs1(prefix, serial, whole):
    assert codes.sscc(prefix, serial) == whole


@pytest.mark.pure
def test_a_carton_label_is_read_as_gs1_and_every_name_finds_its_letters():
    made = press.make("carton_label", kinds.ours("carton_label"), "4x6", BOX)

    (page,) = scanned(made.pdf)

    assert page == {f"00{BOX['box']['sscc']}": "]C1"} or page == {
        f"(00){BOX['box']['sscc']}": "]C1"
    }
    assert "Łódź" in text_of(made.pdf)
    document = pypdfium2.PdfDocument(made.pdf)
    missing = b".notdef" in made.pdf
    document.close()
    assert not missing


@pytest.mark.pure
def test_zpl_is_the_same_page_dot_for_dot():
    pdf = press.make("label", kinds.ours("label"), "4x6", BOX).pdf

    zpl = press.zpl(pdf)

    size, across, data, crc = re.search(
        rb"\^GFA,(\d+),\d+,(\d+),:Z64:([^:]+):(\w{4})\^FS", zpl
    ).groups()
    dots = zlib.decompress(b64decode(data))
    assert len(dots) == int(size)
    assert int(crc, 16) == crc_hqx(data, 0)
    width = int(across) * 8
    image = Image.frombytes(
        "1", (width, len(dots) // int(across)), bytes(255 - byte for byte in dots)
    )
    assert {found.text for found in zxingcpp.read_barcodes(image.convert("L"))} == {"1042-1-1"}


# ---------------------------------------------------------------- strangers' pages


@pytest.mark.pure
@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("one\n{{ nobody }}", "line 2: 'nobody' is undefined"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ shop.__init__ }}", "unsafe"),
        ("{% for x in y %}", "Unexpected end"),
        ("{{ 'a' * 9999999 }}", "small numbers"),
        ("{{ cycler.__init__.__globals__ }}", "unsafe"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{{ barcode('') }}", "barcode"),
    ],
)
def test_a_broken_or_curious_page_is_refused_with_its_line(html, says):
    with pytest.raises(PageError, match=re.escape(says)):
        press.make("label", (html, ""), "4x6", BOX)


@pytest.mark.pure
def test_a_page_fetches_no_file_and_no_address(tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (40, 40), "black").save(secret)
    html = f'<img src="{secret.as_uri()}"><style>@import "{secret.as_uri()}"; body {{ background: url({secret.as_uri()}) }}</style>'

    made = press.make("label", (html, ""), "4x6", BOX)

    (page,) = pages_of(made.pdf)
    assert page.getextrema() == (255, 255)  # nothing black came in


@pytest.mark.pure
def test_a_page_that_takes_for_ever_ends_the_child_and_the_next_paper_is_made(monkeypatch):
    monkeypatch.setattr(press, "SECONDS", 1.0)
    monkeypatch.setattr(press, "_STARTING", 6.0)
    press.make("label", kinds.ours("label"), "4x6", BOX)
    loop = "".join(f"{{% for a{n} in shop.name %}}" for n in range(9)) + "x" + "{% endfor %}" * 9

    with pytest.raises(PageError, match="longer than"):
        press.make("label", (loop, ""), "4x6", BOX)

    assert press.make("label", kinds.ours("label"), "4x6", BOX).sheets == 1


# ---------------------------------------------------------------- travelers


def test_a_traveler_has_a_page_for_each_department_with_only_its_facts():
    shop.a_shop()
    product = shop.a_product(sizes=["S", "M"], vendor=Vendor.create(code="V", name="Blanks Ltd"))
    order = shop.a_released_order(
        shop.a_line(sizes={"S": 12, "M": 36}, product=product, address="1"),
        shop.a_line(20, method="embroidery", address="2"),
    )

    paper = a_paper("traveler", shop.job_of(order))

    pdf = bytes_of(paper)
    read = scanned(pdf)
    departments = [task.department.name for task in shop.tasks_of(order).values()]
    assert paper.sheets == len(departments) == len(read)
    assert {text for page in read for text in page} == {f"{order.number}/{paper.code}"}
    document = pypdfium2.PdfDocument(pdf)
    words = [page.get_textpage().get_text_range() for page in document]
    document.close()
    stitching = words[departments.index("Embroidery")]
    assert "Dock Road" not in stitching
    assert "36" not in stitching.split("Pieces")[-1].split("Decoration")[0]
    assert "12 Dock Road" in words[departments.index("Shipping")]
    assert "Blanks Ltd" in words[departments.index("Purchasing")]


def test_a_picture_that_needs_neither_file_nor_proof_stops_nobody_on_the_traveler():
    shop.a_shop()
    order = shop.an_order(shop.a_line(10), proof_required=True)
    engine.release(order.id, shop.BOSS)
    engine.waive_proof(Artwork.get().id, shop.BOSS)

    job = shop.job_of(order)
    pages = shelf.sheets_of_job("traveler", job, "screen-print")[0].facts["pages"]

    assert pages[0]["pictures"] == []


def test_production_gets_the_approved_file_on_its_traveler_and_no_other():
    shop.a_shop()
    order = shop.an_order(shop.a_line(10), proof_required=True)
    engine.release(order.id, shop.BOSS)
    [art], job = Artwork.select(), shop.job_of(order)

    def shown():
        pages = shelf.sheets_of_job("traveler", job, "screen-print")[0].facts["pages"]
        return pages[0]["pictures"]

    nothing = shown()
    engine.add_version(art.id, "red.png", a_png("#c8102e"), "image/png", shop.BOSS)
    undecided = shown()
    engine.approve_proof(art.id, shop.BOSS, by="Dana Fox")
    approved = shown()
    paper = bytes_of(a_paper("traveler", job, department="screen-print"))
    engine.add_version(art.id, "blue.png", a_png("#003594"), "image/png", shop.BOSS)
    replaced = shown()

    red = hashlib.sha256(a_png("#c8102e")).hexdigest()
    assert [one[0]["state"] for one in (nothing, undecided, replaced)] == [
        "DO NOT PRODUCE: no file yet",
        *["DO NOT PRODUCE: the newest file is not approved yet"] * 2,
    ]
    assert [(p["sha256"], p["content"]) for p in (*nothing, *undecided, *replaced)] == [
        ("", "")
    ] * 3
    assert [(p["sha256"], p["state"]) for p in approved] == [(red, "approved by Dana Fox")]
    assert approved[0]["content"]
    assert red in text_of(paper).replace("\r\n", "")
    assert b"/Image" in paper


def test_the_scan_field_takes_a_traveler_until_the_order_is_changed(client_as):
    shop.a_shop()
    order = shop.a_released_order()
    old = a_paper("traveler", shop.job_of(order))
    boss = client_as("Owner")

    def scan(text):
        return json.loads(
            boss.get(
                f"/find/?q={text}&queue=screen-print", headers={"Accept": "application/json"}
            ).data
        )

    assert scan(f"{order.number}/{old.code}")["popup"]
    engine.change_job_date(
        shop.job_of(order).id, shop.day("2031-03-03"), firm=True, actor=shop.BOSS
    )
    refused = scan(f"{order.number}/{old.code}")
    new = a_paper("traveler", shop.job_of(order))

    assert "superseded" in refused["sentence"]
    assert not refused["popup"]
    assert scan(f"{order.number}/{new.code}")["popup"]
    assert "no traveler" in scan(f"{order.number}/ZZZZ")["sentence"]


def test_made_again_from_the_same_facts_it_is_the_same_paper():
    shop.a_shop()
    order = shop.a_released_order()

    first, again = (a_paper("traveler", shop.job_of(order)) for _ in range(2))

    assert first == again
    assert Paper.select().count() == 1


# ---------------------------------------------------------------- hand-overs and money


def hand_over(order, pieces, **words):
    task = shop.finish_until(order, "shipping")
    (item,) = shop.items_of(task)
    return engine.record_shipment(
        task.id, Handover(((item.id, Decimal(pieces)),), **words), shop.BOSS
    )


def test_slip_and_invoice_tell_what_was_really_shipped():
    shop.a_shop()
    order = shop.a_released_order(shop.a_line(48), shipment_policy="partial and back-order")
    with pytest.raises(BlockedError, match="nothing is handed over"):
        shelf.sheets_of_job("packing_slip", shop.job_of(order))
    hand_over(order, 12)
    hand_over(order, 24, carrier="UPS", tracking_number="1Z9")

    (slip,) = shelf.sheets_of_job("packing_slip", shop.job_of(order))
    invoice = shelf.sheet_of_order("invoice", Order.get_by_id(order.id))

    (line,) = slip.facts["lines"]
    assert [line[key] for key in ("ordered", "before", "now", "remaining")] == [
        "48",
        "12",
        "24",
        "12",
    ]
    (line,) = invoice.facts["lines"]
    assert (line["pieces"], line["total"], invoice.facts["sums"]["total"]) == (
        "36",
        "234.00",
        "234.00",
    )
    assert "1Z9" in text_of(bytes_of(shelf.make(invoice, shop.BOSS)))


def test_the_invoices_of_parts_add_up_to_the_invoice_of_everything(client_as):
    shop.a_shop()
    terms = {"discount_percent": "3", "discount_amount": "5", "freight_charge": "24",
             "tax_amount": "17.77", "deposit_paid": "100"}  # fmt: skip
    order = shop.a_released_order(
        shop.a_line(48), shipment_policy="partial and back-order",
        **{name: Decimal(value) for name, value in terms.items()},
    )  # fmt: skip
    shipments = [hand_over(order, pieces) for pieces in (7, 11, 30)]
    voided = engine.void_shipment(shipments[1].id, shop.BOSS)
    shipments[1] = hand_over(order, 11)
    order = Order.get_by_id(order.id)

    parts = [
        shelf.sheets_of_shipment("invoice", row)[0] for row in sorted(shipments, key=lambda r: r.id)
    ]
    whole = shelf.sheet_of_order("invoice", order)

    def summed(name):
        return sum(Decimal(part.facts["sums"][name] or 0) for part in parts)

    assert [part.title for part in parts] == [f"Invoice {order.number}-{n}" for n in (1, 3, 4)]
    assert [part.facts["lines"][0]["pieces"] for part in parts] == ["7", "30", "11"]
    assert [part.facts["sums"]["freight"] for part in parts] == ["24.00", "", ""]
    for name in ("goods", "discount", "tax", "total", "paid", "due"):
        assert summed(name) == Decimal(whole.facts["sums"][name]), name
    assert Decimal(parts[0].facts["sums"]["due"]) == 0
    owner = client_as("Owner")
    for row in (shipments[0], voided):
        owner.post(f"/papers/order/{order.number}/make", data={"kind": f"invoice:{row.id}"})
    assert [paper.title for paper in Paper.select()] == [f"Invoice {order.number}-1"]


@pytest.mark.parametrize(("size", "points"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_papers_are_made_for_the_sheets_of_the_shop(size, points):
    shop.a_shop()
    ShopSetting.create(name="paper_size", value=size)

    paper = a_paper("confirmation", shop.an_order())

    document = pypdfium2.PdfDocument(bytes_of(paper))
    found = tuple(round(length) for length in document[0].get_size())
    document.close()
    assert (paper.size, found) == (size, points)


def test_boxes_get_their_sscc_when_the_shop_has_a_prefix():
    shop.a_shop()
    ShopSetting.create(name="gs1_prefix", value="4012345")
    order = shop.a_released_order()
    shipment = hand_over(order, 48, boxes=(Box(9000), Box(4000)))

    sheets = shelf.sheets_of_shipment("carton_label", shipment)

    numbers = [package.sscc for package in Package.select().order_by(Package.number)]
    assert len(set(numbers)) == 2
    assert [codes.check_digit(number[:-1]) for number in numbers] == [
        number[-1] for number in numbers
    ]
    assert [sheet.facts["box"]["sscc"] for sheet in sheets] == numbers


# ---------------------------------------------------------------- purchase orders


def a_purchase():
    shop.a_shop()
    vendor = Vendor.create(code="V", name="Blanks Ltd", email="sales@blanks.example")
    order = shop.a_released_order(shop.a_line(48, product=shop.a_product(vendor=vendor)))
    task = shop.tasks_of(order)["purchasing"]
    (item,) = shop.items_of(task)
    engine.record(
        task.id,
        engine.Report((engine.ItemWork(item.id, Decimal(48)),), vendor_id=vendor.id),
        shop.BOSS,
    )
    return task, item, PurchaseOrder.get()


def test_a_purchase_order_is_mailed_once_and_a_change_follows_as_a_revision(settings, mail_sink):
    task, item, purchase = a_purchase()
    post = settings.model_copy(
        update={"smtp_host": mail_sink.host, "smtp_port": mail_sink.port, "smtp_starttls": False}
    )

    for _ in range(2):
        engine.send_purchase_order(purchase.id, shop.BOSS)
    run(post, once=True)
    engine.record(task.id, engine.Report((engine.ItemWork(item.id, Decimal(40)),)), shop.BOSS)
    OutboxRow.update(run_at=OutboxRow.created_at).where(
        OutboxRow.kind == "purchase_order"
    ).execute()
    run(post, once=True)

    to_vendor = [m for m in mail_sink.messages if m["To"] == "sales@blanks.example"]
    assert [m["Subject"] for m in to_vendor] == [
        f"Purchase order {purchase.number}", f"Purchase order {purchase.number}, revision 2",
    ]  # fmt: skip
    (attached,) = to_vendor[1].iter_attachments()
    words = text_of(attached.get_content())
    assert "40" in words
    assert "revision 2" in words
    assert PurchaseOrder.get().revision == 2
    assert Message.select().where(Message.event == "purchase_order").count() == 2


def test_a_purchase_order_without_an_address_is_refused_with_the_reason():
    _task, _item, purchase = a_purchase()
    Vendor.update(email="").execute()

    with pytest.raises(BlockedError, match="no e-mail address"):
        engine.send_purchase_order(purchase.id, shop.BOSS)


# ---------------------------------------------------------------- pages the shop changes


def test_a_changed_page_counts_at_once_and_older_versions_stay():
    shop.a_shop()
    order = shop.an_order()
    a_paper("confirmation", order)

    papers.change_page(
        "confirmation", Page("<h1>Ours: {{ order.number }}</h1>", "", 0), "", shop.BOSS
    )
    with pytest.raises(StaleError):
        papers.change_page("confirmation", Page("<h1>Other</h1>", "", 0), "", shop.BOSS)

    assert f"Ours: {order.number}" in text_of(bytes_of(a_paper("confirmation", order)))
    assert PaperTemplate.select().count() == 1
