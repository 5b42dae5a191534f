"""Backup while the shop works, restore into what stands there: the same rows, or nothing."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager

import pytest

import backup
import migrate
import models
import outbox
from backup import BackupError
from errors import BlockedError
from models import Order, OrderEvent, OutboxRow
from ops.copies import CopyError
from settings import ROOT
from tests.services import leave, new_postgresql_database, wait_until
from tests.shop import a_customer, a_released_order, a_shop, an_order

PIECES = "Sweatshirt Ünï 'quoted' 💥"


@pytest.fixture
def shop(db):
    a_shop()


@pytest.fixture
def elsewhere(request, settings, tmp_path):
    """Settings of a second, completely empty place for a shop, on the same kind of database."""
    if request.config.getoption("--db") == "sqlite":
        url = f"sqlite:///{tmp_path}/elsewhere.db"
    else:
        here = request.getfixturevalue("database_url").rpartition("/")[2]
        url = new_postgresql_database(request.getfixturevalue("postgres"), f"{here}_elsewhere")
    words = {"database_url": url, "instance_dir": tmp_path / "elsewhere"}
    return settings.model_copy(update=words)


@contextmanager
def being_in(settings):
    """The tables bound to another shop for a while."""
    before = models.database.obj
    opened = models.connect(settings.database_url)
    try:
        yield
    finally:
        leave(opened)
        models.database.initialize(before)


def counts():
    return {t._meta.table_name: t.select().count() for t in models.TABLES if t.table_exists()}


def test_what_is_restored_is_what_was_backed_up(shop, settings, elsewhere, tmp_path):
    order = a_released_order(project_name=PIECES)
    file = tmp_path / "shop.zip"

    made = backup.write(file, settings)
    with being_in(elsewhere):
        restored = backup.restore(file, elsewhere)
        there, name = counts(), Order.get(Order.number == order.number).project_name

    assert there == made.rows == restored.manifest.rows == counts()
    assert there["orders"] == 1
    assert name == PIECES
    assert restored.kept is None


def test_what_is_restored_goes_on_working(shop, settings, elsewhere, tmp_path):
    a_released_order()
    backup.write(tmp_path / "shop.zip", settings)

    with being_in(elsewhere):
        backup.restore(tmp_path / "shop.zip", elsewhere)
        order = an_order(project_name="made afterwards")
        found = Order.select().where(Order.search_text.contains("made afterwards")).count()

    assert found == 1
    assert order.number not in {row.number for row in Order.select()}


def test_a_backup_is_readable_by_its_owner_only(shop, settings, tmp_path):
    file = tmp_path / "shop.zip"

    backup.write(file, settings)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_a_backup_made_while_others_write_is_one_moment_of_the_shop(
    shop, settings, elsewhere, tmp_path
):
    """Each order is written with its event in one transaction, by processes that do not wait."""
    customer = a_customer()
    program = (
        "import sys, models, outbox; from models import *;"
        "models.connect(sys.argv[1]); print('up', flush=True)\n"
        "for n in range(100_000):\n"
        "    with models.transaction():\n"
        "        order = Order.create(number=f'{sys.argv[2]}{n}', customer=sys.argv[3])\n"
        "        OrderEvent.create(order=order, actor='x', kind='x', text='x' * 500)\n"
        "        outbox.add('message', {'event': 'confirmed', 'order_id': order.id})\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, settings.database_url, name, str(customer.id)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        for name in "ab"
    ]
    try:
        wait_until(lambda: Order.select().count() > 50, "the first orders")
        files = [tmp_path / f"{number}.zip" for number in range(3)]
        rows = [backup.write(file, settings).rows for file in files]
        meanwhile = Order.select().count()
        assert all(writer.poll() is None for writer in writers)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()

    assert 0 < rows[0]["orders"] < rows[1]["orders"] < rows[2]["orders"] <= meanwhile
    for one in rows:
        assert one["orders"] == one["order_events"] == one["outbox"]
    with being_in(elsewhere):
        backup.restore(files[1], elsewhere)
        assert counts() == rows[1]
        lonely = Order.select().where(Order.id.not_in(OrderEvent.select(OrderEvent.order)))
        assert not lonely.exists()
        if not models.on_postgresql():
            assert models.database.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)
            assert models.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []


# ---------------------------------------------------------------- a shop that is there already


def test_a_shop_that_is_there_is_not_replaced_unless_somebody_says_so(shop, settings, tmp_path):
    an_order()
    backup.write(tmp_path / "shop.zip", settings)
    an_order()

    with pytest.raises(
        BlockedError, match=r"a shop already \(customers: 2, orders: 2\).*--replace"
    ):
        backup.restore(tmp_path / "shop.zip", settings)

    assert Order.select().count() == 2


def test_the_shop_that_is_replaced_is_kept(shop, settings, tmp_path):
    first = an_order()
    backup.write(tmp_path / "shop.zip", settings)
    second = an_order()

    restored = backup.restore(tmp_path / "shop.zip", settings, replace=True)
    numbers = {order.number for order in Order.select()}
    backup.restore(restored.kept, settings, replace=True)

    assert numbers == {first.number}
    assert {order.number for order in Order.select()} == {first.number, second.number}
    assert restored.kept.parent == settings.instance_dir / "backups"


def test_others_who_have_the_shop_open_see_the_restored_one(shop, settings, tmp_path):
    first = an_order()
    backup.write(tmp_path / "shop.zip", settings)
    an_order()
    seen, go, gone = [], threading.Event(), threading.Event()

    def look():
        with models.database.connection_context():
            Order.select().count()
            gone.set()
            go.wait(20)
            seen.extend(order.number for order in Order.select())

    somebody = threading.Thread(target=look)
    somebody.start()
    gone.wait(20)
    backup.restore(tmp_path / "shop.zip", settings, replace=True)
    go.set()
    somebody.join()

    assert seen == [first.number]


# ---------------------------------------------------------------- what is no backup


def changed(source, target, **words):
    """The same backup with other words in its manifest."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == backup.MANIFEST:
                content = json.dumps(json.loads(content) | words).encode()
            new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"format": 99}, "made by a newer Inhands"),
        ({"migrations": ["9999_flying_cars"]}, r"newer Inhands \(9999_flying_cars\)"),
        ({"product": "Outhands"}, "is not a backup made with"),
        ({"database": "oracle"}, "is not a backup made with"),
        ({"database": None}, "is not a backup made with"),
        ({"spirit": 1}, "is not a backup made with"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_backup_that_does_not_fit_changes_nothing(shop, settings, tmp_path, words, sentence):
    an_order()
    backup.write(tmp_path / "shop.zip", settings)
    other = changed(tmp_path / "shop.zip", tmp_path / "other.zip", **words)

    with pytest.raises(BackupError, match=sentence):
        backup.restore(other, settings, replace=True)

    assert Order.select().count() == 1


def test_a_backup_of_the_other_kind_of_database_is_refused_by_name(shop, settings, tmp_path):
    backup.write(tmp_path / "shop.zip", settings)
    kinds = ["sqlite", "postgresql"]
    here = backup.read_manifest(tmp_path / "shop.zip").database
    kinds.remove(here)
    other = changed(tmp_path / "shop.zip", tmp_path / "other.zip", database=kinds[0])

    with pytest.raises(BackupError, match=f"a shop on {kinds[0]}, but DATABASE_URL is {here}"):
        backup.restore(other, settings)


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18)])
def test_any_other_file_is_refused(shop, settings, tmp_path, content):
    (tmp_path / "shop.zip").write_bytes(content)

    with pytest.raises(BackupError, match="is not a backup made with `flask backup`"):
        backup.restore(tmp_path / "shop.zip", settings)


def test_a_file_that_is_not_there_is_named(settings, tmp_path):
    with pytest.raises(BackupError, match=r"gone\.zip cannot be read: No such file"):
        backup.restore(tmp_path / "gone.zip", settings)


def test_a_damaged_backup_changes_nothing(shop, settings, tmp_path):
    an_order()
    file = tmp_path / "shop.zip"
    backup.write(file, settings)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(40)
    file.write_bytes(content)

    with pytest.raises(BackupError, match="is damaged"):
        backup.restore(file, settings, replace=True)

    assert Order.select().count() == 1


def test_a_backup_that_lost_rows_changes_nothing(shop, settings, tmp_path):
    if models.on_postgresql():
        pytest.skip("pg_restore reads the whole dump before anything is replaced")
    an_order()
    backup.write(tmp_path / "shop.zip", settings)
    rows = backup.read_manifest(tmp_path / "shop.zip").rows | {"orders": 7}
    other = changed(tmp_path / "shop.zip", tmp_path / "other.zip", rows=rows)

    with pytest.raises(BackupError, match=r"is damaged \(rows of orders\)"):
        backup.restore(other, settings, replace=True)

    assert Order.select().count() == 1


def test_a_file_that_is_there_is_never_overwritten(shop, settings, tmp_path):
    (tmp_path / "shop.zip").write_text("holiday pictures")

    with pytest.raises(BackupError, match="is there already"):
        backup.write(tmp_path / "shop.zip", settings)

    assert (tmp_path / "shop.zip").read_text() == "holiday pictures"


def test_a_damaged_shop_makes_no_backup(shop, settings, tmp_path):
    if models.on_postgresql():
        pytest.skip("PostgreSQL's pages are its own business")
    for _ in range(20):
        an_order()
    models.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    models.close()
    broken = tmp_path / "broken.db"
    shutil.copyfile(settings.database_url.removeprefix("sqlite:///"), broken)
    with sqlite3.connect(broken) as opened:
        [page] = opened.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'order_events'"
        ).fetchone()
    with broken.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)

    with pytest.raises(CopyError, match="damaged"):
        backup.write(
            tmp_path / "shop.zip",
            settings.model_copy(update={"database_url": f"sqlite:///{broken}"}),
        )

    assert not (tmp_path / "shop.zip").exists()


def test_without_pg_dump_the_sentence_says_what_to_install(shop, settings, tmp_path, monkeypatch):
    if not models.on_postgresql():
        pytest.skip("SQLite needs no program")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CopyError, match="pg_dump is not installed"):
        backup.write(tmp_path / "shop.zip", settings)


def test_an_older_backup_is_brought_up_to_date(elsewhere, settings, tmp_path):
    """What migrations are for: the tables of the backup are older than the program."""
    with being_in(settings.model_copy(update={"database_url": elsewhere.database_url})):
        migrate.apply_migrations()
        a_shop()
        an_order()
        backup.write(tmp_path / "shop.zip", elsewhere)
        older = backup.read_manifest(tmp_path / "shop.zip")
        restored = backup.restore(tmp_path / "shop.zip", elsewhere, replace=True)
        pending = migrate.pending()

    assert older.migrations
    assert restored.migrated == pending == []


def test_the_outbox_travels_too(shop, settings, elsewhere, tmp_path):
    outbox.add("mail", {"message_id": 7}, key="once")
    backup.write(tmp_path / "shop.zip", settings)

    with being_in(elsewhere):
        backup.restore(tmp_path / "shop.zip", elsewhere)
        outbox.add("mail", {"message_id": 7}, key="once")
        row = OutboxRow.get()

    assert row.payload == {"message_id": 7}
