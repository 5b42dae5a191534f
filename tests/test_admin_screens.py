"""Every table of the shop as a screen: lists, forms, details, exports."""

import pytest

import models
from admin.views import ShopView
from tests import shop
from tests.web import a_person, queries, text_of


def tables(app):
    """Every screen that is the list of a table, with its address."""
    views = app.extensions["admin"][0]._views
    return [(view, view.url + "/") for view in views if isinstance(view, ShopView)]


@pytest.fixture
def a_busy_shop(db):
    """Some rows in most tables."""
    shop.a_shop()
    person = a_person("Sales")
    vendor = models.Vendor.create(code="V1", name="Blanks Ltd")
    product = shop.a_product("TEE-1", sizes=["S", "M"], vendor=vendor, price="9876.54")
    for variant in product.variants:
        models.VendorItem.create(
            vendor=vendor, variant=variant, vendor_sku=f"B-{variant.sku}", cost="4321.09"
        )
    customer = shop.a_customer(sales_rep=person, credit_limit="765432")
    for _ in range(3):
        order = shop.a_released_order(
            shop.a_line(48, product=product, method=""), customer=customer
        )
        for task in shop.tasks_of(order).values():
            if task.department.slug != "artwork":
                shop.finish(shop.reload(task))
    return order


def test_every_list_opens_sorts_searches_and_exports(client_as, app, a_busy_shop):
    owner = client_as("Owner")

    for view, url in tables(app):
        for more in (
            "",
            "?search=a%25_'&sort=0",
            "?sort=1&desc=1",
            "?page=3",
            "export/csv/",
            "export/xlsx/",
        ):
            answer = owner.get(url + more)
            assert answer.status_code == (200 if view.exported or "export" not in more else 403), (
                url + more
            )
            assert answer.data


def test_every_form_and_every_details_page_opens(client_as, app, a_busy_shop):
    owner = client_as("Owner")

    for view, url in tables(app):
        assert owner.get(url + "new/").status_code == (200 if view.creates else 403), url
        row = view.model.select().first()
        if row is not None and url != "/saved-views/":
            assert owner.get(f"{url}details/?id={row._pk}").status_code in (200, 302), url
            edit = owner.get(f"{url}edit/?id={row._pk}").status_code
            assert edit == (200 if view.edits else 403), url


def test_a_page_asks_the_same_number_of_questions_however_many_rows_there_are(
    client_as, app, a_busy_shop
):
    owner = client_as("Owner")
    models.LoginEvent.insert_many(
        [{"email": f"{n}@x", "outcome": "ok"} for n in range(60)]
    ).execute()

    for _view, url in tables(app):
        with queries(8) as asked:
            owner.get(url)
        own = [sql for sql in asked if '"people"' not in sql[:400] or '"roles"' not in sql]
        menu = [
            sql
            for sql in own
            if '"shop_settings"' in sql or ('"departments"' in sql and "SUM(" in sql)
        ]
        assert len(own) - len(menu) <= 5, (url, asked)


def test_people_without_that_right_see_no_money_anywhere(client_as, app, a_busy_shop):
    boss, looker = client_as("Owner"), client_as("Read-only")
    money = (
        "Credit limit",
        "765,432",
        "765432",
        ">Price<",
        ">Cost<",
        "9,876.54",
        "9876.54",
        "4,321.09",
        "4321.09",
    )

    for _view, url in tables(app):
        pages = [
            url,
            f"{url}details/?id=1",
            f"{url}export/csv/",
            f"{url}?sort=7",
            f"{url}?flt0_credit_limit_is_at_least=1",
        ]
        for address in pages:
            page = text_of(looker.get(address))
            assert not [word for word in money if word in page], address
    assert "765,432" in text_of(boss.get("/customers/"))


def test_a_filter_on_money_says_nothing_to_people_without_that_right(client_as, a_busy_shop):
    looker = client_as("Read-only")

    page = text_of(looker.get("/customers/?flt0_credit_limit_is_at_least=999999"))

    assert "Riverside" in page


def test_a_form_without_money_keeps_the_money(client_as, a_busy_shop):
    models.Role.update(rights=["see_orders", "customers", "products"]).where(
        models.Role.name == "Read-only"
    ).execute()
    editor = client_as("Read-only")
    from tests.web import form_of

    for url, row in (
        ("/customers/", models.Customer.get()),
        ("/products/", models.Product.get()),
        ("/variants/", models.Variant.get()),
    ):
        before = shop.reload(row).__data__
        sent = form_of(editor.get(f"{url}edit/?id={row.id}"))
        assert not [
            name
            for name in sent
            if ("price" in name and name not in ("price_list", "price_policy", "price_tolerance"))
            or "cost" in name
            or "credit_limit" in name
        ]
        sent |= {"credit_limit": "1", "price": "0", "cost": "0", "variants-0-price": "0"}
        assert editor.post(f"{url}edit/?id={row.id}", data=sent).status_code == 302
        after = shop.reload(row).__data__
        assert {k: v for k, v in after.items() if k != "version"} == {
            k: v for k, v in before.items() if k != "version"
        }
