"""People, roles, tokens and the audit, as screens."""

import re

import pytest
from argon2 import PasswordHasher

import auth
import models
from tests import shop
from tests.web import a_person, changed, form_of, log_in_as, text_of


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    monkeypatch.setattr(auth, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def owner(client_as):
    return client_as("Owner")


def role(name):
    return models.Role.get(models.Role.name == name)


def new_person(owner, **more):
    sent = {
        "email": "Dana@Shop.Example",
        "name": "Dana",
        "role": role("Sales").id,
        "active": "y",
        "new_password": "a long password",
    }
    return owner.post("/setup/people/new/", data=sent | more)


def test_a_new_person_can_log_in(owner, client):
    answer = new_person(owner)

    person = models.Person.get(models.Person.name == "Dana")
    assert answer.status_code == 302
    assert person.email == "dana@shop.example"
    assert (
        client.post(
            "/login", data={"email": person.email, "password": "a long password"}
        ).status_code
        == 302
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"new_password": ""}, "needs one"),
        ({"new_password": "short"}, "at least 10"),
        ({"email": "no address"}, "an e-mail address"),
        ({"email": ""}, "must be filled in"),
        ({"role": "999"}, "not there any more"),
    ],
)
def test_a_person_that_cannot_be_is_refused_in_words(owner, more, words):
    answer = new_person(owner, **more)

    assert answer.status_code == 200 and words in text_of(answer)
    assert not models.Person.select().where(models.Person.name == "Dana").exists()


def test_the_password_is_never_shown_and_stays_when_it_is_not_typed(owner, app):
    person = a_person("Sales", password="a long password")
    page = text_of(owner.get(f"/setup/people/edit/?id={person.id}"))
    before = shop.reload(person)

    owner.post(
        f"/setup/people/edit/?id={person.id}",
        data=changed(form_of(owner.get(f"/setup/people/edit/?id={person.id}")), name="Renamed"),
    )

    after = shop.reload(person)
    assert person.password_hash not in page and "argon2" not in page
    assert (after.name, after.password_hash, after.session_key) == (
        "Renamed",
        before.password_hash,
        before.session_key,
    )


def test_a_new_password_from_the_owner_ends_the_sessions_of_that_person(owner, app):
    person = a_person("Sales", password="a long password")
    session = log_in_as(app, person)
    address = f"/setup/people/edit/?id={person.id}"

    owner.post(address, data=changed(form_of(owner.get(address)), new_password="another long one"))

    assert session.get("/").status_code == 302


def test_departments_are_ticked(owner, app):
    shop.a_shop()
    person = a_person("Department worker", departments=["laser"])
    address = f"/setup/people/edit/?id={person.id}"
    sent = form_of(owner.get(address))
    assert sent.getlist("works_in") == [str(shop.department("laser").id)]

    sent.setlist("works_in", [str(shop.department(slug).id) for slug in ("shipping", "packaging")])
    owner.post(address, data=sent)

    actor = auth.load_person(f"{person.id}.{person.session_key}").actor
    assert actor.departments == {shop.department("shipping").id, shop.department("packaging").id}


@pytest.mark.parametrize("change", [{"active": None}, {"role": "Sales"}])
def test_the_last_owner_cannot_lock_everybody_out(owner, change):
    address = f"/setup/people/edit/?id={owner.person.id}"
    sent = form_of(owner.get(address))
    if "active" in change:
        sent.poplist("active")
    else:
        sent["role"] = role("Sales").id

    page = text_of(owner.post(address, data=sent))

    assert "nobody could change people and roles any more" in page
    assert shop.reload(owner.person).active and owner.get("/setup/people/").status_code == 200


def test_the_right_to_change_people_cannot_be_taken_from_the_last_role(owner):
    address = f"/setup/roles/edit/?id={role('Owner').id}"
    sent = form_of(owner.get(address))
    sent.setlist("rights", [right for right in sent.getlist("rights") if right != "people"])

    assert "nobody could change people" in text_of(owner.post(address, data=sent))
    assert "people" in role("Owner").rights


def test_people_are_switched_off_and_never_deleted(owner):
    person = a_person("Sales")

    assert owner.post("/setup/people/delete/", data={"id": person.id}).status_code == 403
    owner.post("/setup/people/action/", data={"action": "delete", "rowid": person.id})
    assert models.Person.select().where(models.Person.id == person.id).exists()


def test_rights_are_ticked_in_words_and_count_at_once(owner, app):
    worker = log_in_as(app, a_person("Read-only"))
    assert worker.get("/setup/shop/").status_code == 403
    address = f"/setup/roles/edit/?id={role('Read-only').id}"
    page = owner.get(address)

    sent = form_of(page)
    sent.add("rights", "set_up")
    owner.post(address, data=sent)

    assert "change the shop&#39;s set-up" in text_of(page)
    assert worker.get("/setup/shop/").status_code == 200


def test_a_right_that_does_not_exist_is_not_taken(owner):
    address = f"/setup/roles/edit/?id={role('Sales').id}"
    sent = form_of(owner.get(address))
    sent.add("rights", "fly")

    assert owner.post(address, data=sent).status_code == 200
    assert "fly" not in role("Sales").rights


def test_a_role_with_people_is_not_deleted(owner):
    a_person("Sales")

    page = text_of(
        owner.post("/setup/roles/delete/", data={"id": role("Sales").id}, follow_redirects=True)
    )

    assert (
        "Sales cannot be deleted: people refer to it. Give these people another role first." in page
    )


def test_the_secret_of_a_token_is_shown_once(owner):
    answer = owner.post(
        "/setup/api-tokens/new/", data={"name": "Webstore", "role": role("Sales").id}
    )

    secret = re.search(r'value="(inh_[\w-]+)"', text_of(answer))[1]
    token = models.ApiToken.get()
    assert auth.actor_of_token(secret).name == "API: Webstore"
    for page in (
        "/setup/api-tokens/",
        f"/setup/api-tokens/details/?id={token.id}",
        "/setup/api-tokens/export/csv/",
    ):
        assert secret not in text_of(owner.get(page)) and token.token_hash not in text_of(
            owner.get(page)
        )
    assert token.created_by == owner.person.name


def test_a_token_is_ended_by_an_owner(owner, client_as):
    token, secret = auth.make_token("Webstore", role("Sales"), "Olga")

    client_as("Manager").post(
        "/setup/api-tokens/action/", data={"action": "revoke", "rowid": token.id}
    )
    assert auth.actor_of_token(secret)
    owner.post("/setup/api-tokens/action/", data={"action": "revoke", "rowid": token.id})

    assert auth.actor_of_token(secret) is None


def test_the_audit_is_read_and_not_changed(owner, client):
    client.post("/login", data={"email": "x@y.example", "password": "z"})
    event = models.LoginEvent.get()

    assert "wrong e-mail or password" in text_of(owner.get("/setup/login-events/"))
    for page in ("new/", f"edit/?id={event.id}"):
        assert owner.get(f"/setup/login-events/{page}").status_code == 403
    owner.post("/setup/login-events/action/", data={"action": "delete", "rowid": event.id})
    assert models.LoginEvent.select().count() == 1
