"""Ourselves: our own delivery and pickup, with labels of our own.  Nothing leaves this machine."""

from decimal import Decimal

from carriers.parcels import Bought, Parcel, Place, Quote, Rate

SERVICES = {"own": "Our own delivery", "pickup": "Pickup"}


class Own:
    """Our own delivery, or the customer comes."""

    def __init__(self, kind: str, price: Decimal | None, currency: str) -> None:
        self._service = SERVICES[kind]
        self._price = price or Decimal(0)
        self._currency = currency

    def quote(self, start: Place, goal: Place, parcel: Parcel, reference: str) -> Quote:
        """Our price for each parcel; its number is the job's and the box's."""
        rate = Rate("own", "", self._service, self._price, self._currency, 1)
        return Quote(reference, (rate,))

    def buy(self, external_id: str, rate_id: str) -> Bought:
        """Our own number; the label is a paper of ours."""
        return Bought(external_id, "", self._price)

    def recover(self, external_id: str) -> Bought | None:
        """It costs nobody anything to say it again."""
        return Bought(external_id, "", self._price)

    def void(self, external_id: str) -> None:
        """Nobody has to be told."""

    def delivered(self, external_id: str) -> bool:
        """Nobody but ourselves knows: a person says so."""
        return False
