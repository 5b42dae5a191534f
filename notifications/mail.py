"""One mail to one address: through an SMTP server, or into a file while there is none.

Nobody can ask an SMTP server whether it took a mail.  So everything that can fail harmlessly
(connection, encryption, log-in, sender, recipient) comes first; then ``before_text`` is called, in
which the caller commits "being sent"; only then the text goes out.  What goes wrong after that is
an ``UncertainError``, before it an ``OutsideError``: try again, or a ``RefusedError``: never.
A file can be written twice without harm, so ``before_text`` is not called for it.
"""

import os
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path

from errors import OutsideError, ShopError
from settings import Settings

TIMEOUT_SECONDS = 30
IMPLICIT_TLS_PORT = 465
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,200}>")
# Servers that cannot do 8BITMIME get plain ASCII like all others.
_WIRE = SMTP.clone(cte_type="7bit")


class RefusedError(ShopError):
    """The server will never take this mail: no such address, blocked, too big."""

    http_status = 502


class UncertainError(ShopError):
    """The text went out and no answer came back: it may have been sent."""

    http_status = 502


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Mail:
    """One message; ``key`` and ``written_at`` make its Message-ID, the same at every attempt."""

    key: str
    written_at: datetime
    recipient: str
    subject: str
    body: str
    shop_name: str
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def send(mail: Mail, settings: Settings, *, now: datetime, before_text: Callable[[], None]) -> str:
    """Send it, and say in a few words where it went.

    Raises:
        OutsideError: it was surely not sent; try again later.
        RefusedError: it was surely not sent, and never will be.
        UncertainError: nobody knows.
    """
    message = build(mail, settings, now)
    if not settings.smtp_host:
        return _keep(message, mail, settings.mail_dir)
    with _session(settings) as server:
        _announce(server, settings, mail)
        before_text()
        _hand_over(server, message)
    return f"Taken by {settings.smtp_host}."


def build(mail: Mail, settings: Settings, now: datetime) -> EmailMessage:
    """The mail as it goes over the wire.

    The header classes refuse line breaks and encode everything else, so that no value can add
    a header or a recipient.
    """
    sender = _sender(settings)
    message = EmailMessage(policy=_WIRE)
    message["From"] = Address(display_name=_one_line(mail.shop_name), addr_spec=sender)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = now
    message["Message-ID"] = message_id(mail, settings)
    reply_to = _address(mail.reply_to)
    if reply_to is not None and reply_to.addr_spec.lower() != sender.lower():
        message["Reply-To"] = reply_to
    answers = _ids((mail.in_reply_to,))
    if answers:
        message["In-Reply-To"] = answers
        message["References"] = _ids((*mail.references, mail.in_reply_to))
    message["Auto-Submitted"] = "auto-replied" if answers else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.body)
    for attachment in mail.attachments:
        main, _, sub = attachment.content_type.partition("/")
        message.add_attachment(
            attachment.content, maintype=main, subtype=sub, filename=_one_line(attachment.name)
        )
    return message


def _ids(keys: tuple[str, ...]) -> str:
    """Message-IDs as a header holds them; what a stranger sent as one and is none is left out."""
    return " ".join(dict.fromkeys(key for key in keys if _MESSAGE_ID.fullmatch(key)))


def message_id(mail: Mail, settings: Settings) -> str:
    """The Message-ID: the same for every attempt at a message, and for no other message."""
    seed = f"{mail.key}|{mail.written_at.isoformat()}"
    return f"<{sha256(seed.encode()).hexdigest()[:32]}@{_sender(settings).partition('@')[2]}>"


def _sender(settings: Settings) -> str:
    sender = _address(parseaddr(settings.smtp_from)[1])
    if sender is None:
        raise OutsideError("SMTP_FROM is not an e-mail address: write name@example.com.")
    return sender.addr_spec


def _address(text: str) -> Address | None:
    try:
        address = Address(addr_spec=text.strip())
    except (MessageError, ValueError, IndexError):  # whatever the parser stumbles over
        return None
    return address if address.username and address.domain else None


def _one_line(text: str) -> str:
    return " ".join(text.split())


# ---------------------------------------------------------------- without a server


def _keep(message: EmailMessage, mail: Mail, folder: Path) -> str:
    """Write an .eml file; a second time writes the same file again."""
    name = f"{_file_name(mail.key)}-{message['Message-ID'][1:9]}.eml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{name}.{os.getpid()}"
        draft.write_bytes(message.as_bytes())
        draft.replace(folder / name)
    except OSError as problem:
        raise OutsideError(
            f"The mail could not be kept in {folder}: {problem.strerror}."
        ) from problem
    return f"Kept as mail/{name}: there is no mail server (SMTP_HOST)."


def _file_name(key: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in key)[:80]


# ---------------------------------------------------------------- with a server


@contextmanager
def _session(settings: Settings) -> Iterator[smtplib.SMTP]:
    """An encrypted, logged-in connection; closed in every case."""
    server = None
    try:
        try:
            server = _connect(settings)
            _log_in(server, settings)
        except (OSError, smtplib.SMTPException) as problem:
            raise OutsideError(_why(_where(settings), problem)) from problem
        yield server
    finally:
        if server is not None:
            server.close()


def _log_in(server: smtplib.SMTP, settings: Settings) -> None:
    server.ehlo_or_helo_if_needed()
    if settings.smtp_starttls and settings.smtp_port != IMPLICIT_TLS_PORT:
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if settings.smtp_user:
        server.login(settings.smtp_user, settings.smtp_password.get_secret_value())


def _connect(settings: Settings) -> smtplib.SMTP:
    host, port = settings.smtp_host, settings.smtp_port
    if port == IMPLICIT_TLS_PORT:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)


def _announce(server: smtplib.SMTP, settings: Settings, mail: Mail) -> None:
    """Name sender and recipient; nothing has been sent when this fails."""
    where = _where(settings)
    try:
        _require(server.mail(_sender(settings)), f"{where} does not take mail from us")
        _require(server.rcpt(mail.recipient), f"{where} does not take mail for {mail.recipient}")
    except (OSError, smtplib.SMTPException) as problem:
        raise OutsideError(_why(where, problem)) from problem


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Send the text; from its first byte to the answer nobody knows what becomes of it."""
    try:
        answer = server.data(message.as_bytes())
    except smtplib.SMTPDataError as problem:  # "354 go ahead" did not come: nothing went out
        _require((problem.smtp_code, problem.smtp_error), "the server does not take the text")
        raise
    except (OSError, smtplib.SMTPException) as problem:
        raise UncertainError(
            f"The connection broke while the text was on its way ({_first_line(problem)}): "
            "nobody knows whether the mail arrived."
        ) from problem
    _require(answer, "the server does not take the text")
    _say_goodbye(server)


def _require(answer: tuple[int, bytes | str], otherwise: str) -> None:
    code, words = answer
    if 200 <= code < 300:
        return
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    sentence = f"{otherwise}: {code} {_one_line(said)[:150]}."
    # 5xx means: do not try again as it is.  421 and 4xx are the server's own troubles.
    raise RefusedError(sentence) if 500 <= code < 600 else OutsideError(sentence)


def _say_goodbye(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):  # the mail is taken; a rude end changes nothing
        server.close()


def _where(settings: Settings) -> str:
    return f"{settings.smtp_host}:{settings.smtp_port}"


def _why(where: str, problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return f"{where} refuses our log-in: check SMTP_USER and SMTP_PASSWORD."
    if isinstance(problem, smtplib.SMTPNotSupportedError):
        return f"{where} cannot do what is set ({problem}): check SMTP_STARTTLS and SMTP_USER."
    return f"The mail server {where} does not work ({_first_line(problem)}): check SMTP_HOST."


def _first_line(problem: Exception) -> str:
    return (str(problem) or type(problem).__name__).splitlines()[0][:150]
