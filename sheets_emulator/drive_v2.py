"""The few calls of the Drive API v2 that older clients still make, in terms of v3."""

import json
from typing import Any

from sheets_emulator.answers import ApiError
from sheets_emulator.calls import Call

Json = dict[str, Any]


def in_v3(call: Call) -> None:
    """Turn a v2 request into the v3 one that does the same."""
    call.path = call.path.replace("/drive/v2/", "/drive/v3/", 1)
    call.query_text = "fields=*"
    if not call.body.strip():
        return
    try:
        body = json.loads(call.body)
    except ValueError:
        raise ApiError(400, "Parse Error", reason="parseError") from None
    for old, new in {"title": "name", "value": "emailAddress"}.items():
        if old in body:
            body[new] = body.pop(old)
    if isinstance(body.get("parents"), list):
        body["parents"] = [one["id"] if isinstance(one, dict) else one for one in body["parents"]]
    call.body = json.dumps(body).encode()


def in_v2(found: Any) -> Any:
    """The answer of v3 in the words of v2."""
    if not isinstance(found, dict):
        return found
    kind = found.get("kind")
    if kind == "drive#file":
        return _file(found)
    if kind == "drive#fileList":
        return {"kind": kind, "items": [_file(one) for one in found["files"]]}
    if kind == "drive#permission":
        return _permission(found)
    if kind == "drive#permissionList":
        return {"kind": kind, "items": [_permission(one) for one in found["permissions"]]}
    return found


def _file(found: Json) -> Json:
    flags = {"starred": False, "hidden": False, "trashed": found["trashed"]}
    return {
        "kind": "drive#file",
        "id": found["id"],
        "title": found["name"],
        "mimeType": found["mimeType"],
        "labels": flags | {"restricted": False, "viewed": True},
        "createdDate": found["createdTime"],
        "modifiedDate": found["modifiedTime"],
        "version": found["version"],
        "alternateLink": found["webViewLink"],
    }


def _permission(found: Json) -> Json:
    email = found.get("emailAddress", "")
    own = {"emailAddress": email, "name": found["displayName"]} if email else {}
    return {
        "kind": "drive#permission",
        "id": found["id"],
        "type": found["type"],
        "role": found["role"],
    } | own
