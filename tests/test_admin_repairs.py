"""What Flask-Admin's peewee views do wrong and ours do right, one behaviour a test.

The numbers (B1 …) are those of the list of faults that was made when the stock views were tried.
"""

import importlib.util
import io
from decimal import Decimal
from typing import ClassVar

import openpyxl
import pytest
import wtforms
from flask_login import login_user
from werkzeug.datastructures import MultiDict

import auth
import clock
import models
from admin import filters, forms
from admin.inputs import MomentInput
from admin.views import ShopView
from tests import shop
from tests.web import a_person, form_of, queries, text_of
from workflow.actors import Right


@pytest.fixture
def owner(client_as):
    return client_as("Owner")


def edit(client, url, row, **changes):
    """Open the form of a row, change what is said, save."""
    address = f"{url}edit/?id={row._pk}"
    sent = form_of(client.get(address))
    assert sent, "the page has no form"
    for name, value in changes.items():
        sent[name] = value
    return client.post(address, data=sent)


def seen_as(app, person, make):
    """What ``make()`` gives inside a request of that person."""
    with app.test_request_context("/"):
        login_user(auth.load_person(f"{person.id}.{person.session_key}"))
        return make()


class TaskView(ShopView):
    rights: ClassVar = {"see": Right.SEE_ORDERS}
    creates = edits = False
    related = (models.Task.job,)
    column_list = ("detail", "job.number", "due_date")
    column_sortable_list = ("job.number", "due_date")
    column_filters = (models.Job.number, models.Department.name, models.Order.number, "due_date")
    column_searchable_list = ("detail", models.Department.name)


def task_view():
    return TaskView(models.Task, "Tasks", endpoint="test_tasks", url="/test-tasks")


# ---------------------------------------------------------------- forms


def test_a_row_inside_can_be_added(owner):
    """B1: the stock form insists on the key of a row that does not exist yet."""
    customer = shop.a_customer()

    edit(
        owner,
        "/customers/",
        customer,
        **{
            "contacts-0-id": "",
            "contacts-0-name": "Dana Fox",
            "contacts-0-kind": "art",
            "contacts-0-preferred_channel": "email",
        },
    )

    assert [contact.name for contact in customer.contacts] == ["Dana Fox"]


def test_rows_inside_are_changed_and_removed(owner):
    customer = shop.a_customer()
    stays = models.Contact.create(customer=customer, name="Dana")
    models.Contact.create(customer=customer, name="Gone")

    edit(owner, "/customers/", customer, **{"contacts-0-name": "Dana Fox", "del-contacts-1": "on"})

    assert [(c.id, c.name) for c in customer.contacts] == [(stays.id, "Dana Fox")]


def test_a_row_of_another_parent_cannot_be_changed_through_a_form(owner):
    mine, other = shop.a_customer(), shop.a_customer()
    theirs = models.Contact.create(customer=other, name="Theirs")

    edit(
        owner,
        "/customers/",
        mine,
        **{
            "contacts-0-id": str(theirs.id),
            "contacts-0-name": "Stolen",
            "contacts-0-kind": "art",
            "contacts-0-preferred_channel": "email",
        },
    )

    assert shop.reload(theirs).name == "Theirs"


@pytest.mark.parametrize("stored", ["change_order", "new_order", "something old"])
def test_a_choice_survives_opening_and_saving(owner, stored):
    """B2: the stock form shows the first choice and saves it."""
    customer = shop.a_customer(duplicate_po=stored)

    answer = edit(owner, "/customers/", customer)

    assert answer.status_code == 302
    assert shop.reload(customer).duplicate_po == stored


@pytest.mark.parametrize(
    "url",
    [
        "/customers/",
        "/products/",
        "/setup/departments/",
        "/setup/people/",
        "/setup/roles/",
        "/vendors/",
    ],
)
def test_saving_an_untouched_form_changes_nothing(owner, url):
    """B2, B19: nothing that a form shows may come back different."""
    table = {
        "/customers/": shop.a_customer,
        "/products/": shop.a_product,
        "/vendors/": lambda: models.Vendor.create(code="V", name="Blanks"),
    }
    found = {
        "/setup/departments/": models.Department,
        "/setup/people/": models.Person,
        "/setup/roles/": models.Role,
    }
    row = table[url]() if url in table else found[url].select().first()
    before = {k: v for k, v in shop.reload(row).__data__.items() if k != "version"}

    answer = edit(owner, url, row)

    assert answer.status_code == 302, text_of(answer)
    assert {k: v for k, v in shop.reload(row).__data__.items() if k != "version"} == before


def test_a_choice_is_changed_in_the_list(owner):
    """B3: the stock list raises for columns with choices."""
    field = models.CustomField.create(level="order", name="rack", label="Rack", kind="text")

    page = owner.get("/setup/custom-fields/")
    answer = owner.post(
        "/setup/custom-fields/ajax/update/", data={"list_form_pk": field.id, "label": "Rack no."}
    )

    assert page.status_code == 200
    assert (answer.status_code, shop.reload(field).label) == (200, "Rack no.")


def test_rows_inside_find_other_tables_by_typing(owner):
    """B4, B28: the stock form falls back to a list of the whole table, once per row inside."""
    customer = shop.a_customer()
    shop.a_product("TEE-A")
    for number in range(30):
        shop.a_product(f"CAP-{number:03}")

    page = owner.get(f"/customers/edit/?id={customer.id}")
    found = owner.get("/customers/ajax/lookup/?name=customeritem.product&query=TEE").json

    assert "CAP-001" not in text_of(page)
    assert [label for _key, label in found] == ["TEE-A Heavy cotton tee"]


def test_columns_left_out_of_rows_inside_may_be_a_tuple(app):
    """B5: the stock converter adds a list to a tuple."""

    class WithRows(ShopView):
        inline_models = ((models.Contact, {"form_excluded_columns": ("phone",)}),)

    view = WithRows(models.Customer, "Customers", endpoint="b5", url="/b5")

    assert "phone" not in [
        f.name for f in view._create_form_class().contacts.unbound_field.args[0]()
    ]


def test_rows_inside_may_hang_on_a_key_of_a_class_of_its_own():
    """B6: the stock converter compares the class of the key instead of asking what it is."""

    class OwnKey(models.ForeignKeyField):
        pass

    class Note(models.Table):
        customer = OwnKey(models.Customer, backref="own_notes")

    assert forms._link(Note, models.Customer) is Note.customer


def test_a_row_is_written_with_everything_inside_or_not_at_all(owner):
    """B13: the stock form keeps the parent when a row inside fails."""
    product = shop.a_product("TEE-1", sizes=["S"])
    shop.a_product("TEE-2", sizes=["M"])

    answer = edit(owner, "/products/", product, name="Renamed", **{"variants-0-sku": "TEE-2-M"})

    assert "already taken" in text_of(answer)
    assert shop.reload(product).name != "Renamed"


def test_a_duplicate_is_a_sentence_at_its_field(owner):
    """B26: the stock view shows the words of the driver."""
    shop.a_customer("First", code="C1")
    second = shop.a_customer("Second", code="C2")

    page = text_of(edit(owner, "/customers/", second, code="C1"))

    assert "This is already taken. Use another." in page
    assert "UNIQUE" not in page and "constraint" not in page


def test_only_what_changed_is_written(owner):
    """B18: the stock cell writes every column of the row, and undoes what others did meanwhile."""
    customer = shop.a_customer()

    with queries() as asked:
        owner.post("/customers/ajax/update/", data={"list_form_pk": customer.id, "phone": "555"})

    written = [sql for sql in asked if sql.startswith("UPDATE") and "phone" in sql]
    assert len(written) == 1
    assert "name" not in written[0]


def test_a_moment_that_was_not_touched_keeps_its_microseconds(app):
    """B19: the stock form cuts them off."""
    moment = clock.now().replace(microsecond=123456)

    class Form(wtforms.Form):
        at = MomentInput()

    shown = Form(data={"at": moment}).at._value()
    sent = MultiDict({"at": shown})

    assert Form(sent, data={"at": moment}).at.data == moment


def test_two_people_at_one_row_are_told(owner, client_as):
    """B29: the stock view lets the last one win."""
    customer = shop.a_customer(phone="1")
    address = f"/customers/edit/?id={customer.id}"
    mine, theirs = form_of(owner.get(address)), form_of(owner.get(address))
    mine["phone"], theirs["phone"] = "2", "3"

    first, second = owner.post(address, data=mine), owner.post(address, data=theirs)

    assert first.status_code == 302
    assert "changed by somebody else" in text_of(second)
    assert shop.reload(customer).phone == "2"


def test_without_the_version_a_row_is_not_saved(owner):
    customer = shop.a_customer(phone="1")
    address = f"/customers/edit/?id={customer.id}"
    sent = form_of(owner.get(address))
    sent.pop("row_version")
    sent["phone"] = "2"

    owner.post(address, data=sent)

    assert shop.reload(customer).phone == "1"


def test_a_fixed_column_is_shown_and_never_written(owner):
    """B16b: the stock view writes a field that is only shown as readonly."""
    field = models.CustomField.create(level="order", name="rack", label="Rack", kind="text")

    page = owner.get(f"/setup/custom-fields/edit/?id={field.id}")
    edit(owner, "/setup/custom-fields/", field, kind="money", level="line")

    assert "disabled" in text_of(page)
    assert (shop.reload(field).kind, shop.reload(field).level) == ("text", "order")


# ---------------------------------------------------------------- lists


def test_filters_on_two_other_tables_work_together(app, owner):
    """B7, B8: the stock view joins from whatever it joined last, and twice."""
    shop.a_shop()
    order = shop.a_released_order()
    view = task_view()

    def rows():
        keys = [one.key for one in view._filters]
        wanted = {"number_begins_with": order.number, "name_is": "Shipping"}
        chosen = [(keys.index(key), "", value) for key, value in wanted.items()]
        chosen.append((len(keys) - 1 - keys[::-1].index("number_begins_with"), "", order.number))
        return view.get_list(0, None, False, "ship", chosen)

    count, found = seen_as(app, owner.person, rows)

    assert count == 1
    assert [task.department.name for task in found] == ["Shipping"]


def test_a_list_sorts_by_a_column_of_another_table(app, owner):
    """B9: the stock view fails on dotted names and on columns that do not sort."""
    shop.a_shop()
    second = shop.a_released_order()
    first = shop.a_released_order()
    view = task_view()

    _count, down = seen_as(
        app, owner.person, lambda: view.get_list(0, "job.number", True, None, [])
    )
    _count, by_nothing = seen_as(
        app, owner.person, lambda: view.get_list(0, "detail", True, None, [])
    )

    assert [down[0].job.number, down[-1].job.number] == [
        shop.job_of(first).number,
        shop.job_of(second).number,
    ]
    assert [task.id for task in by_nothing] == sorted(task.id for task in by_nothing)


@pytest.mark.parametrize(
    "query",
    [
        "sort=1",
        "sort=99",
        "sort=-1",
        "sort=x",
        "page=-1",
        "page=99999999999999999999",
        "page=x",
        "page_size=1000000",
        "page_size=-5",
        "search=%00",
        "search=%25",
        "flt0_code_is=%00",
        "flt0_nothing=1",
        "flt=1",
        "fltx_code_is=1",
        "flt0_credit_limit_is=1e400",
        "flt0_credit_limit_is=nan",
        "flt0_created_at_is_on=0001-01-01",
        "flt0_active_is=5",
    ],
)
def test_no_address_of_a_list_fails(owner, query):
    """B9, B10, B21: the stock list answers 500 to some of these, some only on PostgreSQL."""
    shop.a_customer()

    assert owner.get(f"/customers/?{query}").status_code == 200
    assert owner.get(f"/customers/export/csv/?{query}").status_code == 200


@pytest.mark.parametrize("key", ["abc", "-1", "1e3", "99999999999999999999", "1;2", "%00", "", "0"])
@pytest.mark.parametrize("page", ["details", "edit"])
def test_a_key_that_is_none_leads_back_to_the_list(owner, page, key):
    """B11: the stock page answers 500 on PostgreSQL."""
    answer = owner.get(f"/customers/{page}/?id={key}")

    assert answer.status_code == 302


def test_a_lookup_takes_whatever_it_is_asked(owner):
    """B12: the stock look-up fails without a question and answers with the whole table."""
    for number in range(60):
        shop.a_customer(f"Customer {number:03}")
    base = "/customers/ajax/lookup/?name=sales_rep"

    assert owner.get(base).status_code == 200
    assert owner.get(f"{base}&query=%00&offset=-1&limit=-1").status_code == 200
    assert owner.get("/customers/ajax/lookup/?name=nothing").status_code == 404
    assert owner.get("/customers/ajax/lookup/").status_code == 404
    assert (
        len(owner.get("/customers/ajax/lookup/?name=customeritem.product&limit=100000").json) <= 50
    )


def test_a_lookup_finds_by_the_beginning(owner):
    shop.a_product("TEE-100%")
    shop.a_product("MYTEE")

    found = owner.get("/customers/ajax/lookup/?name=customeritem.product&query=tee").json
    none = owner.get("/customers/ajax/lookup/?name=customeritem.product&query=%25").json

    assert [label.split()[0] for _key, label in found] == ["TEE-100%"]
    assert none == []


def test_a_key_of_another_table_that_is_not_there_is_refused(owner):
    """B12: the stock form fails, or stores nothing without a word."""
    customer = shop.a_customer()

    for key in ("999", "abc", "99999999999999999999"):
        page = edit(owner, "/customers/", customer, sales_rep=key)
        assert "not there any more" in text_of(page)


def test_a_search_takes_percent_and_underscore_for_what_they_are(owner):
    """B21: the stock search takes them for wildcards, and its field says None."""
    shop.a_customer("Hundred % Cotton")
    shop.a_customer("Plain")

    page = text_of(owner.get("/customers/?search=%25"))

    assert "Hundred % Cotton" in page and "Plain" not in page
    assert 'placeholder="None"' not in page
    assert "Search name, code, e-mail" in page


def test_rows_stay_on_their_page(app, owner):
    """B24: without an order PostgreSQL shuffles the pages after an update."""
    customers = [shop.a_customer("Same name") for _ in range(12)]
    view = app.view_functions["customers.index_view"].__self__
    first = seen_as(
        app, owner.person, lambda: view.get_list(0, "name", False, None, [], page_size=6)[1]
    )

    models.Customer.update(phone="1").where(models.Customer.id == customers[0].id).execute()
    again = seen_as(
        app, owner.person, lambda: view.get_list(0, "name", False, None, [], page_size=6)[1]
    )

    assert (
        [row.id for row in again] == [row.id for row in first] == [row.id for row in customers[:6]]
    )


def test_every_kind_of_column_has_filters():
    """B27: the stock view refuses keys and others at the start."""
    columns = (
        models.Customer.id,
        models.Customer.credit_limit,
        models.Customer.created_at,
        models.Customer.exemption_expiry,
        models.Customer.active,
        models.Customer.instructions,
        models.Order.number,
        models.Job.rank,
    )

    assert all(filters.of_column(column, "Column") for column in columns)


def test_a_new_row_is_a_choice_of_a_filter_at_once(app, owner):
    """B30: the stock filter asks once, at the start, and knows no department that came later."""
    shop.a_shop()
    view = task_view()

    def departments():
        return [(str(row.id), row.name) for row in models.Department.select()]

    def options():
        found = view._get_filter_groups()["Department"][0]["options"]
        return [text for _key, text in found]

    view._declared_filters.append(
        filters.by_choice(models.Task.department, "Department", departments)
    )
    before = seen_as(app, owner.person, options)

    shop.a_department("Foil")

    assert "Foil" not in before
    assert "Foil" in seen_as(app, owner.person, options)


def test_the_count_stops_where_nobody_counts_any_more(app, owner, monkeypatch):
    monkeypatch.setattr("admin.views.MOST_COUNTED", 5)
    for _ in range(9):
        shop.a_customer()
    view = app.view_functions["customers.index_view"].__self__

    count, _rows = seen_as(app, owner.person, lambda: view.get_list(0, None, False, None, []))

    assert count == 6


# ---------------------------------------------------------------- who may what


def test_a_row_outside_the_scope_is_not_there_in_any_way(app, owner, client_as):
    """B15: the stock view scopes the list, but not a single row, deletion or actions."""
    other = client_as("Sales")
    theirs = models.SavedView.create(
        person=other.person, screen="customers", name="Theirs", query="a=1"
    )

    listed = text_of(owner.get("/saved-views/"))
    exported = text_of(owner.get("/saved-views/export/csv/"))
    details = owner.get(f"/saved-views/details/?id={theirs.id}")
    owner.post("/saved-views/delete/", data={"id": theirs.id})
    owner.post("/saved-views/action/", data={"action": "delete", "rowid": theirs.id})

    assert "Theirs" not in listed and "Theirs" not in exported
    assert details.status_code == 302
    assert models.SavedView.select().count() == 1


def test_a_cell_needs_the_same_right_as_the_form(client_as):
    """B16: the stock view lets a cell be written where rows may not be edited."""
    customer = shop.a_customer(phone="1")

    answer = client_as("Read-only").post(
        "/customers/ajax/update/", data={"list_form_pk": customer.id, "phone": "2"}
    )

    assert answer.status_code == 403
    assert shop.reload(customer).phone == "1"


def test_only_cells_that_are_offered_can_be_written(owner):
    customer = shop.a_customer(name="Name")

    answer = owner.post(
        "/customers/ajax/update/", data={"list_form_pk": customer.id, "name": "Other"}
    )

    assert answer.status_code == 422
    assert shop.reload(customer).name == "Name"


def test_a_cell_says_what_is_wrong_with_it(owner):
    product = shop.a_product()

    def send(value, key=product.id):
        return owner.post("/products/ajax/update/", data={"list_form_pk": key, "price": value})

    words = send("a dozen")
    assert (words.status_code, text_of(words)) == (
        422,
        "Not saved: expected a number, found 'a dozen'",
    )
    assert send("4.1234567").status_code == send("9" * 30).status_code == 422
    assert send("1", key="99999").status_code == 404
    assert shop.reload(product).price == Decimal("4.5")


def test_a_bug_in_a_screen_is_not_taken_for_something_else(app, owner):
    """B17: the stock view calls again with other arguments after a TypeError and hides it."""
    view = app.view_functions["customers.index_view"].__self__

    def broken(self):
        raise TypeError("the real reason")

    with pytest.raises(TypeError, match="the real reason"):
        view._run_view(broken)


# ---------------------------------------------------------------- deleting


def test_what_orders_refer_to_is_not_deleted(owner):
    """B14: the stock view deletes tasks with their department and empties customers of orders."""
    shop.a_shop()
    order = shop.a_released_order()
    department = shop.department("shipping")

    by_button = owner.post(
        "/setup/departments/delete/", data={"id": department.id}, follow_redirects=True
    )
    by_action = owner.post(
        "/customers/action/",
        data={"action": "delete", "rowid": order.customer_id},
        follow_redirects=True,
    )

    assert "Shipping cannot be deleted: tasks refer to it" in text_of(by_button)
    assert "cannot be deleted: orders refer to it" in text_of(by_action)
    assert "active" in text_of(by_action)
    assert models.Task.select().where(models.Task.department == department).exists()
    assert shop.reload(order).customer_id


def test_what_nothing_refers_to_is_deleted_with_what_belongs_to_it(owner):
    customer = shop.a_customer()
    models.Contact.create(customer=customer, name="Dana")

    answer = owner.post("/customers/delete/", data={"id": customer.id}, follow_redirects=True)

    assert answer.status_code == 200
    assert not models.Customer.select().exists() and not models.Contact.select().exists()


def test_several_rows_are_deleted_or_none(owner):
    shop.a_shop()
    free, kept = shop.a_customer("Free"), shop.an_order().customer

    owner.post("/customers/action/", data={"action": "delete", "rowid": [free.id, kept.id]})

    assert models.Customer.select().count() == 2


# ---------------------------------------------------------------- exports


def test_an_export_runs_no_formula(owner):
    """B20: the stock export writes what people typed as it is."""
    shop.a_customer('=HYPERLINK("http://evil")', code="-1+1", group="@x", email="a@b.example")

    csv = owner.get("/customers/export/csv/").get_data(as_text=True)
    book = openpyxl.load_workbook(io.BytesIO(owner.get("/customers/export/xlsx/").data))
    cells = list(next(book.active.iter_rows(min_row=2)))

    assert "'=HYPERLINK" in csv and "'-1+1" in csv and "'@x" in csv
    assert {cell.data_type for cell in cells if isinstance(cell.value, str)} == {"s"}
    assert '=HYPERLINK("http://evil")' in [cell.value for cell in cells]


def test_an_export_asks_once_and_gives_its_connection_back(owner):
    """B20: the stock export asks for every row again, and keeps all of them in memory."""
    person = a_person("Sales")
    for _ in range(40):
        shop.a_customer(sales_rep=person, credit_limit=Decimal("12.50"))
    owner.get("/customers/export/csv/")

    with queries(4):
        csv = owner.get("/customers/export/csv/").get_data(as_text=True)
    models.close()
    answer = owner.get("/customers/export/xlsx/")
    answer.close()

    assert csv.count(person.name) == 40 and "12.5" in csv
    assert models.database.is_closed()


def test_an_export_holds_numbers_and_days_as_such(owner):
    shop.a_customer(credit_limit=Decimal("1250.50"), exemption_expiry=clock.today())

    book = openpyxl.load_workbook(io.BytesIO(owner.get("/customers/export/xlsx/").data))
    titles, row = (list(r) for r in book.active.iter_rows(values_only=True))
    found = dict(zip(titles, row, strict=True))

    assert found["Credit limit"] == 1250.5
    assert found["Exemption expiry"].date() == clock.today()


def test_an_export_is_filtered_and_sorted_like_the_list(owner):
    for name in ("Anna", "Berta", "Ben"):
        shop.a_customer(name)

    csv = owner.get("/customers/export/csv/?flt0_name_begins_with=B&sort=1&desc=1").get_data(
        as_text=True
    )

    names = [line.split(",")[1] for line in csv.splitlines()[1:]]
    assert names == ["Berta", "Ben"]


# ---------------------------------------------------------------- around them


def test_every_post_needs_a_token(owner):
    owner.csrf_token = ""
    for address in (
        "/customers/new/",
        "/customers/edit/?id=1",
        "/customers/delete/",
        "/customers/action/",
        "/customers/ajax/update/",
        "/setup/shop/",
        "/me/",
        "/logout",
    ):
        assert owner.post(address, data={"id": "1"}).status_code == 400, address


def test_pages_have_no_handler_in_their_html(owner):
    """B23: under a strict policy the stock pages delete without asking, and actions are dead."""
    customer = shop.a_customer()

    for address in (
        "/customers/",
        f"/customers/edit/?id={customer.id}",
        "/customers/new/",
        "/setup/departments/new/",
        "/setup/shop/",
    ):
        page = text_of(owner.get(address))
        assert " onclick=" not in page and "javascript:" not in page and " style=" not in page
    assert "Delete the selected rows? This cannot be undone." in text_of(owner.get("/customers/"))


def test_pages_do_not_need_babel(app):
    """B22: with Flask-Babel only installed, every stock page fails."""
    assert importlib.util.find_spec("flask_babel") is None
    assert "babel" not in app.extensions
