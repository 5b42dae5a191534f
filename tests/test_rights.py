"""Who may open what: every address of the shop, tried by everybody.

``WHO`` says for each endpoint which roles may use it, by letter: Owner, Manager, Sales, department
Worker, Accountant, Read-only.  The first line that fits counts.  A new endpoint without a line
fails the test, so that nobody forgets to decide.
"""

from fnmatch import fnmatch

import pytest

import models
from tests import shop
from tests.web import a_person, log_in_as, visitor

ROLES = {
    "O": "Owner",
    "M": "Manager",
    "S": "Sales",
    "W": "Department worker",
    "A": "Accountant",
    "R": "Read-only",
}
DRAWN = "OW"  # whose pages are drawn here as well: who sees everything, and who sees least
ALL = "OMSWAR"
ANYONE = ALL + "-"  # without logging in, too

#: endpoint (or a pattern of it), method (or *), who may
WHO = (
    ("static", "*", ANYONE),
    ("today.static", "*", ANYONE),
    ("auth.login", "*", ANYONE),
    ("health.*", "*", ANYONE),
    ("api.*", "*", ANYONE),  # asks for its own token
    ("portal.*", "*", ANYONE),  # asks for the secret of its link
    ("me.index", "*", ALL),
    # the work of every day
    ("today.*", "*", ALL),
    ("find.index", "*", ALL),
    *(
        (f"orders.{view}", "*", "")
        for view in ("create_view", "edit_view", "delete_view", "ajax_lookup", "ajax_update")
    ),
    ("orders.export", "*", "OMSA"),
    ("orders.*", "*", ALL),
    ("order_page.release_credit", "*", "OA"),
    ("order_page.release", "*", "OMS"),
    ("order_page.settle", "*", "OMS"),
    ("order_page.notes_read", "*", "OMS"),
    ("order_page.cancel", "*", "OM"),
    ("order_page.job_date", "*", "OMS"),
    ("order_page.hold", "*", "OMSW"),
    ("order_page.end_hold", "*", "OMSW"),
    ("order_page.reopen", "*", "OM"),  # and workers of that department
    ("order_page.add_artwork", "*", "OMSW"),
    ("order_page.add_version", "*", "OMSW"),
    ("order_page.settle_artwork", "*", "OMSW"),
    ("order_page.document", "*", "OMSA"),  # a customer's order has prices in it
    ("order_page.*", "GET", ALL),
    ("order_entry.*", "*", "OMS"),
    ("order_lookup.*", "*", "OMS"),
    ("queue.save_view", "*", ALL),
    ("queue.delete_view", "*", ALL),
    ("queue.popup", "POST", "OMSW"),  # sales decide about missing pieces there
    ("queue.plan", "POST", "OM"),
    ("queue.vendors", "*", "OMW"),
    ("queue.*", "GET", ALL),
    *(
        (f"{table}.{view}", "*", "")
        for table in ("incoming", "mails")
        for view in ("create_view", "edit_view", "delete_view", "ajax_lookup", "ajax_update")
    ),
    ("incoming.*", "*", "OMS"),
    ("mapping_wizard.*", "*", "OMS"),
    ("mappings.create_view", "*", ""),
    ("mappings.*", "*", "OMS"),
    ("mails.*", "*", "OMS"),
    # what the shop knows
    ("customers.create_view", "*", "OMSA"),
    ("customers.edit_view", "*", "OMSA"),
    ("customers.delete_view", "*", "OMSA"),
    ("customers.ajax_lookup", "*", "OMSA"),
    ("customers.ajax_update", "*", "OMSA"),
    ("customers.export", "*", "OMSA"),
    ("customers.*", "*", ALL),
    ("*products.export", "*", "OMSA"),
    ("variants.export", "*", "OMSA"),
    ("products.index_view", "*", ALL),
    ("products.details_view", "*", ALL),
    ("products.action_view", "*", ALL),
    ("products.*", "*", "OM"),
    ("variants.index_view", "*", ALL),
    ("variants.details_view", "*", ALL),
    ("variants.action_view", "*", ALL),
    ("variants.*", "*", "OM"),
    ("vendors.*", "*", "OM"),
    ("vendor_items.*", "*", "OM"),
    ("purchase_orders.create_view", "*", ""),
    ("purchase_orders.delete_view", "*", ""),
    ("purchase_orders.*", "*", "OM"),
    *(
        (f"{table}.{view}", "*", "")
        for table in ("receipts", "shipments", "events", "login_events")
        for view in ("create_view", "edit_view", "delete_view", "ajax_update", "ajax_lookup")
    ),
    ("receipts.*", "*", "OM"),
    ("shipments.export", "*", "OMSA"),
    ("shipments.*", "*", ALL),
    ("events.*", "*", "OMSA"),
    ("messages.*", "*", "OMS"),
    ("papers.send", "*", "OM"),
    ("papers.*", "*", ALL),
    ("printing.*", "*", ALL),
    ("care.*", "*", "OMS"),
    ("proofs.send", "*", "OMSW"),
    ("proofs.*", "GET", ALL),
    ("shared_columns.*", "*", "OM"),
    ("shared_connect.*", "*", "OM"),
    ("shared_sheets.sync", "*", "OMS"),
    ("shared_sheets.*", "POST", "OM"),
    ("shared_sheets.*", "GET", ALL),
    ("shared_waiting.answer", "POST", "OM"),
    ("shared_waiting.*", "POST", "OMS"),
    ("shared_waiting.*", "GET", ALL),
    # what the shop decides
    ("shop_settings.index", "*", "OM"),
    ("departments.*", "*", "OM"),
    ("mailboxes.delete_view", "*", ""),
    ("mailboxes.*", "*", "OM"),
    ("paper_pages.*", "*", "OM"),
    ("printers.delete_view", "*", ""),
    ("printers.*", "*", "OM"),
    ("print_rules.*", "*", "OM"),
    ("carriers.delete_view", "*", ""),
    ("carriers.*", "*", "OM"),
    ("closed_days.*", "*", "OM"),
    ("custom_fields.delete_view", "*", ""),
    ("custom_fields.*", "*", "OM"),
    ("required_fields.*", "*", "OM"),
    ("heading_words.*", "*", "OM"),
    ("message_templates.*", "*", "OM"),
    ("outbox.*", "*", "OM"),
    ("people.delete_view", "*", ""),
    ("people.*", "*", "O"),
    ("roles.*", "*", "O"),
    ("api_tokens.edit_view", "*", ""),
    ("api_tokens.delete_view", "*", ""),
    ("api_tokens.ajax_update", "*", ""),
    ("api_tokens.*", "*", "O"),
    ("login_events.*", "*", "O"),
    ("saved_views.create_view", "*", ""),
    ("saved_views.edit_view", "*", ""),
    ("saved_views.ajax_update", "*", ""),
    ("saved_views.ajax_lookup", "*", ""),
    ("saved_views.export", "*", "OMSA"),
    ("saved_views.*", "*", ALL),
)
#: Values for what an address asks for; everything else is 1.
ARGUMENTS = {
    "export_type": "csv",
    "slug": "screen-print",
    "filename": "css/tokens.css",
    "number": "1001",
    "part": "late",
    "event": "shipped",
    "decision": "approve",
    "paper": "label",
}
#: These have tests of their own: they end the session, or ask for a secret or a token.
SELF_CHECKED = ("auth.login", "auth.logout", "health.readyz", "api.*")
#: Instead of "you may not" these may say "not here" (a row that one does not see).
HIDDEN = ("queue.*", "order_page.*", "proofs.*", "papers.*", "printing.*", "paper_pages.*")


@pytest.fixture
def a_shop_at_work(app):
    shop.a_shop()
    file = models.StoredFile.create(sha256="0" * 64, size=1, content=b"x")
    models.IncomingFile.create(channel="upload", name="order.xlsx", file=file)
    models.Vendor.create(code="V", name="Blanks")
    order = shop.a_released_order(shop.a_line(product=shop.a_product(sizes=["S"])))
    models.OutboxRow.create(kind="message", order=order)
    models.Message.create(key="k", event="shipped", order=order)
    return order


def everything(app):
    """Every endpoint with its methods and an address that fits."""
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        values = {name: ARGUMENTS.get(name, 1) for name in rule.arguments}
        address = adapter.build(rule.endpoint, values, append_unknown=False)
        for method in sorted(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule.endpoint, method, f"{address}?id=1"


def who_may(endpoint, method):
    for pattern, methods, who in WHO:
        if fnmatch(endpoint, pattern) and methods in ("*", method):
            return who
    return None


def answer_to(client, endpoint, method, address):
    """The status of a request; a script asks where something is changed, to hear 403 plainly."""
    headers = {} if method == "GET" else {"X-Requested-With": "fetch"}
    answer = client.open(address, method=method, headers=headers)
    answer.close()
    return answer


def test_everybody_has_decided_who_may_open_what(app):
    missing = [
        f"{endpoint} {method}"
        for endpoint, method, _ in everything(app)
        if who_may(endpoint, method) is None and endpoint != "auth.logout"
    ]

    assert missing == [], "say in WHO who may use these"


@pytest.mark.once
@pytest.mark.parametrize("letter", ROLES)
def test_a_role_opens_what_it_may_and_nothing_else(app, a_shop_at_work, letter, monkeypatch):
    if letter not in DRAWN:  # whether a page opens is known before it is drawn
        monkeypatch.setattr("flask.templating._render", lambda *_of_what: "")
    departments = ["screen-print", "purchasing"] if letter == "W" else None
    client = log_in_as(app, a_person(ROLES[letter], departments=departments))
    wrong = []

    for endpoint, method, address in everything(app):
        who = who_may(endpoint, method)
        if who is None or any(fnmatch(endpoint, pattern) for pattern in SELF_CHECKED):
            continue
        status = answer_to(client, endpoint, method, address).status_code
        refused = {403, 404} if any(fnmatch(endpoint, pattern) for pattern in HIDDEN) else {403}
        opened = status < 500 and status not in (401, 403)
        fine = opened if letter in who else status in refused
        if not fine:
            wrong.append(f"{method} {address} ({endpoint}) answers {status}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.once
def test_without_logging_in_one_sees_the_log_in_and_nothing_else(app, a_shop_at_work):
    wrong = []

    for endpoint, method, address in everything(app):
        if "-" in (who_may(endpoint, method) or ""):
            continue
        client = visitor(app)
        answer = answer_to(client, endpoint, method, address)
        to_login = answer.status_code == 302 and answer.headers["Location"].startswith("/login")
        if not to_login and answer.status_code != 401:
            wrong.append(f"{method} {address} ({endpoint}) answers {answer.status_code}")

    assert wrong == []


def test_a_worker_does_not_see_the_queues_of_others(app, a_shop_at_work):
    worker = log_in_as(app, a_person("Department worker", departments=["embroidery"]))

    assert worker.get("/q/embroidery/").status_code == 200
    assert worker.get("/q/screen-print/").status_code in (403, 404)


@pytest.mark.once
def test_a_worker_sees_no_money_on_any_page(app, a_shop_at_work):
    """What is 8765.43 in the shop stands on no page that a worker can open."""
    models.OrderLine.update(unit_price="8765.43", line_total="420740.64").execute()
    models.Order.update(grand_total="420740.64", subtotal="420740.64").execute()
    models.Product.update(price="8765.43").execute()
    models.Variant.update(price="8765.43", cost="8765.43").execute()
    models.Customer.update(credit_limit="8765.43", open_receivables="8765.43").execute()
    worker = log_in_as(
        app,
        a_person(
            "Department worker",
            departments=["screen-print", "purchasing", "receiving", "shipping", "packaging"],
        ),
    )
    boss = log_in_as(app, a_person("Owner"))
    told = []

    for endpoint, method, address in everything(app):
        if method == "GET":
            page = worker.get(address)
            text = page.get_data(as_text=True) if "static" not in endpoint else ""
            if any(sum_ in text for sum_ in ("8765.43", "8,765.43", "420,740", "420740")):
                told.append(address)

    assert told == []
    assert "8,765.43" in boss.get("/products/").get_data(as_text=True)
