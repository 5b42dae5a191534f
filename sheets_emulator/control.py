"""The control path: what tests and the page do to the server, in JSON."""

import datetime
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sheets_emulator.answers import ApiError
from sheets_emulator.faults import KINDS
from sheets_emulator.files import MANAGER
from sheets_emulator.google import Answer, Google, in_json
from sheets_emulator.shown import text_of
from sheets_emulator.times import rfc3339
from sheets_emulator.workbook import Sheet, Workbook

if TYPE_CHECKING:
    from sheets_emulator.server import Server

Json = dict[str, Any]


def answer(server: "Server", method: str, path: str, query: str, body: bytes) -> Answer:
    """Answer a request of the control path."""
    name = path.removeprefix("/_control/").strip("/")
    handler = _HANDLERS.get(name)
    if handler is None:
        return in_json({"error": f"There is no {name}; there are {sorted(_HANDLERS)}."}, 404)
    try:
        asked: Json = dict(parse_qsl(query))
        if body.strip():
            asked |= json.loads(body)
        with server.lock:
            found = handler(server, asked)
        return in_json({} if found is None else found)
    except ApiError as refused:
        return in_json({"error": refused.message}, 409)
    except KeyError as missing:
        return in_json({"error": f"There is no {missing}."}, 404)
    except (TypeError, ValueError) as wrong:
        return in_json({"error": str(wrong)}, 400)


# ---------------------------------------------------------------- workbooks


def _seed(server: Google, asked: Json) -> Json:
    names = ("owner", "shared", "locale")
    given = {name: asked[name] for name in names if name in asked}
    title, tabs = asked.get("title", "Live orders"), asked.get("tabs")
    return {"id": server.seed(title, tabs, file_id=asked.get("id"), **given)}


def _workbooks(server: Google, _: Json) -> list[Json]:
    return [
        {"id": file.id, "title": file.book.title, "owner": file.owner, "trashed": file.trashed}
        for file in server.drive.files.values()
    ]


def _workbook(server: Google, asked: Json) -> Json:
    file = server.file(asked["id"])
    book = file.book
    return {
        "id": file.id,
        "title": book.title,
        "locale": book.locale_name,
        "owner": file.owner,
        "version": file.versions[-1].number,
        "tabs": [_tab(book, sheet) for sheet in book.sheets],
        "versions": [
            {"number": version.number, "user": version.user, "at": rfc3339(version.at)}
            for version in file.versions[-30:]
        ],
    }


def _tab(book: Workbook, sheet: Sheet) -> Json:
    cells = []
    for n, row in enumerate(sheet.rows[: sheet.used]):
        for column, cell in row.items():
            found: Json = {"r": n, "c": column, "t": text_of(cell.value, cell.format, book.locale)}
            if cell.formula:
                found["f"] = cell.formula
            if cell.note:
                found["n"] = cell.note
            if colour := (cell.format or {}).get("backgroundColor"):
                found["b"] = colour
            if (cell.format or {}).get("textFormat", {}).get("bold"):
                found["w"] = True
            if cell.rule:
                found["v"] = _choices(cell.rule)
            cells.append(found)
    return {
        "id": sheet.id,
        "title": sheet.title,
        "rows": sheet.row_count,
        "columns": sheet.column_count,
        "hidden": bool(sheet.look.get("hidden")),
        "frozen": sheet.grid.get("frozenRowCount", 0),
        "hiddenColumns": _hidden(sheet, "COLUMNS"),
        "hiddenRows": _hidden(sheet, "ROWS"),
        "merges": [[box.top, box.bottom, box.left, box.right] for box in sheet.merges],
        "cells": cells,
    }


def _hidden(sheet: Sheet, dimension: str) -> list[int]:
    return [n for n, size in sheet.sizes[dimension].items() if size.get("hiddenByUser")]


def _choices(rule: Json) -> list[str]:
    condition = rule.get("condition", {})
    return [one.get("userEnteredValue", "") for one in condition.get("values", [])]


def _act(server: Google, asked: Json) -> Json:
    asked = dict(asked)
    file_id, action = asked.pop("id"), asked.pop("action")
    user = asked.pop("user", MANAGER)
    return {"done": server.act(file_id, action, user=user, **asked)}


def _share(server: Google, asked: Json) -> None:
    file, role = server.file(asked["id"]), asked.get("role")
    if role:
        file.share(asked.get("email", "*"), role)
    else:
        file.unshare(asked.get("email", "*"))


# ---------------------------------------------------------------- what goes wrong


def _barrier(server: Google, asked: Json) -> None:
    asked = dict(asked)
    file_id, action = asked.pop("id"), asked.pop("action")
    server.between(file_id, action, when=asked.pop("when", "between"), **asked)


def _fault(server: Google, asked: Json) -> None:
    if asked.get("kind") not in KINDS:
        message = f"kind is one of {', '.join(KINDS)}."
        raise ValueError(message)
    server.fail(**asked)


def _quota(server: Google, asked: Json) -> Json:
    server.quotas.on = bool(asked.get("on", True))
    server.quotas.limits |= {k: int(asked[k]) for k in ("read", "write") if k in asked}
    return {"on": server.quotas.on} | server.quotas.limits


def _lag(server: Google, asked: Json) -> None:
    server.drive.lag = datetime.timedelta(seconds=float(asked.get("seconds", 0)))


def _clock(server: Google, asked: Json) -> Json:
    if "now" in asked:
        server.clock.run() if asked["now"] is None else server.clock.freeze(asked["now"])
    if "advance" in asked:
        server.clock.advance(float(asked["advance"]))
    return {"now": rfc3339(server.clock.now())}


# ---------------------------------------------------------------- accounts


def _account(server: "Server", asked: Json) -> Json:
    if asked.get("kind") == "user":
        return server.accounts.refresh_token(server.url, asked.get("email", MANAGER))
    return server.service_account(asked.get("email", ""))


def _tokens(server: Google, asked: Json) -> Json:
    server.accounts.strict = bool(asked.get("strict", server.accounts.strict))
    if "revoke" in asked:
        server.accounts.revoke(asked["revoke"])
    if "expire" in asked:
        server.accounts.expire(asked["expire"] or None)
    if "full" in asked:
        server.drive.full.add(asked["full"])
    return {"strict": server.accounts.strict}


# ---------------------------------------------------------------- the record


def _log(server: Google, asked: Json) -> Json:
    shown = [
        {name: value for name, value in asdict(one).items() if name != "body"}
        for one in server.log[-int(asked.get("last", 1000)) :]
    ]
    counts = Counter(one.kind for one in server.log)
    bytes_in = sum(one.received for one in server.log)
    sent = sum(one.sent for one in server.log)
    found = {"counts": dict(counts), "received": bytes_in, "sent": sent, "calls": shown}
    if asked.get("clear"):
        server.log.clear()
    return found


def _reset(server: Google, _: Json) -> None:
    server.faults.clear()
    server.barriers.clear()
    server.log.clear()
    server.clock.run()
    server.quotas.on = False
    server.drive.lag = datetime.timedelta(0)


_HANDLERS: dict[str, Callable[[Any, Json], Any]] = {
    "seed": _seed,
    "workbooks": _workbooks,
    "workbook": _workbook,
    "act": _act,
    "share": _share,
    "barrier": _barrier,
    "fault": _fault,
    "quota": _quota,
    "lag": _lag,
    "clock": _clock,
    "account": _account,
    "tokens": _tokens,
    "log": _log,
    "reset": _reset,
}
