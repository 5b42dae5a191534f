"""The calls of the Drive API v3 (and the one v2 upload): files, permissions, comments."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from sheets_emulator import masks, values
from sheets_emulator.answers import ApiError, storage_full
from sheets_emulator.calls import Call
from sheets_emulator.drive_search import matches
from sheets_emulator.exports import exported
from sheets_emulator.files import (
    SPREADSHEET,
    File,
    new_file_id,
    permission_id,
    person,
    revisions,
)
from sheets_emulator.times import rfc3339
from sheets_emulator.workbook import Sheet, new_gid

Json = dict[str, Any]

_USUAL = "kind,id,name,mimeType"
_ROLES = ("owner", "organizer", "fileOrganizer", "writer", "commenter", "reader")


class Raw:
    """An answer that is no JSON."""

    def __init__(self, content: bytes, content_type: str, status: int = 200) -> None:
        self.content, self.content_type, self.status = content, content_type, status


NOTHING = Raw(b"", "text/html", 204)


def answer(call: Call) -> Any:
    """What the Drive API answers.

    Raises:
        ApiError: a refusal.
    """
    parts = [unquote(part) for part in call.path.strip("/").split("/")]
    if parts[0] == "upload":
        call.api, call.file_id = "drive.upload", parts[4] if len(parts) > 4 else ""
        return _upload(call)
    if parts[2:3] == ["about"]:
        call.api = "drive.about"
        return _about(call)
    parts = parts[3:]
    call.file_id = parts[0] if parts else ""
    kind = parts[1] if len(parts) > 1 else ""
    call.path = parts[2] if len(parts) > 2 else ""
    single = "one" if call.path else "all"
    key = (call.method, kind or ("file" if parts else "files"), single if kind else "")
    handler = _CALLS.get(key)
    if handler is None:
        raise ApiError(404, "Not Found", reason="notFound")
    call.api = "drive." + handler.__name__.strip("_")
    return handler(call)


def _file(call: Call, role: str = "reader") -> File:
    try:
        return call.file(role)
    except ApiError as refused:
        if refused.code == 403 and call.drive.files[call.file_id].role(call.account):
            message = "The user does not have sufficient permissions for this file."
            raise ApiError(403, message, reason="insufficientFilePermissions") from None
        said = f"File not found: {call.file_id}."
        raise ApiError(404, said, reason="notFound", location="fileId") from None


def _cut(found: Json, call: Call, usual: str) -> Any:
    return masks.keep(found, masks.parse(call.query.get("fields") or usual))


def _body(call: Call) -> Json:
    try:
        found = json.loads(call.body or b"{}")
    except ValueError:
        raise ApiError(400, "Parse Error", reason="parseError") from None
    return found if isinstance(found, dict) else {}


def resource(file: File, call: Call) -> Json:
    """A File of the Drive API, in full."""
    last = file.last(call.drive.clock.now())
    role = file.role(call.account)
    return {
        "kind": "drive#file",
        "id": file.id,
        "name": file.book.title,
        "mimeType": SPREADSHEET,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "starred": False,
        "parents": file.parents,
        "version": str(last.number),
        "createdTime": rfc3339(file.created),
        "modifiedTime": rfc3339(last.at),
        "owners": [person(file.owner, call.account)],
        "lastModifyingUser": person(last.user, call.account),
        "ownedByMe": file.owner == call.account,
        "shared": len(file.permissions) > 1,
        "permissions": file.permissions,
        "capabilities": {"canEdit": role in ("owner", "writer"), "canShare": role == "owner"},
        "webViewLink": f"https://docs.google.com/spreadsheets/d/{file.id}/edit?usp=drivesdk",
        "size": "1024",
    }


# ---------------------------------------------------------------- files


def _create(call: Call) -> Any:
    if call.account in call.drive.full:
        raise storage_full()
    wanted = _body(call)
    if wanted.get("mimeType", SPREADSHEET) != SPREADSHEET:
        raise ApiError(400, "Only spreadsheets are kept here.", reason="badRequest")
    file = call.drive.new(wanted.get("name") or "Untitled", call.account)
    file.parents = wanted.get("parents") or file.parents
    return _cut(resource(file, call), call, _USUAL)


def _list(call: Call) -> Any:
    files = [file for file in call.drive.files.values() if file.role(call.account)]
    wanted = call.query.get("q", "")
    found = [one for one in (resource(file, call) for file in files) if matches(one, wanted)]
    order = call.query.get("orderBy", "modifiedTime desc").split(",")[0].split()
    key = {"name": "name", "createdTime": "createdTime"}.get(order[0], "modifiedTime")
    found.sort(key=lambda one: one[key], reverse=order[-1] == "desc")
    size = min(int(call.query.get("pageSize", "100") or 100), 1000)
    start = int(call.query.get("pageToken") or 0)
    page: Json = {"kind": "drive#fileList", "incompleteSearch": False}
    if len(found) > start + size:
        page["nextPageToken"] = str(start + size)
    page["files"] = found[start : start + size]
    return _cut(page, call, f"kind,incompleteSearch,nextPageToken,files({_USUAL})")


def _get(call: Call) -> Any:
    return _cut(resource(_file(call), call), call, _USUAL)


def _update(call: Call) -> Any:
    file, wanted = _file(call, "writer"), _body(call)
    if "trashed" in wanted:
        file.trashed = bool(wanted["trashed"])
    if wanted.get("name"):
        with call.drive.changing(file, call.account) as book:
            book.title = wanted["name"]
    return _cut(resource(file, call), call, _USUAL)


def _delete(call: Call) -> Raw:
    _file(call, "owner")
    del call.drive.files[call.file_id]
    return NOTHING


def _copy(call: Call) -> Any:
    if call.account in call.drive.full:
        raise storage_full()
    source, wanted = _file(call), _body(call)
    book = source.book.copy()
    book.id = new_file_id()
    book.title = wanted.get("name") or f"Copy of {book.title}"
    file = call.drive.add(book, call.account)
    file.parents = wanted.get("parents") or source.parents
    return _cut(resource(file, call), call, _USUAL)


def _export(call: Call) -> Raw:
    kind = call.query.get("mimeType", "")
    content = exported(_file(call).book, kind)
    if content is None:
        raise ApiError(400, "The requested conversion is not supported.", reason="badRequest")
    return Raw(content, kind)


def _upload(call: Call) -> Json:
    """The file becomes what the CSV says: one tab, with the file's name."""
    file = _file(call, "writer")
    lines = list(csv.reader(io.StringIO(call.body.decode("utf-8-sig", "replace"))))
    now = call.drive.clock.now()
    with call.drive.changing(file, call.account) as book:
        sheet = Sheet(new_gid(), book.title)
        book.sheets, book.named, book.metadata = [sheet], [], []
        book.time_zone = "America/Los_Angeles"
        values.put_lines(book, sheet, (0, 0), lines, "USER_ENTERED", now.date())
    last = file.last(now)
    flags = {"starred": False, "hidden": False, "trashed": file.trashed}
    return {
        "kind": "drive#file",
        "id": file.id,
        "title": file.book.title,
        "mimeType": SPREADSHEET,
        "labels": flags | {"restricted": False, "viewed": True},
        "createdDate": rfc3339(file.created),
        "modifiedDate": rfc3339(last.at),
        "version": str(last.number),
    }


# ---------------------------------------------------------------- permissions


def _permissions(call: Call) -> Any:
    found = {"kind": "drive#permissionList", "permissions": _file(call).permissions}
    return _cut(found, call, "kind,permissions(kind,id,type,role)")


def _permission(call: Call) -> Any:
    for one in _file(call).permissions:
        if one["id"] == call.path:
            return _cut(one, call, "kind,id,type,role")
    raise _no_permission(call.path)


def _no_permission(key: str) -> ApiError:
    said = f"Permission not found: {key}."
    return ApiError(404, said, reason="notFound", location="permissionId")


def _share(call: Call) -> Any:
    file, wanted = _file(call, "writer"), _body(call)
    kind, role = wanted.get("type"), wanted.get("role")
    if kind not in ("user", "group", "domain", "anyone"):
        said = "The permission type field is required."
        raise ApiError(400, said, reason="required", location="permission.type")
    if role not in _ROLES:
        said = "The permission role field is required."
        raise ApiError(400, said, reason="required", location="permission.role")
    email = wanted.get("emailAddress") or wanted.get("domain") or ""
    if kind in ("user", "group") and "@" not in email:
        said = (
            "The specified emailAddress is invalid or not applicable for the given permission type."
        )
        raise ApiError(400, said, reason="invalid", location="permission.emailAddress")
    if role == "owner":
        for one in file.permissions:
            one["role"] = "writer" if one["role"] == "owner" else one["role"]
        file.owner = email
    found = file.share("*" if kind == "anyone" else email, role)
    found["type"] = kind if kind == "group" else found["type"]
    return _cut(found, call, "kind,id,type,role")


def _update_permission(call: Call) -> Any:
    wanted = _body(call)
    for one in _file(call, "writer").permissions:
        if one["id"] == call.path:
            one["role"] = wanted.get("role", one["role"])
            return _cut(one, call, "kind,id,type,role")
    raise _no_permission(call.path)


def _unshare(call: Call) -> Raw:
    file = _file(call, "writer")
    left = [one for one in file.permissions if one["id"] != call.path]
    if len(left) == len(file.permissions):
        raise _no_permission(call.path)
    file.permissions = left
    return NOTHING


# ---------------------------------------------------------------- comments, revisions, about


def _need_fields(call: Call) -> None:
    if not call.query.get("fields"):
        said = "The 'fields' parameter is required for this method."
        raise ApiError(400, said, reason="required", location="fields")


def _comments(call: Call) -> Any:
    _need_fields(call)
    found = {"kind": "drive#commentList", "comments": _file(call).comments}
    return _cut(found, call, "*")


def _comment(call: Call) -> Any:
    _need_fields(call)
    file, wanted = _file(call), _body(call)
    if not wanted.get("content"):
        raise ApiError(400, "Comment content is required.", reason="required")
    now = rfc3339(call.drive.clock.now())
    found: Json = {
        "kind": "drive#comment",
        "id": "AAAA" + permission_id(f"{file.id}{len(file.comments)}")[:8],
        "content": wanted["content"],
        "createdTime": now,
        "modifiedTime": now,
        "author": person(call.account, call.account),
        "deleted": False,
    }
    found |= {"anchor": wanted["anchor"]} if wanted.get("anchor") else {}
    file.comments.append(found)
    return _cut(found, call, "*")


def _revisions(call: Call) -> Any:
    found = revisions(_file(call), call.account, call.drive.clock.now())
    page = {"kind": "drive#revisionList", "revisions": found}
    return _cut(page, call, "kind,revisions(kind,id,mimeType,modifiedTime)")


def _revision(call: Call) -> Any:
    for one in revisions(_file(call), call.account, call.drive.clock.now()):
        if one["id"] == call.path:
            return _cut(one, call, "kind,id,mimeType,modifiedTime")
    raise ApiError(404, f"Revision not found: {call.path}.", reason="notFound")


def _about(call: Call) -> Any:
    _need_fields(call)
    return _cut({"kind": "drive#about", "user": person(call.account, call.account)}, call, "*")


_CALLS: dict[tuple[str, str, str], Callable[[Call], Any]] = {
    ("POST", "files", ""): _create,
    ("GET", "files", ""): _list,
    ("GET", "file", ""): _get,
    ("PATCH", "file", ""): _update,
    ("DELETE", "file", ""): _delete,
    ("POST", "copy", "all"): _copy,
    ("GET", "export", "all"): _export,
    ("GET", "permissions", "all"): _permissions,
    ("GET", "permissions", "one"): _permission,
    ("POST", "permissions", "all"): _share,
    ("PATCH", "permissions", "one"): _update_permission,
    ("DELETE", "permissions", "one"): _unshare,
    ("GET", "comments", "all"): _comments,
    ("POST", "comments", "all"): _comment,
    ("GET", "revisions", "all"): _revisions,
    ("GET", "revisions", "one"): _revision,
}
