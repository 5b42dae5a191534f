"""One connection to one mailbox: log in, list, fetch, move, wait.  All of IMAP stands here.

Mails are fetched as bytes and never parsed here.  What goes wrong is a ``MailboxError`` with the
sentence the set-up screen shows; after one the connection is useless, and closed.
"""

import imaplib
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

import clock
from errors import OutsideError, ShopError
from models import Mailbox
from sync.channels import oauth
from sync.channels.sealed import unseal

TIMEOUT_SECONDS = 60
_CHUNK = 200
_HEADER_BYTES = 65536
_MOST_SILENCES = 3
_FAILURES = (imaplib.IMAP4.error, ImapToolsError, OSError, EOFError)
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb"\bINTERNALDATE \"([^\"]+)\"")


class MailboxError(OutsideError):
    """The mailbox cannot be read just now; the sentence says why and how to mend it."""


@dataclass(frozen=True)
class Listed:
    """One mail of a folder, not fetched yet."""

    uid: int
    size: int
    arrived_at: datetime


class Connection:
    """An open, logged-in connection with its folder selected; use it as a context."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.uid_validity = 0
        self._silences = 0
        self._news = False
        with _in_words(mailbox):
            self._box = _logged_in(mailbox)
            self.client: Any = self._box.client
            try:
                # imap-tools asks before the log-in what the server can do, and so misses MOVE.
                said = self.client.capability()[1][0]
                self.client.capabilities = tuple(said.decode().upper().split())
                self.uid_validity = self._open()
            except (*_FAILURES, ShopError):
                self.client.shutdown()
                raise

    def _open(self) -> int:
        folder = self.mailbox.folder
        there = {info.name for info in self._box.folder.list()}
        if folder.upper() != "INBOX" and folder not in there:
            raise ShopError(f"There is no folder '{folder}': check the name under Mailboxes.")
        for wanted in (self.mailbox.processed_folder, self.mailbox.rejected_folder):
            if wanted not in there:
                self._box.folder.create(wanted)
        self._box.folder.set(folder)
        said = self.client.untagged_responses.get("UIDVALIDITY") or [b"0"]
        return int(said[-1] or 0)

    # ------------------------------------------------------------ reading

    def listed(self) -> list[Listed]:
        """Every mail in the folder that nobody has deleted, oldest first."""
        with _in_words(self.mailbox):
            self.client.noop()  # so that the server tells what arrived meanwhile
            kind, found = self.client.uid("SEARCH", "UNDELETED")
            _require(kind, found)
            uids = [int(uid) for uid in (found[0] or b"").split()]
            return [mail for part in _chunks(uids) for mail in self._facts(part)]

    def _facts(self, uids: Sequence[int]) -> list[Listed]:
        answers = self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)")
        found = []
        for answer in answers:
            line = answer if isinstance(answer, bytes) else b" ".join(answer)
            uid, size = _UID.search(line), _SIZE.search(line)
            if uid and size:
                found.append(Listed(int(uid[1]), int(size[1]), _moment(line)))
        return found

    def bytes_of(self, uid: int) -> bytes | None:
        """A whole mail; None where it is not there any more."""
        return self._body(uid, "BODY.PEEK[]")

    def head_of(self, uid: int) -> bytes | None:
        """The headers of a mail that is too large to fetch."""
        return self._body(uid, f"BODY.PEEK[HEADER]<0.{_HEADER_BYTES}>")

    def _body(self, uid: int, what: str) -> bytes | None:
        with _in_words(self.mailbox):
            for answer in self._fetch([uid], f"({what})"):
                if isinstance(answer, tuple) and len(answer) > 1:
                    return bytes(answer[1])
        return None

    def _fetch(self, uids: Sequence[int], what: str) -> list[Any]:
        kind, answers = self.client.uid("FETCH", ",".join(map(str, uids)), what)
        _require(kind, answers)
        return [answer for answer in answers if answer]

    # ------------------------------------------------------------ moving, waiting

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Put mails into another folder of the mailbox."""
        with _in_words(self.mailbox):
            for part in _chunks(list(uids)):
                self._box.move([str(uid) for uid in part], folder)

    def can_wait(self) -> bool:
        """Whether the server tells by itself that something arrived (IDLE)."""
        return "IDLE" in self.client.capabilities

    def start_waiting(self) -> None:
        """Ask the server to tell; nothing else may be asked until ``stop_waiting``."""
        with _in_words(self.mailbox):
            self.client.untagged_responses.pop("EXISTS", None)
            tag = self.client._command("IDLE")
            # A server may tell of news before it agrees to wait; imap-tools takes that for a no.
            while self.client._get_response() is not None:
                if self.client.tagged_commands[tag]:
                    raise imaplib.IMAP4.error("the server does not wait (IDLE)")
            self._box.idle._idle_tag = tag
            self._news = "EXISTS" in self.client.untagged_responses

    def heard(self, seconds: float) -> bool:
        """Wait so long at most; whether something happened in the folder.

        Raises:
            MailboxError: the server has gone.
        """
        with _in_words(self.mailbox):
            if self._news:
                self._news = False
                return True
            began = time.monotonic()
            said = self._at_hand() or self._box.idle.poll(timeout=seconds)
            if any(line.startswith(b"* BYE") for line in said):
                raise imaplib.IMAP4.abort("the server said goodbye")
            # A closed connection is heard at once, and says nothing; TLS may do that too, once.
            silent = not said and time.monotonic() - began < seconds / 2
            self._silences = self._silences + 1 if silent else 0
            if self._silences > _MOST_SILENCES:
                raise imaplib.IMAP4.abort("the server closed the connection")
            return any(b"EXISTS" in line or b"RECENT" in line for line in said)

    def _at_hand(self) -> list[bytes]:
        """What the server said together with its last answer: no socket tells of that again."""
        sock, said = self.client.sock, []
        patience = sock.gettimeout()
        sock.settimeout(0)
        try:
            while True:
                said.append(self.client._get_line())
        except imaplib.IMAP4.abort as problem:
            if "EOF" not in str(problem):  # a line that was cut in two
                raise
        except OSError:  # nothing more at hand
            return said
        finally:
            sock.settimeout(patience)
        return said

    def stop_waiting(self) -> None:
        """Go back to asking."""
        with _in_words(self.mailbox):
            self._box.idle.stop()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(*_FAILURES):
            if kind is None:
                self.client.logout()
            else:  # a broken connection is not asked to say goodbye
                self.client.shutdown()


# ---------------------------------------------------------------- logging in


def _logged_in(mailbox: Mailbox) -> BaseMailBox:
    try:
        return _try_to_log_in(mailbox, renew=False)
    except (imaplib.IMAP4.error, ImapToolsError):
        if mailbox.login != "oauth2":
            raise
        # The token may have been withdrawn before its time: one more, then it is refused.
        return _try_to_log_in(mailbox, renew=True)


def _try_to_log_in(mailbox: Mailbox, *, renew: bool) -> BaseMailBox:
    if mailbox.login == "oauth2":
        token = oauth.access_token(mailbox, renew=renew)
        box = _reached(mailbox)
        return _or_closed(box, lambda: box.xoauth2(mailbox.user, token, None))
    password = unseal(mailbox.password)
    box = _reached(mailbox)
    ascii_only = mailbox.user.isascii() and password.isascii()
    log_in = box.login if ascii_only else box.login_utf8
    return _or_closed(box, lambda: log_in(mailbox.user, password, None))


def _or_closed(box: BaseMailBox, log_in: Any) -> BaseMailBox:
    try:
        log_in()
    except _FAILURES:
        with suppress(*_FAILURES):
            box.client.shutdown()
        raise
    return box


def _reached(mailbox: Mailbox) -> BaseMailBox:
    host, port = mailbox.host, mailbox.port
    context = ssl.create_default_context()
    if mailbox.security == "tls":
        return MailBox(host, port, timeout=TIMEOUT_SECONDS, ssl_context=context)
    if mailbox.security == "starttls":
        return MailBoxStartTls(host, port, timeout=TIMEOUT_SECONDS, ssl_context=context)
    if not _is_here(host):
        raise ShopError(
            "Without encryption anybody between here and there could read the password: choose "
            "TLS or STARTTLS. Only a mail server on this very machine may do without."
        )
    return MailBoxUnencrypted(host, port, timeout=TIMEOUT_SECONDS)


def _is_here(host: str) -> bool:
    return host in ("127.0.0.1", "::1", "localhost")


# ---------------------------------------------------------------- words


@contextmanager
def _in_words(mailbox: Mailbox) -> Iterator[None]:
    try:
        yield
    except MailboxError:
        raise
    except _FAILURES as problem:
        raise MailboxError(_why(mailbox, problem)) from problem


def _why(mailbox: Mailbox, problem: Exception) -> str:
    where = f"{mailbox.host}:{mailbox.port}"
    said = _said(problem)
    if isinstance(problem, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {where} is not good ({problem.verify_message}): check the host "
            "name, or renew the certificate there."
        )
    if isinstance(problem, ssl.SSLError):
        return f"{where} does not speak TLS as asked ({said}): check port and encryption."
    if "AUTHENTICATIONFAILED" in said or "LOGIN" in said.upper() or "authenticat" in said.lower():
        hint = (
            "check the user name and the agreement with the provider"
            if mailbox.login == "oauth2"
            else "check user name and password; Gmail and others want an app password here"
        )
        return f"{where} refuses our log-in ({said}): {hint}."
    if isinstance(problem, imaplib.IMAP4.abort | EOFError):
        return f"{where} closed the connection ({said}); it is tried again by itself."
    if isinstance(problem, OSError):
        return f"{where} does not answer ({said}): check host, port and whether it runs."
    return f"{where} did not do what was asked ({said}); it is tried again by itself."


def _said(problem: Exception) -> str:
    """What the server said, in one short line; never what we sent."""
    words = getattr(problem, "command_result", None) or (problem.args[0] if problem.args else "")
    if isinstance(words, tuple) and len(words) > 1 and words[1]:
        words = words[1][0] if isinstance(words[1], list) else words[1]
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    if isinstance(problem, OSError) and problem.strerror:
        text = problem.strerror
    return " ".join(text.split())[:160] or type(problem).__name__


def _require(kind: str, answers: Any) -> None:
    if kind != "OK":
        raise imaplib.IMAP4.error(answers[0] if answers else kind)


def _moment(line: bytes) -> datetime:
    match = _DATE.search(line)
    if match:
        with suppress(ValueError):
            at = datetime.strptime(match[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
            return at.astimezone(UTC)
    return clock.now()


def _chunks(uids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(uids), _CHUNK):
        yield uids[start : start + _CHUNK]
