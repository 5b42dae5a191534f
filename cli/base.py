"""What all commands share: who acts, how a refusal looks, how rows are printed."""

import getpass
import os
import sqlite3
from collections.abc import Sequence
from typing import Any

import click
import peewee
import psycopg
from flask import current_app
from flask.cli import ScriptInfo

import clock
import models
from errors import NotFoundError, SettingsError, ShopError
from models import Order
from settings import Settings, get_settings
from workflow.actors import Actor, system

_AWAY = (
    peewee.OperationalError,
    peewee.InterfaceError,
    psycopg.OperationalError,
    sqlite3.OperationalError,
)


class Refusal(click.ClickException):
    """A sentence on standard error, and exit code 1."""


class WrongSetting(Refusal):
    """A setting is wrong: exit code 2, as for a wrong option."""

    exit_code = 2


class Verb(click.Command):
    """A command of the application whose refusals are sentences, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do it, and give the connection back in every case."""
        try:
            if not current_app:
                app = ctx.ensure_object(ScriptInfo).load_app()
                ctx.with_resource(app.app_context())
            return super().invoke(ctx)
        except SettingsError as problem:
            raise WrongSetting(str(problem)) from problem
        except ShopError as problem:
            raise Refusal(str(problem)) from problem
        except _AWAY as problem:
            raise Refusal(_why_away(problem)) from problem
        finally:
            models.close()


def _why_away(problem: Exception) -> str:
    said = (str(problem).strip() or type(problem).__name__).splitlines()[0]
    if "no such table" in said or "does not exist" in said:
        return f"The database lacks something ({said}): run `flask migrate` first."
    return f"The database does not answer ({said}). Check DATABASE_URL and whether it runs."


def bound_settings() -> Settings:
    """The settings; at a terminal a bad one is a sentence with exit code 2, not a traceback.

    Raises:
        WrongSetting: a setting is wrong, and a person at a terminal asked.
        SettingsError: a setting is wrong, and a server asked.
    """
    try:
        return get_settings()
    except SettingsError as problem:
        if click.get_current_context(silent=True) is None:
            raise
        raise WrongSetting(str(problem)) from problem


def app_settings() -> Settings:
    """The settings the application at hand was built with."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def actor() -> Actor:
    """Whoever sits at the terminal; who may log in to the machine may do everything."""
    return system(f"terminal ({_unix_user()})")


def _unix_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user needs no name
        return str(os.getuid())


def order_called(number: str) -> Order:
    """The order of this number.

    Raises:
        NotFoundError: there is none.
    """
    found: Order | None = Order.get_or_none(Order.number == number.strip().lstrip("#"))
    if found is None:
        raise NotFoundError(f"There is no order {number}; `flask orders` lists them.")
    return found


def day(value: Any) -> str:
    """A day for a column: 2026-03-20."""
    return f"{value:%Y-%m-%d}" if value else ""


def moment(value: Any) -> str:
    """A moment on the shop's clock for a column: 2026-03-20 14:05."""
    return f"{clock.local(value):%Y-%m-%d %H:%M}" if value else ""


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their headings; as wide as the widest, the last column open."""
    cells = [tuple(" ".join(str(cell).split()) for cell in row) for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())
