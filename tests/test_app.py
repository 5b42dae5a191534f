"""The frame around every screen: headers, cookies, failures, health."""

import logging

import pytest

import models
from errors import BlockedError, StaleError
from tests.web import queries, text_of


def test_the_start_page_needs_a_log_in(client):
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=/"


def test_somebody_logged_in_sees_the_start_page(client_as):
    answer = client_as("Owner").get("/")

    assert answer.status_code == 200
    assert "Sign out" in text_of(answer)
