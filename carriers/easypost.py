"""EasyPost, through its own library: the carriers of a shop's account, side by side.

The library tries nothing by itself a second time.  A shipment is made first and bought by its id,
so its id is what a label is found again by.

Source: https://docs.easypost.com/docs/shipments
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import requests
from easypost.easypost_client import EasyPostClient
from easypost.errors.api.api_error import ApiError
from easypost.errors.api.http_error import HttpError
from easypost.errors.api.timeout_error import TimeoutError as NoAnswerError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from carriers.parcels import (
    Bought,
    CarrierRefusedError,
    NotBoughtError,
    Parcel,
    Place,
    Quote,
    Rate,
    UnknownOutcomeError,
)

SECONDS = 20
_GRAMS_PER_OUNCE = Decimal("28.349523125")
_MM_PER_INCH = Decimal("25.4")
_LARGEST_LABEL = 5_000_000
_UNREACHED = (HttpError, NoAnswerError)


class EasyPost:
    """One account."""

    def __init__(
        self, key: str, account: str = "", address: str = "", seconds: int = SECONDS
    ) -> None:
        more = {"api_base": address} if address else {}
        self._seconds = seconds
        self._client = EasyPostClient(key, timeout=seconds, **more)
        self._account = account

    def quote(self, start: Place, goal: Place, parcel: Parcel, reference: str) -> Quote:
        """Make a shipment at EasyPost: its id and what its services cost.

        Raises:
            NotBoughtError: EasyPost cannot be reached; nothing costs anything yet.
            CarrierRefusedError: it does not like the address or the parcel.
        """
        asked: dict[str, Any] = {
            "from_address": _address(start),
            "to_address": _address(goal),
            "parcel": _measures(parcel),
            "reference": reference,
            "options": {"label_format": "PDF", "label_size": "4x6"},
        }
        if self._account:
            asked["carrier_accounts"] = [self._account]
        made = _asked(lambda: self._client.shipment.create(**asked), NotBoughtError)
        return Quote(made.id, [_rate(rate) for rate in made.rates or ()])

    def buy(self, external_id: str, rate_id: str) -> Bought:
        """Buy a shipment that was made before.

        Raises:
            UnknownOutcomeError: no answer came: it may be bought.
            CarrierRefusedError: it was not bought, and why.
        """
        rate = {"id": rate_id}
        made = _asked(
            lambda: self._client.shipment.buy(external_id, rate=rate), UnknownOutcomeError
        )
        return self._bought(made)

    def recover(self, external_id: str) -> Bought | None:
        """The shipment as EasyPost has it now.

        Raises:
            UnknownOutcomeError: it cannot be reached, so it is still not known.
        """
        made = _asked(lambda: self._client.shipment.retrieve(external_id), UnknownOutcomeError)
        return self._bought(made) if getattr(made, "postage_label", None) else None

    def void(self, external_id: str) -> None:
        """Ask for the money back.

        Raises:
            NotBoughtError: EasyPost cannot be reached.
            CarrierRefusedError: the label was used, or is too old.
        """
        made = _asked(lambda: self._client.shipment.refund(external_id), NotBoughtError)
        if getattr(made, "refund_status", "") == "rejected":
            raise CarrierRefusedError("The carrier does not take this label back: it was used.")

    def delivered(self, external_id: str) -> bool:
        """Whether EasyPost's tracker of the parcel says that it has arrived.

        Raises:
            NotBoughtError: EasyPost cannot be reached.
        """
        made = _asked(lambda: self._client.shipment.retrieve(external_id), NotBoughtError)
        return getattr(getattr(made, "tracker", None), "status", "") == "delivered"

    def _bought(self, made: Any) -> Bought:
        tracker, rate = getattr(made, "tracker", None), getattr(made, "selected_rate", None)
        return Bought(
            tracking_number=str(made.tracking_code or ""),
            tracking_url=str(getattr(tracker, "public_url", "") or ""),
            amount=Decimal(str(rate.rate)) if rate is not None else None,
            content=self._label(str(made.postage_label.label_url)),
            content_type="application/pdf",
        )

    def _label(self, url: str) -> bytes:
        """The label's bytes; without them it is bought all the same and fetched again later."""
        try:
            answer = requests.get(url, timeout=self._seconds)
            answer.raise_for_status()
        except requests.RequestException as problem:
            raise UnknownOutcomeError(
                "The label is bought, but it cannot be fetched from EasyPost yet."
            ) from problem
        return bytes(answer.content[:_LARGEST_LABEL])


def _asked(call: Callable[[], Any], unreached: type[Exception]) -> Any:
    try:
        return call()
    except _UNREACHED as problem:
        kind = NotBoughtError if _never_connected(problem) else unreached
        raise kind("EasyPost does not answer. Shipping goes on by hand meanwhile.") from problem
    except ApiError as problem:
        status = problem.http_status or 0
        if status >= 500 or status in (0, 200, 201, 429):
            raise unreached(f"EasyPost has trouble of its own (HTTP {status}).") from problem
        raise CarrierRefusedError(f"EasyPost says: {_words(problem)}") from problem
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise unreached("EasyPost's answer makes no sense.") from problem


def _never_connected(problem: Exception) -> bool:
    """Whether not even a connection came about, so that certainly nothing was asked."""
    cause = problem.__context__
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _words(problem: Exception) -> str:
    return str(getattr(problem, "message", "") or problem)[:300]


def _address(place: Place) -> dict[str, str]:
    return {
        "name": place.name,
        "company": place.company,
        "street1": place.street1,
        "street2": place.street2,
        "city": place.city,
        "state": place.region,
        "zip": place.postal,
        "country": place.country,
        "phone": place.phone,
        "email": place.email,
    }


def _measures(parcel: Parcel) -> dict[str, float]:
    measures = {"weight": float(round(parcel.weight_grams / _GRAMS_PER_OUNCE, 1))}
    for name in ("length", "width", "height"):
        length = getattr(parcel, f"{name}_mm")
        if length:
            measures[name] = float(round(length / _MM_PER_INCH, 1))
    return measures


def _rate(rate: Any) -> Rate:
    days = getattr(rate, "delivery_days", None)
    return Rate(
        id=rate.id,
        carrier=rate.carrier,
        service=rate.service,
        amount=Decimal(str(rate.rate)),
        currency=rate.currency,
        days=int(days) if days is not None else None,
    )
