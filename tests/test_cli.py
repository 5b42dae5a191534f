"""The terminal: the same verbs as the screens, readable answers, one sentence for a refusal."""

import os
import subprocess
import sys
import zipfile

import pytest

import auth
import models
import outbox
from models import ApiToken, Hold, IncomingFile, Order, Person
from settings import ROOT
from tests.shop import a_customer, a_line, a_product, a_released_order, a_shop, an_order, reload
from tests.web import a_person

CSV = "PO Number,SKU,Description,Quantity,Price\nPO-9,{sku},Heavy cotton tee,48,6.50\n"


@pytest.fixture
def flask(app):
    """``flask("orders", "--late")``: what it said, what it complained about, how it ended."""
    a_shop()
    runner = app.test_cli_runner()

    def run(*words, said=None):
        return runner.invoke(args=[str(word) for word in words], input=said)

    return run


# ---------------------------------------------------------------- import


def test_an_imported_file_says_which_order_it_became(flask, tmp_path):
    customer, product = a_customer(), a_product()
    file = tmp_path / "order.csv"
    file.write_text(CSV.format(sku=product.sku))

    answer = flask("import", file, "--customer", customer.code)

    order = Order.get()
    assert answer.exit_code == 0, answer.output
    assert f"order {order.number}, {customer.name}" in answer.stdout
    assert order.customer == customer
    assert IncomingFile.get().received_by.startswith("terminal (")


def test_open_problems_are_printed_below_the_order(flask, tmp_path):
    file = tmp_path / "order.csv"
    file.write_text(CSV.format(sku="NO-SUCH-SKU").replace("48", "a dozen or so"))

    answer = flask("import", file)

    assert answer.exit_code == 0
    problems = [line for line in answer.stdout.splitlines() if line.startswith("  ")]
    assert any("a dozen or so" in line for line in problems)


def test_the_same_file_twice_is_one_order_and_says_which(flask, tmp_path):
    file = tmp_path / "order.csv"
    file.write_text(CSV.format(sku=a_product().sku))
    flask("import", file)

    answer = flask("import", file)

    assert answer.exit_code == 0
    assert f"The same file as order {Order.get().number}" in answer.stdout


def test_what_becomes_no_order_is_named_and_the_others_are_read(flask, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.pdf"
    good.write_text(CSV.format(sku=a_product().sku))
    bad.write_bytes(b"%PDF-1.4 nothing")

    answer = flask("import", bad, good)

    assert answer.exit_code == 1
    assert f"{bad}: " in answer.stderr
    assert "1 of 2 files became no order" in answer.stderr
    assert Order.select().count() == 1


def test_an_empty_file_is_refused_in_words(flask, tmp_path):
    (tmp_path / "nothing.csv").touch()

    answer = flask("import", tmp_path / "nothing.csv")

    assert answer.exit_code == 1
    assert "'nothing.csv' is empty" in answer.stderr


def test_a_file_that_is_not_there_is_a_wrong_option(flask, tmp_path):
    answer = flask("import", tmp_path / "gone.csv")

    assert answer.exit_code == 2
    assert "does not exist" in answer.stderr


def test_an_unknown_customer_stops_the_import_before_anything_is_kept(flask, tmp_path):
    file = tmp_path / "order.csv"
    file.write_text(CSV.format(sku="X"))

    answer = flask("import", file, "--customer", "NOBODY")

    assert answer.exit_code == 1
    assert answer.stderr == "Error: There is no customer with the code 'NOBODY'.\n"
    assert IncomingFile.select().count() == 0


# ---------------------------------------------------------------- orders


def test_the_list_shows_open_orders_with_what_they_wait_for(flask):
    order = a_released_order()
    done = an_order()
    models.Order.update(closed_at=models.clock.now(), stage="done").where(
        models.Order.id == done.id
    ).execute()

    answer = flask("orders")

    heading, row = answer.stdout.splitlines()
    assert heading.split()[:3] == ["Number", "Stage", "In"]
    assert row.startswith(order.number)
    assert reload(order).waiting in row


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {"late", "held", "plain"}),
        (["--late"], {"late"}),
        (["--on-hold"], {"held"}),
        (["--stage", "review"], {"late", "held", "plain"}),
        (["--stage", "production"], set()),
        (["--text", "held"], {"held"}),
        (["--customer", "C-LATE"], {"late"}),
        (["--closed"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_filter_finds_what_it_says(flask, words, expected):
    orders = {
        "late": an_order(customer=a_customer(code="C-LATE"), project_name="late"),
        "held": an_order(project_name="held"),
        "plain": an_order(project_name="plain"),
    }
    Order.update(in_hands_date="2020-01-01").where(Order.id == orders["late"].id).execute()
    flask("hold", orders["held"].number, "--owner", "Sam")

    answer = flask("orders", *words)

    assert answer.exit_code == 0
    if expected:
        shown = {line.split()[0] for line in answer.stdout.splitlines()[1:]}
        assert shown == {orders[name].number for name in expected}
    else:
        assert answer.stdout == "There are no such orders.\n"


def test_a_long_list_says_that_there_is_more(flask):
    for _ in range(3):
        an_order()

    answer = flask("orders", "--limit", 2)

    assert len(answer.stdout.splitlines()) == 4
    assert "--limit 4" in answer.stdout


def test_an_order_is_shown_with_lines_holds_jobs_and_tasks(flask):
    order = a_released_order(a_line(48, color="forest green"), po_number="PO-77")
    flask("hold", order.number, "--owner", "Sam", "--next", "call Dana")

    answer = flask("show", order.number)

    for words in ("PO-77", "48 EA", "forest green", "Sam acts; next: call Dana", "Screen print"):
        assert words in answer.stdout
    assert "0 of 48" in answer.stdout


def test_release_says_every_reason_and_releases_the_others(flask):
    good, bad = an_order(), an_order(a_line(12, unit_price=None))

    answer = flask("release", bad.number, good.number)

    assert answer.exit_code == 1
    assert f"{bad.number} cannot be released" in answer.stderr
    assert "price" in answer.stderr
    assert f"{good.number} released" in answer.stdout
    assert reload(good).released_by.startswith("terminal (")


def test_a_hold_has_an_owner_and_ends(flask):
    order = an_order()

    refused = flask("hold", order.number)
    held = flask("hold", order.number, "--owner", "Sam", "--reason", "goods")
    ended = flask("hold", order.number, "--end")
    again = flask("hold", order.number, "--end")

    assert (refused.exit_code, held.exit_code, ended.exit_code, again.exit_code) == (1, 0, 0, 1)
    assert "say who must act" in refused.stderr
    assert Hold.get().ended_at is not None
    assert again.stderr == f"Error: {order.number} is not on hold.\n"


@pytest.mark.parametrize("words", [["show"], ["release"], ["hold"]], ids=" ".join)
def test_an_order_that_is_not_there_is_one_sentence(flask, words):
    answer = flask(*words, "4711")

    assert answer.exit_code == 1
    assert "There is no order 4711; `flask orders` lists them." in answer.stderr
    assert "Traceback" not in answer.output


# ---------------------------------------------------------------- people and programs


def test_the_first_person_is_the_owner_and_can_log_in(app):
    answer = app.test_cli_runner().invoke(
        args=["user", "add", "Olga@Shop.example", "--name", "Olga"],
        input="a-long-password\na-long-password\n",
    )

    person = Person.get()
    assert answer.exit_code == 0, answer.output
    assert (person.email, person.role.name) == ("olga@shop.example", "Owner")
    assert auth.verify(person.password_hash, "a-long-password")
    assert "a-long-password" not in answer.output


def test_a_department_worker_is_added_with_their_departments(flask):
    a_person("Owner")

    answer = flask(
        *("user", "add", "wil@shop.example", "--name", "Wil", "--role", "department worker"),
        *("--department", "laser", "--department", "embroidery", "--password-stdin"),
        said="a-long-password\n",
    )

    person = Person.get(Person.email == "wil@shop.example")
    assert answer.exit_code == 0, answer.output
    assert sorted(row.department.slug for row in person.departments) == ["embroidery", "laser"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["no address", "--role", "Sales"], "is not an e-mail address"),
        (["boss@shop.example", "--role", "Sales"], "is here already"),
        (["new@shop.example", "--role", "King"], "There is no role 'King': take one of Owner"),
        (["new@shop.example", "--role", "Sales", "--department", "x"], "no department 'x'"),
        (["new@shop.example", "--role", "Sales"], "at least 10 characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_cannot_be_added_is_not(flask, words, sentence):
    a_person("Owner", email="boss@shop.example")

    answer = flask("user", "add", *words, "--name", "New", "--password-stdin", said="short\n")

    assert answer.exit_code == 1
    assert sentence in answer.stderr
    assert Person.select().count() == 1


def test_a_new_password_ends_all_sessions(flask):
    person = a_person("Sales", email="sal@shop.example")

    answer = flask(
        "user", "password", "sal@shop.example", "--password-stdin", said="new-pass-word\n"
    )

    assert answer.exit_code == 0
    assert auth.verify(reload(person).password_hash, "new-pass-word")
    assert reload(person).session_key != person.session_key


def test_somebody_is_switched_off_and_on_again(flask):
    a_person("Owner")
    person = a_person("Sales", email="sal@shop.example")

    flask("user", "deactivate", "sal@shop.example")
    off, listed = reload(person).active, flask("user", "list").stdout
    flask("user", "activate", "sal@shop.example")

    assert not off
    assert "switched off" in listed
    assert reload(person).active


def test_the_last_owner_cannot_be_switched_off(flask):
    a_person("Owner", email="boss@shop.example")

    answer = flask("user", "deactivate", "boss@shop.example")

    assert answer.exit_code == 1
    assert "nobody could change people any more" in answer.stderr
    assert Person.get().active


def test_a_token_is_printed_once_and_works_until_it_is_revoked(flask):
    made = flask("token", "add", "till", "--role", "sales")
    secret = made.stdout.strip()
    before = auth.actor_of_token(secret)
    listed = flask("token", "list").stdout
    flask("token", "revoke", ApiToken.get().id)
    again = flask("token", "revoke", ApiToken.get().id)

    assert before.name == "API: till"
    assert "till" in listed
    assert secret not in listed
    assert auth.actor_of_token(secret) is None
    assert again.exit_code == 1


# ---------------------------------------------------------------- upkeep


def test_the_worker_does_what_is_due_and_ends(flask, settings):
    a_released_order()

    answer = flask("worker", "--once")

    assert answer.exit_code == 0, answer.output
    assert "rows of the outbox tried" in answer.stdout
    assert len(list(settings.mail_dir.glob("*.eml"))) == 1
    assert outbox.counts().waiting == 0


def test_a_backup_goes_out_and_comes_back(flask, tmp_path):
    order = an_order()
    file = tmp_path / "shop.zip"

    made = flask("backup", file)
    Order.update(project_name="spoiled").execute()
    refused = flask("restore", file)
    restored = flask("restore", file, "--replace")

    assert made.exit_code == 0, made.output
    assert zipfile.is_zipfile(file)
    assert refused.exit_code == 1
    assert "--replace" in refused.stderr
    assert restored.exit_code == 0, restored.output
    assert "What was here before is kept" in restored.stdout
    assert reload(order).project_name == ""


@pytest.mark.once
def test_tables_are_brought_up_to_date_once(tmp_path):
    environment = {**os.environ, "INSTANCE_DIR": str(tmp_path)}

    def migrate(*words):
        return subprocess.run(
            [sys.executable, "-m", "flask", "migrate", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True,
        )  # fmt: skip

    before, first, second = migrate("--check"), migrate(), migrate()

    assert (before.returncode, first.returncode, second.returncode) == (1, 0, 0)
    assert "Run `flask migrate`" in before.stderr
    assert "Applied: 0001_initial" in first.stdout
    assert second.stdout == "The tables are up to date.\n"


@pytest.mark.pure
def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    environment = {
        **os.environ,
        "INSTANCE_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }

    ended = subprocess.run(
        [sys.executable, "-m", "flask", "orders"],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip

    assert ended.returncode == 1
    assert "Error: The database does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.once
def test_without_tables_the_sentence_says_what_to_run(tmp_path):
    environment = {**os.environ, "INSTANCE_DIR": str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, "-m", "flask", "orders"],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip

    assert ended.returncode == 1
    assert "run `flask migrate` first" in ended.stderr


def test_every_command_explains_itself(flask):
    listed = flask("--help").stdout

    names = ["backup", "demo", "hold", "import", "migrate", "orders", "release", "restore", "show"]
    for name in [*names, "token", "user", "worker"]:
        assert f"\n  {name} " in listed
        assert flask(name, "--help").exit_code == 0
