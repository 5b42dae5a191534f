"""What carriers are asked and what they answer, and what can go wrong between us.  Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from errors import OutsideError


class NotBoughtError(OutsideError):
    """Certainly nothing was bought: the carrier cannot be reached.  Asking again is safe."""


class UnknownOutcomeError(OutsideError):
    """It broke off: nobody knows whether a label was bought.  Only ``recover`` may follow."""


class CarrierRefusedError(OutsideError):
    """The carrier says no, and why."""


@dataclass(frozen=True)
class Place:
    """An address."""

    name: str
    company: str
    street1: str
    street2: str
    city: str
    region: str
    postal: str
    country: str
    phone: str
    email: str


@dataclass(frozen=True)
class Parcel:
    """One package: grams and millimetres; 0 where nobody measured."""

    weight_grams: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


@dataclass(frozen=True)
class Rate:
    """What one service costs for one parcel."""

    id: str
    carrier: str
    service: str
    amount: Decimal
    currency: str
    days: int | None = None


@dataclass(frozen=True)
class Quote:
    """The carrier's id of a parcel that may be sent, and what its services cost."""

    external_id: str
    rates: Sequence[Rate]


@dataclass(frozen=True)
class Bought:
    """A label that was bought, with its bytes where the carrier makes it."""

    tracking_number: str
    tracking_url: str
    amount: Decimal | None
    content: bytes = b""
    content_type: str = ""


class Carrier(Protocol):
    """What every carrier can do."""

    def quote(self, start: Place, goal: Place, parcel: Parcel, reference: str) -> Quote:
        """What it costs; nothing is bought."""

    def buy(self, external_id: str, rate_id: str) -> Bought:
        """Buy the label of a quoted parcel."""

    def recover(self, external_id: str) -> Bought | None:
        """The label of a parcel if it was bought; None if certainly not."""

    def void(self, external_id: str) -> None:
        """Give a label back."""

    def delivered(self, external_id: str) -> bool:
        """Whether the parcel has arrived, as far as the carrier knows."""
