"""The whole service without a network: requests in, answers out, everything on record."""

import json
import logging
import re
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sheets_emulator import by_hand, calls, drive_calls, drive_v2
from sheets_emulator.accounts import Accounts, consented
from sheets_emulator.answers import ApiError
from sheets_emulator.calls import Call
from sheets_emulator.drive_calls import Raw
from sheets_emulator.faults import HTML_502, Barrier, Fault, Quotas
from sheets_emulator.files import MANAGER, Drive, File, new_file_id
from sheets_emulator.times import Clock
from sheets_emulator.values import put_lines
from sheets_emulator.workbook import Sheet, Workbook, new_gid

Json = dict[str, Any]

# A workbook that exists and is shared with nobody: gspread's own tests ask for it.
PRIVATE = "1jIKzPs8LsiZZdLdeMEP-5ZIHw6RkjiOmj1LrJN706Yc"
JSON_TYPE = "application/json; charset=UTF-8"


@dataclass(slots=True)
class Answer:
    """What goes back: ``cut`` bytes of it if the connection is to break."""

    status: int
    content: bytes
    content_type: str = JSON_TYPE
    cut: int | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """One request that came in."""

    method: str
    path: str
    api: str
    kind: str  # read, write, drive, token
    status: int
    received: int
    sent: int
    account: str
    fault: str
    at: str
    body: bytes = b""


def in_json(value: Any, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


class Google:
    """Sheets, Drive and the token endpoint over one set of files."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.drive = Drive(self.clock)
        self.accounts = Accounts(self.clock)
        self.quotas = Quotas(self.clock)
        self.faults: list[Fault] = []
        self.barriers: list[Barrier] = []
        self.log: list[Logged] = []
        self.drive.new("Somebody's own", "somebody@example.org", PRIVATE)

    # ------------------------------------------------------------ what a test does

    def seed(
        self,
        title: str = "Live orders",
        tabs: dict[str, list[list[Any]]] | None = None,
        *,
        owner: str = MANAGER,
        shared: dict[str, str] | None = None,
        file_id: str | None = None,
        locale: str = "en_US",
    ) -> str:
        """A workbook with tabs of typed-in rows; everybody may write unless ``shared`` says who."""
        book = Workbook(file_id or new_file_id(), title, locale_name=locale)
        for name, rows in (tabs or {"Sheet1": []}).items():
            sheet = Sheet(new_gid() if book.sheets else 0, name)
            book.sheets.append(sheet)
            put_lines(book, sheet, (0, 0), rows, "USER_ENTERED", self.clock.now().date())
        with self.lock:
            file = self.drive.add(book, owner)
            for email, role in (shared if shared is not None else {"*": "writer"}).items():
                file.share(email, role)
        return file.id

    def file(self, file_id: str) -> File:
        """A file, whoever asks.

        Raises:
            KeyError: there is none.
        """
        return self.drive.files[file_id]

    def act(self, file_id: str, action: str, *, user: str = MANAGER, **arguments: Any) -> Any:
        """Do something as a person in the browser; see ``by_hand``."""
        with self.lock:
            return by_hand.act(self.drive, self.file(file_id), user, action, arguments)

    def between(
        self, file_id: str, action: str, *, when: str = "between", **arguments: Any
    ) -> None:
        """Do it later: after the next read and before the write that follows.

        ``when`` may also be ``before_read``, ``before_write`` or ``after_write``: at the next one.
        """
        self.barriers.append(Barrier({"id": file_id, "action": action, **arguments}, when))

    def fail(self, kind: str, **how: Any) -> None:
        """Let the next calls go wrong: see ``faults.KINDS`` and the fields of ``Fault``."""
        self.faults.append(Fault(kind, **how))

    # ------------------------------------------------------------ what a client does

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer one request of a client."""
        path, _, query = target.partition("?")
        if path in ("/token", "/oauth2/v4/token"):
            return self._token(method, path, body)
        if path.endswith(("/oauth2/auth", "/oauth2/v2/auth")):
            return Answer(302, b"", "text/html", location=consented(query))
        call = Call(method, path, query, body, "", self.drive, headers=headers)
        kind = kind_of(method, path)
        with self.lock:
            fault = next((one for one in self.faults if one.meets(kind, unquote(path))), None)
            self.faults = [one for one in self.faults if one.times]
        if fault and fault.kind == "delay":
            time.sleep(fault.seconds)
        with self.lock:
            found = self._guarded(call, path, kind, fault)
            self._record(call, path, kind, found, fault.kind if fault else "")
        if fault and fault.kind == "delay_after":
            time.sleep(fault.seconds)
        return found

    def _token(self, method: str, path: str, body: bytes) -> Answer:
        with self.lock:
            status, found = self.accounts.grant(body)
            answer = in_json(found, status)
            call = Call(method, path, "", body, "", self.drive, api="token")
            self._record(call, path, "token", answer, "")
        return answer

    def _guarded(self, call: Call, path: str, kind: str, fault: Fault | None) -> Answer:
        sheets = path.startswith("/v4/")
        try:
            return self._done(call, kind, fault, sheets=sheets)
        except ApiError as refused:
            said = refused.as_sheets() if sheets else refused.as_drive()
            return in_json(said, refused.code)
        except Exception:
            logging.getLogger(__name__).exception("%s %s", call.method, path)
            broken = ApiError(500, "Internal error encountered.", reason="internalError")
            return in_json(broken.as_sheets() if sheets else broken.as_drive(), 500)

    def _done(self, call: Call, kind: str, fault: Fault | None, *, sheets: bool) -> Answer:
        if fault and fault.kind == "reset_before":
            return Answer(0, b"", cut=0)
        if fault and fault.kind == "html502":
            return Answer(502, HTML_502, "text/html; charset=UTF-8")
        if fault and fault.before:
            raise fault.before
        call.account = self._account(call)
        self.quotas.count(call.account, kind)
        self._run_barriers(f"before_{kind}")
        found = calls.answer(call) if sheets else _drive(call)
        self._run_barriers(f"after_{kind}")
        answer = (
            Answer(found.status, found.content, found.content_type)
            if isinstance(found, Raw)
            else in_json(found)
        )
        return _spoiled(answer, fault)

    def _account(self, call: Call) -> str:
        token = call.headers.get("authorization", "")
        if not token and call.query.get("key"):
            return ""  # an API key opens what is shared with everybody
        return self.accounts.account(token)

    def _run_barriers(self, moment: str) -> None:
        for barrier in list(self.barriers):
            if barrier.when == "between" and moment == "after_read":
                barrier.has_read = True
            due = barrier.when == "between" and barrier.has_read and moment == "before_write"
            if due or barrier.when == moment:
                self.barriers.remove(barrier)
                self.act(**{"file_id": barrier.act["id"], **_without_id(barrier.act)})

    def _record(self, call: Call, path: str, kind: str, found: Answer, fault: str) -> None:
        self.log.append(
            Logged(
                call.method,
                unquote(path),
                call.api,
                kind,
                found.status,
                len(call.body),
                len(found.content),
                call.account,
                fault,
                self.clock.now().isoformat(),
                call.body,
            )
        )
        if len(self.log) > 50_000:
            del self.log[:25_000]


def _drive(call: Call) -> Any:
    if not call.path.startswith("/drive/v2/"):
        return drive_calls.answer(call)
    drive_v2.in_v3(call)
    return drive_v2.in_v2(drive_calls.answer(call))


def _without_id(act: Json) -> Json:
    return {name: value for name, value in act.items() if name != "id"}


def _spoiled(answer: Answer, fault: Fault | None) -> Answer:
    if fault is None:
        return answer
    if fault.kind == "reset":
        answer.cut = fault.bytes
    if fault.kind == "html502_after":
        return Answer(502, HTML_502, "text/html; charset=UTF-8")
    if fault.after:
        raise fault.after
    return answer


def kind_of(method: str, path: str) -> str:
    """Whether a call counts as a read or a write of Sheets, or belongs to Drive."""
    if not path.startswith("/v4/"):
        return "drive"
    verb = re.search(r":(\w+)$", path)
    return "read" if method == "GET" or (verb and verb[1] in calls.READS) else "write"
