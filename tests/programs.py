"""Programs that call the API with a token; ``program_as("Sales")`` is a fixture."""

import itertools

import pytest

import auth
import models
from tests.shop import a_shop

_numbers = itertools.count(1)


class Program:
    """What calls ``/api/v1``: ``program.post("/orders", {...})`` gives the answer."""

    def __init__(self, app, secret):
        self.app = app
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def ask(self, method, path, body=None, *, headers=None, **words):
        """One request; a client of its own each time, as programs have no session."""
        if body is not None:
            words["json"] = body
        return self.app.test_client().open(
            f"/api/v1{path}", method=method, headers=self.headers | (headers or {}), **words
        )

    def get(self, path, **words):
        return self.ask("GET", path, **words)

    def post(self, path, body=None, **words):
        return self.ask("POST", path, body, **words)

    def put(self, path, body=None, **words):
        return self.ask("PUT", path, body, **words)

    def patch(self, path, body=None, **words):
        return self.ask("PATCH", path, body, **words)


@pytest.fixture
def program_as(app):
    """``program_as("Sales")``: a program of the shop whose token has that role's rights."""
    a_shop()

    def make(role="Owner", *, name=None):
        return Program(app, a_secret(role, name=name))

    return make


def a_secret(role="Owner", *, name=None):
    """The secret of a new token."""
    a_shop()
    found = models.Role.get(models.Role.name == role)
    return auth.make_token(name or f"{role} program {next(_numbers)}", found, "Olga Owner")[1]


def errors_of(answer):
    """The places a refusal names, with their sentences."""
    return {error["pointer"]: error["message"] for error in answer.json["errors"]}
