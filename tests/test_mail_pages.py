"""The screens of mails and mailboxes: what waits, two clicks, the form beside a mail, secrets."""

import pytest

import clock
import models
from sync import intake, mailroom
from sync.channels.sealed import seal, unseal
from sync.letters.safely import LetterReader
from sync.mail_rules import Arrival
from tests.post import PASSED, a_mail, a_mailbox, an_order_mail, files
from tests.shop import BOSS, a_customer, a_product, a_shop, reload
from tests.test_order_entry import a_form, a_row
from tests.web import form_of, queries, text_of

SECRET = "app-password-2026"


@pytest.fixture(scope="module")
def reader():
    with LetterReader() as one:
        yield one


@pytest.fixture
def mailbox(db):
    a_shop()
    a_customer("Riverside AC", code="RAC", email="dana@riverside.example")
    a_product("TEE-1", price="6.50", color="")
    a_product("CAP-1", price="9.00", name="Cap", color="")
    return a_mailbox(trust="authenticated", authserv_ids=["mx.shop.example"])


@pytest.fixture
def arrives(reader, mailbox):
    def keep(mail, uid=1):
        content = mail.as_bytes()
        return mailroom.keep(
            Arrival(mailbox, "INBOX", 1, uid, len(content), clock.now(), content), reader
        )

    return keep


# ---------------------------------------------------------------- mails


def test_the_list_says_of_every_mail_what_to_do_next(client_as, arrives):
    arrives(an_order_mail("1", subject="Good", Authentication_Results=PASSED))
    arrives(an_order_mail("2", subject="Stranger", sender="new@stranger.example"))
    arrives(a_mail(subject="In words", Authentication_Results=PASSED))
    arrives(a_mail(subject="Away", Auto_Submitted="auto-replied"))
    intake.read_file(files()[0].id, BOSS)

    page = text_of(client_as("Sales").get("/incoming/mails/"))

    number = models.Order.get().number
    assert f'Check and release order <a class="job-link" href="/orders/{number}"' in page
    assert "nobody said for whom new@stranger.example orders" in page
    assert "the order stands in its text" in page
    assert "Nobody has to read it: it is an automatic reply." in page
    incoming = text_of(client_as("Sales").get("/incoming/"))
    assert 'href="/incoming/mails/"' in incoming


def test_the_list_asks_as_much_for_twenty_mails_as_for_one(client_as, arrives):
    client = client_as("Sales")
    arrives(an_order_mail("0", Authentication_Results=PASSED))
    client.get("/incoming/mails/")
    with queries(8):
        assert client.get("/incoming/mails/").status_code == 200
    for n in range(1, 20):
        arrives(an_order_mail(str(n), Authentication_Results=PASSED))

    with queries(8):
        assert client.get("/incoming/mails/").status_code == 200


def test_one_click_takes_the_order_and_remembers_the_sender(client_as, arrives):
    mail = arrives(an_order_mail("1", sender="new@stranger.example"))
    client = client_as("Sales")
    page = text_of(client.get(f"/incoming/mails/{mail.id}"))
    assert "everybody at stranger.example does" in page

    answer = client.post(
        f"/incoming/mails/{mail.id}/order", data={"customer": "RAC", "remember": "domain"}
    )

    assert answer.status_code == 302
    assert models.OrderSender.get().pattern == "@stranger.example"
    assert (reload(mail).state, files()[0].state) == ("taken", "received")


def test_a_mail_that_is_no_order_stays_in_the_list_as_rejected(client_as, arrives):
    mail = arrives(an_order_mail("1", sender="new@stranger.example"))

    client_as("Sales").post(
        f"/incoming/mails/{mail.id}/no-order", data={"reason": "advertising", "for_ever": "1"}
    )

    assert reload(mail).state == "rejected"
    assert models.OrderSender.get().customer is None


@pytest.mark.parametrize("path", ["", "/original", "/part/0"])
def test_who_may_not_handle_incoming_files_sees_no_mail(client_as, arrives, path):
    mail = arrives(an_order_mail("1"))

    assert client_as("Department worker").get(f"/incoming/mails/{mail.id}{path}").status_code == 403


def test_a_mails_text_is_text_and_what_hangs_on_it_never_runs_here(client_as, arrives):
    mail = arrives(
        a_mail(
            ("x.html", b"<html><script>alert(1)</script>"), ("po.pdf", b"%PDF-1.7"),
            text="<script>alert(2)</script>", subject="<b>Order</b>", Authentication_Results=PASSED,
        )
    )  # fmt: skip
    client = client_as("Sales")

    page = text_of(client.get(f"/incoming/mails/{mail.id}"))
    markup = client.get(f"/incoming/mails/{mail.id}/part/0?show=1")
    paper = client.get(f"/incoming/mails/{mail.id}/part/1?show=1")

    assert "<script>alert(2)" not in page
    assert "<b>Order</b>" not in page
    assert markup.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in markup.headers["Content-Security-Policy"]
    assert (paper.mimetype, paper.headers["Content-Disposition"]) == ("application/pdf", "inline")
    assert "script" not in paper.headers["Content-Security-Policy"]
    assert client.get(f"/incoming/mails/{mail.id}/part/9").status_code == 404


# ---------------------------------------------------------------- typed from a mail


def test_the_order_form_opens_beside_the_mail_and_its_order_is_linked_once(client_as, arrives):
    arrives(a_mail(("po.pdf", b"%PDF-1.7"), text="48 tees, please", Authentication_Results=PASSED))
    incoming, client = files()[0], client_as("Sales")
    page = text_of(client.get(f"/orders/new?incoming={incoming.id}"))
    assert "48 tees, please" in page
    assert f'src="/incoming/mails/{incoming.mail_id}/part/0?show=1"' in page
    typed = a_form(a_row(), customer=models.Customer.get(models.Customer.code == "RAC"))

    first = client.post(f"/orders/new?incoming={incoming.id}", data=typed)
    second = client.post(f"/orders/new?incoming={incoming.id}", data=typed)

    order = models.Order.get()
    assert first.headers["Location"].endswith(f"/orders/{order.number}")
    assert order.incoming == incoming
    assert reload(incoming).state == intake.State.ACCEPTED
    assert models.Order.select().count() == 1
    assert second.status_code in (302, 409)
    mail = text_of(client.get(f"/incoming/mails/{incoming.mail_id}"))
    assert f'href="/orders/{order.number}"' in mail
    assert "Enter another order of it" in mail


def test_a_file_that_no_program_reads_can_be_typed_in_from_its_page(client_as, mailbox):
    incoming = intake.receive("upload", "po.pdf", b"%PDF-1.7", actor=BOSS)
    intake.read_file(incoming.id, BOSS)
    client = client_as("Sales")

    page = text_of(client.get(f"/incoming/{incoming.id}"))

    assert f'href="/orders/new?incoming={incoming.id}"' in page
    assert "Download po.pdf" in text_of(client.get(f"/orders/new?incoming={incoming.id}"))
    assert client.get("/orders/new?incoming=999999").status_code == 404


# ---------------------------------------------------------------- mailboxes


def typed_mailbox(client, **values):
    blank = form_of(client.get("/setup/mailboxes/new/"))
    words = {
        "name": "Orders",
        "host": "imap.gmail.com",
        "user": "orders@shop.example",
        "active": "y",
    }
    for name, value in (words | values).items():
        blank.setlist(name, [value])
    return client.post("/setup/mailboxes/new/", data=blank, follow_redirects=True)


def test_a_mailbox_is_added_and_its_password_is_never_shown_again(client_as, db):
    client = client_as("Owner")

    page = text_of(
        typed_mailbox(
            client, new_password=SECRET, own_addresses="orders@shop.example, sales@shop.example"
        )
    )

    box = models.Mailbox.get()
    assert unseal(box.password) == SECRET
    assert box.own_addresses == ["orders@shop.example", "sales@shop.example"]
    shown = [
        f"/setup/mailboxes/{more}"
        for more in ("", f"edit/?id={box.id}", f"details/?id={box.id}", "export/csv/")
    ]
    for text in (page, *(text_of(client.get(path)) for path in shown)):
        assert SECRET not in text
        assert box.password not in text


def test_an_empty_password_leaves_the_stored_one_and_a_new_one_replaces_it(client_as, db):
    a_shop()
    box, client = a_mailbox(name="Orders", security="tls"), client_as("Owner")
    address = f"/setup/mailboxes/edit/?id={box.id}"

    same = form_of(client.get(address))
    client.post(address, data=same)
    assert unseal(reload(box).password) == "secret"
    other = form_of(client.get(address))
    other.setlist("new_password", [SECRET])
    client.post(address, data=other)

    assert unseal(reload(box).password) == SECRET


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"new_password": ""}, "Password: type the password"),
        ({"host": "https://imap.gmail.com"}, "Host: type the server"),
        ({"processed_folder": "INBOX"}, "Folders: three different folders"),
        ({"login": "oauth2", "client_id": "x"}, "Token address: type where"),
        ({"login": "oauth2", "token_url": "http://evil.example/token"}, "must begin with https"),
        (
            {"login": "oauth2", "provider": "microsoft", "grant": "client_credentials"},
            "type the tenant",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(client_as, db, values, sentence):
    page = text_of(typed_mailbox(client_as("Owner"), **({"new_password": SECRET} | values)))

    assert sentence in page
    assert models.Mailbox.select().count() == 0


def test_the_list_says_how_each_mailbox_stands_and_checks_it_now(client_as, db):
    a_shop()
    broken = a_mailbox(
        name="Broken", problem="imap.x:993 refuses our log-in (no): check user name."
    )
    a_mailbox(name="Good", last_contact_at=clock.now())
    a_mailbox(name="Off", active=False)
    client = client_as("Owner")

    page = text_of(client.get("/setup/mailboxes/"))
    for words in ("refuses our log-in (no): check user name.", "Works", "Switched off"):
        assert words in page
    client.post(f"/setup/mailboxes/{broken.id}/check")

    assert reload(broken).asked_at is not None
    assert client_as("Sales").post(f"/setup/mailboxes/{broken.id}/check").status_code == 403


def test_a_token_that_was_kept_is_forgotten_when_the_log_in_changes(client_as, db):
    a_shop()
    box = a_mailbox(
        name="M365", security="tls", login="oauth2", provider="microsoft", client_id="a",
        access_token=seal("old"), access_until=clock.now(),
    )  # fmt: skip
    client, address = client_as("Owner"), f"/setup/mailboxes/edit/?id={box.id}"
    form = form_of(client.get(address))
    form.setlist("client_id", ["b"])

    client.post(address, data=form)

    assert (reload(box).client_id, reload(box).access_token) == ("b", "")


def test_senders_of_a_customer_stand_on_its_form(client_as, mailbox):
    customer = models.Customer.get(models.Customer.code == "RAC")
    models.OrderSender.create(pattern="@branch.example", customer=customer)

    page = text_of(client_as("Owner").get(f"/customers/edit/?id={customer.id}"))

    assert "@branch.example" in page
