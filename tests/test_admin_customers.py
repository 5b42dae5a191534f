"""The screen of the customers."""

from tests import shop
from tests.web import queries, text_of


def test_the_list_asks_at_most_five_questions(client_as):
    for _ in range(60):
        shop.a_customer()
    owner = client_as("Owner")
    owner.get("/customers/")

    with queries(8) as asked:
        page = owner.get("/customers/")

    print("\n".join(asked))
    assert "Riverside" in text_of(page)
    assert page.status_code == 200
