"""A browser without a browser: the app, somebody logged in, and a budget of questions.

``app``, ``client`` and ``client_as`` are fixtures that every test knows.
"""

import itertools
from contextlib import contextmanager
from html.parser import HTMLParser

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from peewee import Database
from werkzeug.datastructures import MultiDict

import auth
import models
import starter
from tests.services import leave

_numbers = itertools.count(1)


@pytest.fixture
def app(db, settings) -> Flask:
    """The web application on this test's shop; built once in a process and given each its shop."""
    yield _shared_app(settings)
    leave(models.database.obj)


@pytest.fixture
def new_app(db, settings) -> Flask:
    """An application nobody has asked yet, for tests that add pages to it."""
    from app import create_app

    yield _for_tests(create_app(settings))
    leave(models.database.obj)


_shared: list[Flask] = []


def _shared_app(settings) -> Flask:
    from app import bind, create_app  # here: tests without a screen do not load the screens

    if _shared:
        bind(_shared[0], settings)
    else:
        _shared.append(_for_tests(create_app(settings)))
    return _shared[0]


def _for_tests(built: Flask) -> Flask:
    built.testing = True
    built.test_client_class = Visitor
    return built


class Visitor(FlaskClient):
    """A test client that sends the token with every POST, as our pages do."""

    csrf_token = ""

    def open(self, *args, **words):
        method = words.get("method", "GET")
        if self.csrf_token and method not in ("GET", "HEAD", "OPTIONS"):
            headers = dict(words.get("headers") or {})
            headers.setdefault("X-CSRFToken", self.csrf_token)
            words["headers"] = headers
        return super().open(*args, **words)


@pytest.fixture
def client(app) -> Visitor:
    """Somebody who is not logged in."""
    return visitor(app)


@pytest.fixture
def client_as(app):
    """``client_as("Sales")``: somebody logged in with that role; ``departments`` are slugs."""

    def log_in(role="Owner", *, departments=None, name=None, app=app):
        return log_in_as(app, a_person(role, departments=departments, name=name))

    return log_in


def a_person(role="Owner", *, departments=None, name=None, email=None, password=None):
    """Somebody who works here; without a password nobody can log in by the form."""
    starter.start_shop()
    number = next(_numbers)
    person = models.Person(
        email=email or f"person{number}@shop.example",
        name=name or f"{role} {number}",
        role=models.Role.get(models.Role.name == role),
        session_key=auth.new_key(),
    )
    if password:
        auth.set_password(person, password)
    person.save(force_insert=True)
    for slug in departments or ():
        department = models.Department.get(models.Department.slug == slug)
        models.PersonDepartment.create(person=person, department=department)
    return person


def visitor(app) -> Visitor:
    """A client with a token, not logged in."""
    client = app.test_client()
    with app.test_request_context():
        client.csrf_token = generate_csrf()
        raw = session["csrf_token"]
    with client.session_transaction() as kept:
        kept["csrf_token"] = raw
    return client


def log_in_as(app, person) -> Visitor:
    """A client whose session is already this person's, without the slow password check."""
    client = visitor(app)
    with client.session_transaction() as kept:
        kept["_user_id"] = f"{person.id}.{person.session_key}"
        kept["_fresh"] = True
    client.person = person
    return client


class _FormReader(HTMLParser):
    """The fields of the first form of a page that has the class ``admin-form``."""

    def __init__(self):
        super().__init__()
        self.fields, self.inside = [], False
        self.select = self.area = None

    def handle_starttag(self, tag, attrs):
        words = dict(attrs)
        if tag == "form" and not self.fields:
            self.inside = "admin-form" in (words.get("class") or "")
        if not self.inside or ("disabled" in words and tag != "option"):
            return
        read = {"select": self._select, "option": self._option, "textarea": self._area}
        read.get(tag, self._input if tag == "input" else lambda words: None)(words)

    def _select(self, words):
        self.select = [words.get("name"), None]

    def _option(self, words):
        if self.select and ("selected" in words or self.select[1] is None):
            self.select[1] = words.get("value", "")

    def _area(self, words):
        self.area = [words.get("name"), ""]

    def _input(self, words):
        ticked = words.get("type") not in ("checkbox", "radio") or "checked" in words
        if words.get("name") and ticked:
            value = words.get("value") or ("y" if "checked" in words else "")
            self.fields.append((words["name"], value))

    def handle_data(self, data):
        if self.area:
            self.area[1] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = self.inside and not self.fields
        if tag == "select" and self.select:
            self.fields.append((self.select[0], self.select[1] or ""))
            self.select = None
        if tag == "textarea" and self.area:
            self.fields.append((self.area[0], self.area[1].removeprefix("\r\n")))
            self.area = None


def form_of(answer) -> MultiDict:
    """What a browser would send if somebody saved the form of this page untouched."""
    reader = _FormReader()
    reader.feed(text_of(answer))
    return MultiDict(reader.fields)


def changed(sent, **changes) -> MultiDict:
    """The same form with other values; a list stands for several ticks."""
    sent = MultiDict(sent)
    for name, value in changes.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return sent


def text_of(answer) -> str:
    """The page as text."""
    return answer.get_data(as_text=True)


@contextmanager
def queries(most=None):
    """What the database is asked in the block; fails when there are more than ``most``.

    Opening and closing transactions does not count.
    """
    opened: Database = models.database.obj
    asked = []

    def hear(query):
        if not query.sql.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
            asked.append(query.sql)

    opened.query_hooks.append(hear)
    try:
        yield asked
    finally:
        opened.query_hooks.remove(hear)
    if most is not None:
        assert len(asked) <= most, "\n".join([f"{len(asked)} questions:", *asked])
