"""Mails and files that the shop keeps no longer: the bytes go, everything that was read stays."""

from datetime import timedelta

import pytest

import clock
import models
from errors import NotFoundError
from sync import intake, purging
from tests.papers import csv_of
from tests.post import a_mailbox
from tests.shop import BOSS, a_customer, a_product, a_shop, reload
from tests.web import form_of, text_of
from workflow import engine
from workflow.kept import content_of


@pytest.fixture
def shop(db):
    a_shop()
    a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    a_product("TEE-1", price="6.50", color="")


def keep_for(days):
    models.ShopSetting.create(name="keep_files_days", value=days)


def received(days_ago, content=None, name="order.csv", **words):
    made = intake.receive("upload", name, content or csv_of(), actor=BOSS, **words)
    then = clock.now() - timedelta(days=days_ago)
    models.IncomingFile.update(received_at=then).where(models.IncomingFile.id == made.id).execute()
    models.StoredFile.update(created_at=then).where(models.StoredFile.id == made.file_id).execute()
    return reload(made)


def done(incoming, state="rejected"):
    models.IncomingFile.update(state=state).where(models.IncomingFile.id == incoming.id).execute()


def stored(incoming):
    return models.StoredFile.get_by_id(incoming.file_id)


def test_without_a_setting_everything_is_kept_for_ever(shop):
    old = received(9_000)
    done(old)

    assert purging.purge(BOSS) == 0
    assert content_of(stored(old))


def test_old_bytes_go_and_the_row_its_size_and_hash_stay(shop):
    keep_for(90)
    old = received(91)
    before = stored(old)
    done(old)

    assert purging.purge(BOSS) == 1
    after = stored(old)
    assert (bytes(after.content), after.size, after.sha256) == (b"", before.size, before.sha256)
    with pytest.raises(NotFoundError, match="was deleted on"):
        content_of(after)
    assert intake.why_not_read_again(reload(old)) == [
        "the file itself was deleted, as the shop decided for old files"
    ]
    assert purging.purge(BOSS) == 0


def test_what_is_young_or_waits_for_somebody_is_kept(shop):
    keep_for(90)
    young, waiting = received(89, csv_of(po="1")), received(500, csv_of(po="2"))
    done(young)
    done(waiting, "needs_person")

    assert purging.purge(BOSS) == 0


def test_a_file_that_came_again_lately_is_kept(shop):
    keep_for(90)
    done(received(500))
    done(received(2), "duplicate")
    models.StoredFile.update(created_at=clock.now() - timedelta(days=500)).execute()

    assert purging.purge(BOSS) == 0


def test_the_history_of_the_order_says_what_was_deleted(shop):
    keep_for(90)
    old = received(200)
    intake.read_file(old.id, BOSS)
    (order,) = intake.orders_of(old)

    assert purging.purge(BOSS) == 0  # in review somebody may want to look
    engine.cancel_order(order.id, "not wanted", BOSS)
    assert purging.purge(BOSS) == 1

    said = models.OrderEvent.get(models.OrderEvent.kind == "file_purged")
    assert said.order_id == order.id
    assert f"'order.csv' was deleted as too old: {old.file.size} bytes, SHA-256" in said.text


def test_the_same_file_sent_again_is_kept_again(shop):
    keep_for(90)
    old = received(200)
    done(old)
    purging.purge(BOSS)

    again = intake.receive("upload", "order.csv", csv_of(), actor=BOSS)

    assert again.file_id == old.file_id
    assert content_of(stored(again)) == csv_of()


def test_a_mail_goes_as_its_files_do(shop):
    keep_for(90)
    then = clock.now() - timedelta(days=100)
    original = engine.store_file(b"Subject: Our order\n\nHello", "message/rfc822")
    models.StoredFile.update(created_at=then).execute()
    mail = models.IncomingMail.create(
        mailbox=a_mailbox(), key="<1@x>", original=original, received_at=then, state="waiting",
        subject="Our order",
    )  # fmt: skip

    assert purging.purge(BOSS) == 0
    mail.state = "taken"
    mail.save()
    assert purging.purge(BOSS) == 1
    assert bytes(models.StoredFile.get_by_id(mail.original_id).content) == b""


def test_a_file_that_is_gone_is_told_on_its_page(shop, client_as):
    keep_for(90)
    old = received(200)
    done(old)
    purging.purge(BOSS)
    client = client_as("Sales")

    assert "was deleted on" in text_of(client.get(f"/incoming/{old.id}/sheet"))
    assert client.get(f"/incoming/{old.id}/file").status_code == 404
    assert client.get(f"/incoming/{old.id}").status_code == 200


def test_the_owner_says_how_long_files_are_kept(shop, client_as):
    owner = client_as("Owner")
    form = form_of(owner.get("/setup/shop/"))

    owner.post("/setup/shop/", data={**form, "keep_files_days": "400"})

    assert models.ShopSetting.get(models.ShopSetting.name == "keep_files_days").value == 400
