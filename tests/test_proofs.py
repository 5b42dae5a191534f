"""Proofs: sent by a private link, decided without an account, bound to the file's bytes."""

import hashlib
import json
from datetime import UTC, date, datetime

import pytest

import clock
import models
from errors import BlockedError, InvalidError, StaleError
from sync import page_links
from tests.letters import work
from tests.pictures import a_png
from tests.shop import BOSS, a_line, a_shop, an_order, everything, finish, job_of, reload, tasks_of
from tests.web import text_of
from workflow import engine, proofs
from workflow.engine import Said
from workflow.marks import read_marks

pure = pytest.mark.pure
RED, BLUE = a_png("#c8102e"), a_png("#003594")


@pytest.fixture
def shop(db):
    a_shop()


@pytest.fixture
def proof(shop):
    """An order whose artwork has a file and waits to be sent."""
    order = an_order(a_line(10), proof_required=True)
    engine.release(order.id, BOSS)
    art = models.Artwork.get(order=order)
    engine.add_version(art.id, "front.png", RED, "image/png", BOSS)
    return art


def state(art):
    return reload(art).state


def address_of(art):
    return f"/p/{page_links.secret_of(page_links.standing(art, BOSS))}/proofs/{art.id}"


def in_production(art):
    """The order of a picture once its proof is approved and everything is there."""
    engine.approve_proof(art.id, BOSS, by="Dana")
    tasks = tasks_of(art.order)
    finish(tasks["artwork"])
    return tasks_of(art.order)["screen-print"]


# ---------------------------------------------------------------- the way of a proof


def test_a_proof_goes_out_with_its_own_link_and_is_decided_behind_it(proof, client):
    engine.send_proof(proof.id, "", "Bolder now.", BOSS)
    work()
    message = models.Message.get(models.Message.event == "proof")
    page = address_of(proof)
    shown = text_of(client.get(page))
    client.post(f"{page}/viewed")
    seen = state(proof)
    client.post(f"{page}/change", data={
        "change": "The red is too dark", "name": "Dana Fox", "version": 1,
        "marks": json.dumps([{"page": 1, "x": 0.25, "y": 0.5, "words": "here"}]),
    })  # fmt: skip
    asked = reload(proof)
    engine.add_version(proof.id, "front-2.png", BLUE, "image/png", BOSS)
    engine.send_proof(proof.id, "", "", BOSS)
    client.post(f"{page}/approve", data={"by": "Dana Fox", "version": 2})

    assert message.recipient == "dana@riverside.example"
    assert message.page_link.artwork_id == proof.id
    assert "Bolder now." in message.body
    assert "waits for you" in shown
    assert seen == "viewed"
    assert (asked.state, asked.change_request) == (
        "change_requested",
        "The red is too dark\n1: here",
    )
    done = reload(proof)
    assert (done.state, done.decided_by, done.decided_address) == (
        "approved",
        "Dana Fox",
        "127.0.0.1",
    )
    assert done.approved_sha256 == hashlib.sha256(BLUE).hexdigest()
    replies = list(models.ProofReply.select().order_by(models.ProofReply.id))
    assert [(r.kind, r.version, r.by, r.sha256[:6]) for r in replies] == [
        ("change", 1, "Dana Fox", hashlib.sha256(RED).hexdigest()[:6]),
        ("approved", 2, "Dana Fox", hashlib.sha256(BLUE).hexdigest()[:6]),
    ]
    assert replies[0].marks == [{"page": 1, "x": 0.25, "y": 0.5, "w": 0, "h": 0, "words": "here"}]
    told = [e.text for e in models.OrderEvent.select().where(models.OrderEvent.kind == "proof")]
    assert told[0] == "'Proof' sent"
    assert told[-1] == "'Proof' approved: Dana Fox"


def test_what_a_mail_program_fetches_is_not_a_look(proof, client):
    engine.send_proof(proof.id, "", "", BOSS)

    client.get(address_of(proof))

    assert state(proof) == "sent"


def test_a_newer_file_than_the_one_looked_at_is_not_approved(proof, client):
    engine.send_proof(proof.id, "", "", BOSS)
    engine.add_version(proof.id, "front-2.png", BLUE, "image/png", BOSS)
    engine.send_proof(proof.id, "", "", BOSS)

    page = address_of(proof)
    client.post(f"{page}/approve", data={"by": "Dana", "version": 1})

    assert state(proof) == "sent"
    assert "newer version" in text_of(client.get(page))
    with pytest.raises(StaleError, match="newer version"):
        engine.request_change(proof.id, Said(words="no", version=1), BOSS)


def test_an_approval_needs_a_name_and_a_change_some_words(proof, client):
    engine.send_proof(proof.id, "", "", BOSS)
    page = address_of(proof)

    nameless = client.post(f"{page}/approve", data={"by": " ", "version": 1})
    wordless = client.post(f"{page}/change", data={"version": 1, "marks": '[{"x": 0.1}]'})

    assert (nameless.status_code, wordless.status_code) == (422, 422)
    assert "Type your name" in text_of(nameless)
    assert "say what should be different" in text_of(wordless)
    assert state(proof) == "sent"


def test_a_file_that_was_never_sent_is_not_shown(proof, client):
    engine.send_proof(proof.id, "", "", BOSS)
    engine.add_version(proof.id, "secret-draft.png", BLUE, "image/png", BOSS)
    work()
    page = address_of(proof)

    shown = text_of(client.get(page))

    assert "secret-draft" not in shown
    assert "making a newer version" in shown
    assert "/approve" not in shown
    assert [client.get(f"{page}/{n}/{part}").status_code for n, part in (
        (1, "page/1"), (1, "small"), (1, "file"), (2, "page/1"), (2, "file"))
    ] == [200, 200, 200, 404, 404]  # fmt: skip


def test_a_link_opens_its_own_proof_only(proof, client):
    engine.send_proof(proof.id, "", "", BOSS)
    other = engine.add_artwork(proof.order_id, "Back", BOSS)
    engine.add_version(other.id, "back.png", BLUE, "image/png", BOSS)
    engine.send_proof(other.id, "", "", BOSS)
    mine = address_of(proof).rpartition("/proofs/")[0]

    answers = [
        client.get(f"{mine}/{where}").status_code
        for where in (f"proofs/{other.id}", f"orders/{proof.order.number}", "proofs/999999999999")
    ]
    changed = client.post(f"{mine}/proofs/{other.id}/approve", data={"by": "Eve", "version": 1})

    assert answers == [404, 404, 404]
    assert changed.status_code == 404
    assert state(other) == "sent"


def test_a_link_that_was_ended_opens_nothing(proof, client):
    engine.send_proof(proof.id, "", "", BOSS)
    page = address_of(proof)
    page_links.revoke_all(proof.order, BOSS)

    answers = [client.get(page), client.post(f"{page}/approve", data={"by": "Eve", "version": 1})]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert address_of(proof) != page
    assert page_links.secret_of(models.PageLink.get()) not in str(models.PageLink.get().__data__)


def test_nobody_writes_without_end(proof, client, monkeypatch):
    monkeypatch.setattr("portal.opened.WRITES_PER_LINK", 2)
    page = address_of(proof)
    engine.send_proof(proof.id, "", "", BOSS)

    codes = [client.post(f"{page}/viewed").status_code for _ in range(3)]

    assert codes == [204, 204, 429]


# ---------------------------------------------------------------- production and the file


def test_a_replaced_file_stops_production_until_it_is_approved(proof):
    printing = in_production(proof)
    assert printing.waiting == ""

    engine.add_version(proof.id, "front-2.png", BLUE, "image/png", BOSS)

    stopped = reload(printing)
    assert stopped.waiting == "Proof: the file was replaced and not approved yet"
    with pytest.raises(BlockedError, match="the file was replaced and not approved yet"):
        engine.record(printing.id, everything(printing), BOSS)
    engine.approve_proof(proof.id, BOSS, by="Dana")
    assert reload(printing).waiting == ""
    finish(tasks_of(proof.order)["screen-print"])


def test_the_traveler_gets_the_approved_file_with_its_thumbnail(proof):
    job = job_of(proof.order)
    assert proofs.approved_files(job) == []
    engine.approve_proof(proof.id, BOSS, by="Dana")
    work()

    [found] = proofs.approved_files(job)

    assert (found.artwork, found.version.number) == (proof, 1)
    assert found.sha256 == hashlib.sha256(RED).hexdigest()
    assert found.thumbnail.startswith(b"\x89PNG")
    engine.add_version(proof.id, "front-2.png", BLUE, "image/png", BOSS)
    assert proofs.approved_files(job) == []


def test_a_job_gets_the_pictures_its_decorations_name(proof):
    back = engine.add_artwork(proof.order_id, "Back", BOSS)
    engine.add_version(back.id, "back.png", BLUE, "image/png", BOSS)
    engine.use_artwork(models.Decoration.get().id, back.id, BOSS)

    found = proofs.approved_files(job_of(proof.order))

    assert [one.artwork.name for one in found] == ["Back"]


def test_a_file_is_drawn_once_by_the_worker_and_shown_to_staff(proof, client_as):
    version = models.ArtworkVersion.get()
    sales = client_as("Sales")
    before = sales.get(f"/artwork/{version.id}/thumbnail")
    work()
    engine.add_version(proof.id, "again.png", RED, "image/png", BOSS)
    work()

    after = sales.get(f"/artwork/{version.id}/thumbnail")
    page = sales.get(f"/artwork/{version.id}/page/1")

    assert (before.mimetype, after.mimetype, page.mimetype) == (
        "image/svg+xml",
        "image/png",
        "image/webp",
    )
    assert b">PNG<" in before.data
    assert models.FilePreview.select().count() == 1


def test_staff_send_a_proof_and_see_what_the_customer_said(proof, client_as):
    sales = client_as("Sales")
    pop = f"/artwork/proof/{proof.id}"

    wrong = sales.post(f"{pop}/send", data={"recipient": "nobody"})
    sent = sales.post(f"{pop}/send", data={"recipient": "art@riverside.example", "note": "Look!"})
    work()
    said = Said("Bigger", by="Dana", version=1, marks=read_marks('[{"x": 0.5, "y": 0.5}]'))
    engine.request_change(proof.id, said, BOSS)

    assert (wrong.status_code, sent.status_code) == (422, 302)
    assert models.Message.get(models.Message.event == "proof").recipient == "art@riverside.example"
    shown = text_of(sales.get(pop))
    assert "Bigger" in shown
    assert 'cx="320.0" cy="200.0"' in shown


# ---------------------------------------------------------------- what waiting costs


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-12-07T09:00", "Approve by Tue 8 Dec, 16:00 to keep Tue 15 Dec."),
        ("2026-12-08T16:30", "Your answer was due Tue 8 Dec, 16:00. If we have it now, you have the"
                             " goods by Wed 16 Dec instead of Tue 15 Dec; every working day more"
                             " moves them by one."),
        ("2026-12-12T10:00", "Your answer was due Tue 8 Dec, 16:00. If we have it now, you have the"
                             " goods by Mon 21 Dec instead of Tue 15 Dec; every working day more"
                             " moves them by one."),
    ],
)  # fmt: skip
def test_what_waiting_costs_is_reckoned_from_the_due_dates(shop, now, said):
    with clock.frozen(datetime(2026, 11, 20, 9, tzinfo=UTC)):
        order = an_order(a_line(10), proof_required=True, in_hands_date=date(2026, 12, 15))
        engine.release(order.id, BOSS)
        due = tasks_of(order)["artwork"].due_date

    with clock.frozen(datetime.fromisoformat(now).replace(tzinfo=UTC)):
        deadline = proofs.deadline_of(order)

    assert due == deadline.answer_by.date()
    assert deadline.sentence == said


def test_an_order_without_a_date_costs_nothing(shop):
    order = an_order(a_line(10), proof_required=True, in_hands_date=None)

    assert proofs.deadline_of(order).sentence == ""


# ---------------------------------------------------------------- marks


@pure
def test_marks_are_kept_within_the_picture():
    [mark] = read_marks(
        '[{"page": 2, "x": 0.9, "y": 0.123456, "w": 0.5, "h": 0.2, "words": " a  b "}]'
    )

    assert mark == {
        "page": 2,
        "x": 0.9,
        "y": 0.1235,
        "w": pytest.approx(0.1),
        "h": 0.2,
        "words": "a b",
    }
    assert read_marks(" ") == []


@pure
@pytest.mark.parametrize(
    "text",
    ["{", "{}", "[1]", '[{"x": 2}]', '[{"x": "a"}]', '[{"page": 0}]', '[{"x": NaN}]', "[" * 90_000,
     json.dumps([{}] * 41)],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_what_is_no_mark_is_refused(text):
    with pytest.raises(InvalidError):
        read_marks(text)
