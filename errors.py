"""What can go wrong that a person can act on: every ``ShopError`` is a sentence.

What, where, what to do next.  Anything that is not a ``ShopError`` is a bug and is logged
with its traceback.
"""

from collections.abc import Sequence


class ShopError(Exception):
    """A refusal in words; screens show it, the API sends it, nothing hides it."""

    http_status = 422


class SettingsError(ShopError):
    """A setting from the environment or ``.env`` is wrong; it stops the start."""


class BlockedError(ShopError):
    """The action may not happen yet; ``reasons`` says everything that is missing."""

    http_status = 409

    def __init__(self, what: str, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(f"{what}: " + "; ".join(reason.rstrip(".") for reason in reasons) + ".")


class StaleError(ShopError):
    """Somebody was quicker: the row is no longer what the caller saw."""

    http_status = 409


class InvalidError(ShopError):
    """Values that were typed or sent do not fit; ``problems`` maps field to sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{field}: {text}" for field, text in problems.items()))


class ForbiddenError(ShopError):
    """The actor does not have the right; names the right that is missing."""

    http_status = 403


class NotFoundError(ShopError):
    """What was asked for is not there, or not for this actor."""

    http_status = 404


class UnreadableError(ShopError):
    """Nothing at all could be read from a file; the file is kept with this reason."""


class DuplicateError(ShopError):
    """The same document came before; ``order_number`` says what it became."""

    http_status = 409

    def __init__(self, message: str, order_number: str | None = None) -> None:
        self.order_number = order_number
        super().__init__(message)


class OutsideError(ShopError):
    """A mail server, printer or carrier did not do what was asked; the outbox tries again."""

    http_status = 502
