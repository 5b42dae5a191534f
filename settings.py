"""Typed settings from the environment or ``.env``; a bad one stops the start and names itself.

Read once, by ``get_settings()``.  What each one does stands in its description; the table in
docs/OPERATIONS.md is written from here by ``make docs``.
"""

import os
import secrets
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from errors import SettingsError

ROOT = Path(__file__).resolve().parent
DATABASES = ("sqlite", "postgresql", "postgres")
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
KINDS: dict[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a folder",
}


def _database_in_instance(values: dict[str, Any]) -> str:
    return f"sqlite:///{values['instance_dir']}/inhands.db"


def _address_here(values: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{values['port']}"


def _is_not_here(values: dict[str, Any]) -> bool:
    return urlsplit(values["base_url"]).hostname not in LOCAL_HOSTS


class Settings(BaseSettings):
    """Everything the person who runs the shop's server may decide."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    instance_dir: Path = Field(
        default=ROOT / "instance",
        description="Folder for the SQLite file, the secret key and kept mails.",
    )
    database_url: str = Field(
        default_factory=_database_in_instance,
        repr=False,  # may hold a password
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME.",
    )
    db_pool_size: int = Field(
        default=8, ge=1, le=500, description="PostgreSQL connections of one process at most."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs sessions and private links; kept in the instance folder when not set.",
    )
    host: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    port: int = Field(
        default=8000,
        ge=1,
        le=65535,
        description="Port of the web server; `make run` takes the next free.",
    )
    base_url: str = Field(
        default_factory=_address_here,
        description="How browsers and links in mails reach the shop, without a slash at the end.",
    )
    cookie_secure: bool = Field(
        default_factory=_is_not_here,
        description="Send cookies over https only; false by default on this machine's own address.",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Reverse proxies in front whose X-Forwarded headers count.",
    )
    metrics_from: str = Field(
        default="127.0.0.0/8 ::1/128",
        description="Networks that may read /metrics, separated by spaces.",
    )
    shop_time_zone: str = Field(
        default="UTC", description="Where the shop stands, as an IANA name such as Europe/Berlin."
    )
    smtp_host: str = Field(
        default="",
        description="Mail server; empty keeps mails as .eml files in the instance folder.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_user: str = Field(default="", description="Log-in at the mail server; empty for none.")
    smtp_password: SecretStr = Field(
        default=SecretStr(""), description="Password at the mail server."
    )
    smtp_starttls: bool = Field(
        default=True, description="Encrypt before logging in at the mail server."
    )
    smtp_from: str = Field(default="shop@example.com", description="Sender of the shop's mails.")
    sms_url: SecretStr = Field(
        default=SecretStr(""),
        description="Apprise address texts to phones or a chat go through; {to} is the number.",
    )
    google_url: str = Field(
        default="",
        description="Address in place of Google's, such as that of `flask sheets emulator`.",
    )
    max_upload_mb: int = Field(
        default=25, ge=1, le=1024, description="Largest file somebody may send."
    )
    page_size: int = Field(default=50, ge=5, le=500, description="Rows on one page of a list.")
    worker_poll_seconds: float = Field(
        default=1.0, gt=0, le=60, description="How often an idle worker asks for work."
    )
    worker_lease_seconds: int = Field(
        default=60,
        ge=5,
        le=3600,
        description="After this silence another worker takes the work over.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="How much is logged."
    )
    debug: bool = Field(
        default=False, description="Tracebacks in the browser; never where others reach."
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, value: str) -> str:
        if value.split(":", 1)[0] not in DATABASES or "://" not in value:
            raise ValueError("a URL that starts with sqlite:/// or postgresql://")
        return value

    @field_validator("metrics_from")
    @classmethod
    def _names_networks(cls, value: str) -> str:
        for network in value.replace(",", " ").split():
            try:
                ip_network(network, strict=False)
            except ValueError as problem:
                words = "networks such as 127.0.0.0/8 or 10.1.0.0/16, separated by spaces"
                raise ValueError(words) from problem
        return value

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("shop_time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
            raise ValueError("an IANA time zone such as Europe/Berlin or UTC") from problem
        return value

    @model_validator(mode="after")
    def _cookies_can_arrive(self) -> "Settings":
        # A browser silently drops a Secure cookie that comes over http: nobody could log in.
        if self.cookie_secure and self.base_url.startswith("http://") and _is_not_here(vars(self)):
            raise ValueError(
                "BASE_URL is not encrypted, so log-in cookies would be dropped: use an https:// "
                "address, or set COOKIE_SECURE=false where the network is yours alone"
            )
        return self

    @property
    def mail_dir(self) -> Path:
        """Where mails are kept while there is no mail server."""
        return self.instance_dir / "mail"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: a setting is wrong; the sentence names it and says what is allowed.
    """
    try:
        settings = Settings()
    except ValidationError as problem:
        raise SettingsError(_in_words(problem)) from None
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    if settings.secret_key.get_secret_value():
        return settings
    key = SecretStr(_kept_secret(settings.instance_dir / "secret_key"))
    return settings.model_copy(update={"secret_key": key})


def allowed(name: str) -> str:
    """What may be written for a setting, in words: "a whole number from 1 to 65535"."""
    field = Settings.model_fields[name]
    if get_origin(field.annotation) is Literal:
        return "one of " + ", ".join(get_args(field.annotation))
    words = KINDS.get(field.annotation, "text")
    for word, limit in (("above", "gt"), ("from", "ge"), ("to", "le")):
        words += "".join(
            f" {word} {getattr(m, limit)}" for m in field.metadata if hasattr(m, limit)
        )
    return words


def _in_words(problem: ValidationError) -> str:
    """One sentence per bad setting; never the value, which may be a secret."""
    found = [error for error in problem.errors() if error["type"] != "default_factory_not_called"]
    return " ".join(_sentence(error) for error in found)


def _sentence(error: ErrorDetails) -> str:
    said = str(error["ctx"]["error"]) if error["type"] == "value_error" else ""
    if not error["loc"]:
        return f"Setting {said}."
    name = str(error["loc"][0])
    meaning = Settings.model_fields[name].description
    return f"Setting {name.upper()} must be {said or allowed(name)}. It means: {meaning}"


def _kept_secret(path: Path) -> str:
    """The secret in ``path``, made once; of several processes that start together one wins."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
