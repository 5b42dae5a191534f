"""People and programs at the terminal: the first owner is made here."""

import sys

import click

import auth
import clock
import starter
from cli.base import Verb, actor, moment, print_table
from errors import InvalidError, NotFoundError
from models import ApiToken, Department, Person, PersonDepartment, Role, transaction
from workflow.actors import Right

user = click.Group(
    "user", short_help="People who log in: add, list, password, activate, deactivate."
)
token = click.Group("token", short_help="Programs that use the API: add, list, revoke.")
#: Of the command line, so that no password stands in the list of processes.
_password_options = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input; else ask."
)


# ---------------------------------------------------------------- people


@user.command("add", cls=Verb)
@click.argument("email", required=False)
@click.option("--name", help="How they are called; else ask.")
@click.option("--role", help="One of the roles; the first person becomes Owner.")
@click.option("--department", "departments", multiple=True, metavar="SLUG", help="Works there.")
@_password_options
def add_user(
    email: str | None,
    name: str | None,
    role: str | None,
    departments: tuple[str, ...],
    *,
    password_stdin: bool,
) -> None:
    """Add somebody who logs in; what is not given is asked."""
    if not Role.select().exists():
        starter.start_shop()
    email = (email or click.prompt("E-mail")).strip().casefold()
    if "@" not in email or email != "".join(email.split()) or len(email) > 254:
        raise InvalidError({"email": f"'{email[:80]}' is not an e-mail address"})
    if Person.select().where(Person.email == email).exists():
        raise InvalidError({"email": f"{email} is here already; see `flask user list`"})
    chosen = _role(role or (click.prompt("Role") if Person.select().exists() else "Owner"))
    works_in = [_department(slug) for slug in departments]
    name = (name or click.prompt("Name", default=email.partition("@")[0])).strip()[:120]
    person = Person(email=email, name=name, role=chosen)
    auth.set_password(person, _password(from_input=password_stdin))
    with transaction():
        person.save(force_insert=True)
        for department in works_in:
            PersonDepartment.create(person=person, department=department)
    click.echo(f"{person.name} <{email}> can log in as {chosen.name}.")


@user.command("list", cls=Verb)
def list_users() -> None:
    """Everybody, with role and last log-in."""
    people = list(Person.select(Person, Role).join(Role).order_by(Person.name))
    if not people:
        click.echo("There is nobody yet: `flask user add` makes the first owner.")
        return
    rows = [
        (p.email, p.name, p.role.name, moment(p.last_login_at), "" if p.active else "switched off")
        for p in people
    ]
    print_table(("E-mail", "Name", "Role", "Last log-in", ""), rows)


@user.command("password", cls=Verb)
@click.argument("email")
@_password_options
def change_password(email: str, *, password_stdin: bool) -> None:
    """Give somebody a new password; all their sessions end."""
    person = _person(email)
    auth.set_password(person, _password(from_input=password_stdin))
    person.save()
    click.echo(f"{person.name} has a new password, and is signed out everywhere.")


@user.command("deactivate", cls=Verb)
@click.argument("email")
def deactivate(email: str) -> None:
    """Switch somebody off: no log-in, sessions end, their work stays."""
    with transaction():
        person = _person(email)
        person.active, person.session_key = False, auth.new_key()
        person.save()
        _require_somebody()
    click.echo(f"{person.name} can no longer log in.")


@user.command("activate", cls=Verb)
@click.argument("email")
def activate(email: str) -> None:
    """Let somebody log in again."""
    person = _person(email)
    person.active = True
    person.save()
    click.echo(f"{person.name} can log in again.")


def _require_somebody() -> None:
    active = Person.select(Person, Role).join(Role).where(Person.active)
    if not any(Right.PEOPLE in person.role.rights for person in active):
        raise InvalidError(
            {"email": "then nobody could change people any more; give that right to another first"}
        )


def _person(email: str) -> Person:
    found: Person | None = Person.get_or_none(Person.email == email.strip().casefold())
    if found is None:
        raise NotFoundError(f"There is nobody with the address {email}; see `flask user list`.")
    return found


def _role(name: str) -> Role:
    roles = list(Role.select().order_by(Role.id))
    found = next((role for role in roles if role.name.casefold() == name.strip().casefold()), None)
    if found is None:
        names = ", ".join(role.name for role in roles)
        raise NotFoundError(f"There is no role '{name}': take one of {names}.")
    return found


def _department(slug: str) -> Department:
    found: Department | None = Department.get_or_none(Department.slug == slug)
    if found is None:
        slugs = ", ".join(row.slug for row in Department.select().order_by(Department.position))
        raise NotFoundError(f"There is no department '{slug}': take one of {slugs}.")
    return found


def _password(*, from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more"))


# ---------------------------------------------------------------- programs


@token.command("add", cls=Verb)
@click.argument("name")
@click.option("--role", required=True, help="Its rights are this role's.")
def add_token(name: str, role: str) -> None:
    """Make a token; it is printed once and never again."""
    made, secret = auth.make_token(name.strip()[:120], _role(role), actor().name)
    click.echo(f"Token {made.id} for {made.name}; keep it now, it is not shown again:", err=True)
    click.echo(secret)


@token.command("list", cls=Verb)
def list_tokens() -> None:
    """All tokens, with their last use."""
    tokens = list(ApiToken.select(ApiToken, Role).join(Role).order_by(ApiToken.id))
    if not tokens:
        click.echo("There are no tokens.")
        return
    rows = [
        (
            str(t.id),
            t.name,
            t.prefix,
            t.role.name,
            moment(t.last_used_at),
            f"revoked {moment(t.revoked_at)}" if t.revoked_at else "",
        )
        for t in tokens
    ]
    print_table(("Id", "Name", "Begins with", "Role", "Last use", ""), rows)


@token.command("revoke", cls=Verb)
@click.argument("number", type=int)
def revoke_token(number: int) -> None:
    """End a token at once; see `flask token list` for its number."""
    mine = (ApiToken.id == number) & ApiToken.revoked_at.is_null()
    if not ApiToken.update(revoked_at=clock.now()).where(mine).execute():
        raise NotFoundError(f"There is no token {number} in use; see `flask token list`.")
    click.echo(f"Token {number} is revoked.")
