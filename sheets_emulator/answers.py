"""What Google says no with: one exception, shown in the dialect of the API that was asked."""

from typing import Any

Json = dict[str, Any]

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
NO_TOKEN = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login"
    " cookie or other valid authentication credential. See"
    " https://developers.google.com/identity/sign-in/web/devconsole-project."
)
BAD_TOKEN = NO_TOKEN.replace(
    "Request is missing required authentication credential.",
    "Request had invalid authentication credentials.",
)
MAY_NOT = "The caller does not have permission"
NOT_FOUND = "Requested entity was not found."


class ApiError(Exception):
    """A refusal of the API; ``reason`` and ``domain`` are what the Drive dialect adds."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        details: list[Json] | None = None,
        reason: str = "",
        domain: str = "global",
        location: str = "",
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details
        self.reason, self.domain, self.location = reason, domain, location

    def as_sheets(self) -> Json:
        """The Sheets dialect: code, message, status and sometimes details."""
        error: Json = {"code": self.code, "message": self.message, "status": STATUS[self.code]}
        if self.details:
            error["details"] = self.details
        return {"error": error}

    def as_drive(self) -> Json:
        """The Drive dialect: a list of errors with domain and reason, a status on 401 only."""
        one: Json = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            kind = "header" if self.location == "Authorization" else "parameter"
            one |= {"location": self.location, "locationType": kind}
        error: Json = {"code": self.code, "message": self.message, "errors": [one]}
        if self.code == 401:
            error["status"] = STATUS[401]
        return {"error": error}


def invalid(message: str) -> ApiError:
    """A request that makes no sense: 400."""
    return ApiError(400, message, reason="badRequest")


def bad_field(path: str, message: str) -> ApiError:
    """A request body that does not fit the schema: 400 with the place."""
    violation = {"description": message} | ({"field": path} if path else {})
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return ApiError(400, message, details=[detail], reason="badRequest")


def not_found() -> ApiError:
    """A workbook or a thing in it that is not there: 404."""
    return ApiError(404, NOT_FOUND, reason="notFound")


def may_not() -> ApiError:
    """A workbook that is there but not for this account: 403."""
    return ApiError(403, MAY_NOT, reason="forbidden")


def not_logged_in(message: str = BAD_TOKEN) -> ApiError:
    """A token that is missing, expired or revoked: 401."""
    return ApiError(401, message, reason="authError", location="Authorization")


def too_many(kind: str, limit: int) -> ApiError:
    """More requests than the minute allows: 429, and never a Retry-After."""
    metric = f"sheets.googleapis.com/{kind}_requests"
    quota = f"{kind.capitalize()} requests"
    which = f"{quota} per minute per user"
    message = (
        f"Quota exceeded for quota metric '{quota}' and limit '{which}' of service"
        " 'sheets.googleapis.com' for consumer 'project_number:100000000000'."
    )
    facts = {
        "quota_limit": f"{kind.capitalize()}RequestsPerMinutePerUser",
        "quota_limit_value": str(limit),
        "quota_location": "global",
        "quota_metric": metric,
        "quota_unit": "1/min/{project}/{user}",
        "consumer": "projects/100000000000",
        "service": "sheets.googleapis.com",
    }
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": facts,
    }
    link = {
        "description": "Request a higher quota limit.",
        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
    }
    more = {"@type": "type.googleapis.com/google.rpc.Help", "links": [link]}
    return ApiError(
        429, message, details=[info, more], reason="rateLimitExceeded", domain="usageLimits"
    )


def storage_full() -> ApiError:
    """A service account that wants to own a file: 403, for ever."""
    message = "The user's Drive storage quota has been exceeded."
    return ApiError(403, message, reason="storageQuotaExceeded", domain="usageLimits")
