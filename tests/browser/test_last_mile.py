"""A proof's whole trip: staff send it, the customer marks a change on a phone, approves the next."""

import re

import pytest

import models
import worker
from settings import Settings
from tests.axe import violations
from tests.browser.test_whole_trip import somebody
from tests.conftest import watch
from tests.pictures import a_png
from tests.services import running_app
from tests.shop import BOSS, a_line, a_shop, an_order, finish, reload, tasks_of
from workflow import engine

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def proof(db):
    a_shop()
    order = an_order(a_line(10), proof_required=True)
    engine.release(order.id, BOSS)
    return models.Artwork.get(order=order)


def upload(page, number):
    page.get_by_text("Upload another file, or ask for a change").click()
    content = a_png(["#c8102e", "#003594"][number - 1])
    file = {"name": f"front-{number}.png", "mimeType": "image/png", "buffer": content}
    page.get_by_label("File of Proof").set_input_files(files=[file])
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_text(f"Version {number} is uploaded.").wait_for()
    page.wait_for_load_state()  # the script that opens pop-ups comes after the words


def send(page, note):
    page.get_by_role("link", name="Send proof…").click()
    pop = page.locator("dialog[open]")
    pop.get_by_label("A word along with it").fill(note)
    pop.get_by_role("button", name="Send proof").click()
    page.get_by_text("goes out now.").wait_for()


def test_from_the_proof_to_production(app, browser, console, proof, settings, mail_sink):
    wired = settings.model_copy(update={
        "smtp_host": mail_sink.host, "smtp_port": mail_sink.port, "smtp_starttls": False,
    })  # fmt: skip

    def work(address):
        told = Settings(**{**wired.model_dump(), "base_url": address})
        worker.Worker(told, schedule=()).run(once=True)

    with running_app(app) as address, somebody(browser, app, address, console, "Sales") as sales:
        sales.goto(f"{address}/orders/{proof.order.number}")
        upload(sales, 1)
        send(sales, "Is the red right?")
        work(address)
        link = re.search(r"http\S+/p/\S+", mail_sink.messages[-1].get_content())[0]

        context = browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
        context.set_default_timeout(15_000)
        phone = context.new_page()
        watch(phone, console)
        phone.goto(link)
        wide = phone.evaluate("document.documentElement.scrollWidth")
        found = violations(phone)
        tap_a_point(phone, "Darker red")
        set_a_frame_by_keyboard(phone, "Bigger")
        phone.get_by_role("button", name="Ask for the change").click()
        phone.get_by_text("We change it and send you a new proof.").wait_for()
        asked = reload(proof)

        sales.reload()
        sales.locator(".picture .art a").click()
        drawn_marks = sales.locator("dialog[open] svg.marks g")
        drawn_marks.nth(1).wait_for(state="attached")
        found += violations(sales)
        sales.goto(f"{address}/orders/{proof.order.number}")
        upload(sales, 2)
        send(sales, "")
        work(address)
        phone.goto(re.search(r"http\S+/p/\S+", mail_sink.messages[-1].get_content())[0])
        phone.locator("[aria-labelledby=approve-title]").get_by_label("Your name").fill("Dana Fox")
        phone.get_by_role("button", name="Approve").click()
        phone.get_by_text("Approved by Dana Fox").wait_for()
        found += violations(phone)
        context.close()

    assert (wide, found, console) == (390, [], [])
    assert asked.state == "change_requested"
    assert asked.viewed_at is not None
    drawn = models.ProofReply.get(models.ProofReply.kind == "change").marks
    assert [mark["words"] for mark in drawn] == ["Darker red", "Bigger"]
    assert (drawn[0]["w"], drawn[1]["w"] > 0.05) == (0, True)
    assert reload(proof).decided_by == "Dana Fox"
    finish(tasks_of(proof.order)["artwork"])
    assert tasks_of(proof.order)["screen-print"].waiting == ""


def tap_a_point(page, words):
    page.get_by_role("button", name="Mark a point").click()
    box = page.locator("svg.marks").first.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.get_by_label("Mark 1: what should be different here").fill(words)


def set_a_frame_by_keyboard(page, words):
    page.get_by_role("button", name="Mark a frame").click()
    page.locator("svg.marks.drawing").first.focus()
    for key in ("Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.get_by_label("Mark 2: what should be different here").fill(words)
