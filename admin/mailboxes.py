"""The mailboxes orders come to: how to log in, how each one stands, and a look right now."""

from datetime import timedelta
from typing import Any, ClassVar

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from wtforms import PasswordField

import clock
from admin.inputs import ListInput
from admin.views import ShopView
from errors import NotFoundError, ShopError
from models import Mailbox
from sync.channels import inbox as folder
from sync.channels import oauth
from sync.channels.sealed import seal
from sync.letters.trust import MICROSOFT
from workflow.actors import Right

#: A worker looks at least every minute; later than this nobody does.
TOO_LONG = timedelta(minutes=5)
_STAYS = "Stored encrypted and never shown. Left empty, the one that is stored stays."
_SECRETS = {
    "new_password": "password",
    "new_client_secret": "client_secret",
    "new_refresh_token": "refresh_token",
}


def _secret(label: str, more: str = "") -> PasswordField:
    return PasswordField(
        label, description=f"{more} {_STAYS}".strip(), render_kw={"autocomplete": "new-password"}
    )


class MailboxView(ShopView):
    """Where orders arrive by mail."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    list_template = "pages/mailboxes/list.html"
    choices: ClassVar = {
        "security": [
            ("tls", "TLS (port 993)"),
            ("starttls", "STARTTLS (port 143)"),
            ("none", "none: a server on this machine only"),
        ],
        "login": [("password", "password or app password"), ("oauth2", "OAuth2 (access token)")],
        "provider": [
            ("gmail", "Gmail"),
            ("microsoft", "Microsoft 365"),
            ("other", "another provider"),
        ],
        "grant": [
            ("refresh_token", "a person has agreed (refresh token)"),
            ("client_credentials", "the app by itself (client credentials)"),
        ],
        "trust": [
            ("authenticated", "the mail server vouches for the sender (DKIM, SPF, DMARC)"),
            ("address", "the sender's address alone is enough"),
        ],
    }
    column_list = ("name", "problem", "last_contact_at", "active")
    column_details_list = (
        "name", "host", "port", "security", "user", "login", "provider", "grant", "token_url",
        "client_id", "folder", "processed_folder", "rejected_folder", "own_addresses",
        "authserv_ids", "trust", "most_mb", "most_per_hour", "active", "last_contact_at",
        "checked_at", "problem",
    )  # fmt: skip
    column_export_list = ("name", "host", "user", "active", "last_contact_at", "problem")
    column_default_sort = "name"
    column_searchable_list = ("name", "host", "user")
    column_labels: ClassVar = {
        "user": "User",
        "login": "Log in with",
        "grant": "Agreement",
        "token_url": "Token address",
        "client_id": "Client id",
        "processed_folder": "Folder for what is done",
        "rejected_folder": "Folder for what is too large",
        "own_addresses": "Our own addresses",
        "authserv_ids": "Mail servers we trust",
        "trust": "Who may order",
        "most_mb": "Largest mail, MB",
        "most_per_hour": "Mails of one sender in an hour",
        "last_contact_at": "Last good contact",
        "problem": "How it stands",
    }
    form_columns = (
        "name", "active", "host", "port", "security", "user", "login", "provider", "grant",
        "token_url", "scope", "client_id", "folder", "processed_folder", "rejected_folder",
        "own_addresses", "authserv_ids", "trust", "most_mb", "most_per_hour",
    )  # fmt: skip
    form_extra_fields: ClassVar = {
        "new_password": _secret("Password", "Gmail wants an app password here."),
        "new_client_secret": _secret("Client secret"),
        "new_refresh_token": _secret("Refresh token"),
        "own_addresses": ListInput(
            "Our own addresses",
            description="With commas. A mail from one of them is never an order.",
        ),
        "authserv_ids": ListInput(
            "Mail servers we trust",
            description="With commas: the first word of Authentication-Results in a mail you "
            f"received, such as mx.google.com. Write {MICROSOFT} for Microsoft 365.",
        ),
    }
    form_args: ClassVar = {
        "host": {"description": "Such as imap.gmail.com or outlook.office365.com."},
        "user": {"description": "Usually the mail address."},
        "token_url": {
            "description": "Empty for Gmail; the tenant's name or id for Microsoft 365; else "
            "the provider's https:// address."
        },
        "scope": {"description": "Only if the provider wants one."},
        "trust": {
            "description": "Mails that are not vouched for wait for a person; nothing is lost."
        },
    }
    sections: ClassVar = {
        "How to log in": ("login", "new_password"),
        "OAuth2": (
            "provider", "grant", "token_url", "scope", "client_id", "new_client_secret",
            "new_refresh_token",
        ),
        "Folders": ("folder", "processed_folder", "rejected_folder"),
        "Who may order, and how much": (
            "trust", "authserv_ids", "own_addresses", "most_mb", "most_per_hour",
        ),
    }  # fmt: skip

    def get_list(self, *args: Any, **words: Any) -> tuple[int | None, Any]:
        count, rows = super().get_list(*args, **words)
        if isinstance(rows, list):
            self._template_args["standing"] = {row.id: standing(row) for row in rows}
        return count, rows

    def on_model_change(self, form: Any, model: Mailbox, is_created: bool) -> None:
        """Seal the secrets that were typed, and refuse what cannot work."""
        typed = {column: form[name].data for name, column in _SECRETS.items() if form[name].data}
        for column, secret in typed.items():
            setattr(model, column, seal(secret.strip()))
        changed = set(model._dirty) & {"token_url", "provider", "grant", "client_id", "user"}
        if typed or changed:
            model.access_token, model.access_until = "", None
        _refuse(model)

    @expose("/<int:id>/check", methods=("POST",))
    def check(self, id: int) -> ResponseReturnValue:
        """Ask the worker to look into a mailbox now."""
        row = self.get_one(id)
        if row is None or not self.can_edit:
            raise NotFoundError("There is no such mailbox. Go back to the list.")
        folder.ask_now(row.id)
        flash(f"The worker looks into {row.name} now; this page says what it found.", "info")
        return redirect(url_for(".index_view"))


def _refuse(model: Mailbox) -> None:
    """Say what cannot work before anybody tries it.

    Raises:
        ShopError: a sentence that begins with the field.
    """
    if "/" in model.host or ":" in model.host or not model.host.strip():
        raise ShopError("Host: type the server's name only, such as imap.gmail.com.")
    if not 0 < model.port < 65536:
        raise ShopError("Port: type a number from 1 to 65535, usually 993.")
    folders = {model.folder, model.processed_folder, model.rejected_folder}
    if len(folders) < 3 or "" in folders:
        raise ShopError("Folders: three different folders are needed.")
    if model.most_mb < 1 or model.most_per_hour < 1:
        raise ShopError("Largest mail, Mails of one sender: type 1 or more.")
    if model.login == "oauth2":
        oauth.token_url(model)
        if not model.client_id:
            raise ShopError("Client id: type the one your provider gave you.")
    elif not model.password:
        raise ShopError("Password: type the password of this mailbox.")


def standing(row: Mailbox) -> tuple[str, str, str]:
    """How a mailbox stands: kind of chip, word, and a sentence."""
    if row.problem:
        return "late", "Does not work", row.problem
    asked = row.asked_at is not None and (row.checked_at is None or row.checked_at < row.asked_at)
    if asked:
        return "wait", "Being checked", "If this stays, no worker runs: start one (flask worker)."
    if not row.active:
        return "off", "Switched off", "Nothing is fetched."
    if row.last_contact_at is None:
        return "wait", "Not yet", "Nobody has looked into it yet. Is a worker running?"
    if clock.now() - row.last_contact_at > TOO_LONG:
        return "urgent", "Nobody looks", "No worker has looked for a while: start one."
    return "ok", "Works", ""
