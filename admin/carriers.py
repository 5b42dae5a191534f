"""Who takes parcels: our own delivery and pickup, and accounts at carriers."""

from typing import Any, ClassVar

from wtforms import PasswordField

from admin.views import ShopView
from errors import ShopError
from models import Carrier
from sync.channels.sealed import seal
from workflow.actors import Right


class CarrierView(ShopView):
    """The carriers of the shop; a key is stored sealed and never shown."""

    rights: ClassVar = {"see": Right.SET_UP, "edit": Right.SET_UP}
    choices: ClassVar = {
        "kind": [
            ("easypost", "EasyPost: USPS, UPS, FedEx, DHL and others by one account"),
            ("own", "Our own delivery, with a label of ours"),
            ("pickup", "Pickup, with a label of ours"),
        ],
    }
    column_list = ("name", "kind", "active", "problem", "problem_at")
    column_details_list = (
        "name", "kind", "active", "account", "address", "price", "from_company", "from_street",
        "from_city", "from_region", "from_postal", "from_country", "from_phone", "problem",
        "problem_at",
    )  # fmt: skip
    column_export_list = ("name", "kind", "active", "problem")
    column_default_sort = "name"
    column_searchable_list = ("name",)
    column_labels: ClassVar = {
        "problem": "Last trouble",
        "problem_at": "When",
        "account": "Only this carrier account",
        "address": "Address of the service",
        "from_company": "Company",
        "from_street": "Street",
        "from_city": "City",
        "from_region": "State or region",
        "from_postal": "Postal code",
        "from_country": "Country",
        "from_phone": "Phone",
    }
    form_columns = (
        "name", "kind", "active", "price", "account", "address", "from_company", "from_street",
        "from_city", "from_region", "from_postal", "from_country", "from_phone",
    )  # fmt: skip
    form_extra_fields: ClassVar = {
        "new_key": PasswordField(
            "API key",
            description="Stored encrypted and never shown. Left empty, the one that is stored "
            "stays. A test key buys labels that cost nothing.",
            render_kw={"autocomplete": "new-password"},
        ),
    }
    form_args: ClassVar = {
        "price": {"description": "Of our own delivery, for each parcel."},
        "address": {"description": "Empty for the carrier's own."},
        "account": {"description": "Such as ca_1234; empty for all that EasyPost knows."},
        "from_country": {"description": "Two letters, such as US or DE."},
    }
    sections: ClassVar = {
        "EasyPost": ("new_key", "account", "address"),
        "Parcels leave from": (
            "from_company", "from_street", "from_city", "from_region", "from_postal",
            "from_country", "from_phone",
        ),
    }  # fmt: skip

    def on_model_change(self, form: Any, model: Carrier, is_created: bool) -> None:
        """Seal a key that was typed, and refuse what cannot work."""
        if form["new_key"].data:
            model.sealed_key = seal(form["new_key"].data.strip())
        if model.address and not model.address.startswith(("https://", "http://127.0.0.1")):
            raise ShopError("Address of the service: it begins with https://.")
        if model.kind == "easypost":
            _refuse(model)


def _refuse(model: Carrier) -> None:
    """Say what an account lacks before anybody tries it.

    Raises:
        ShopError: a sentence that begins with the field.
    """
    if not model.sealed_key:
        raise ShopError("API key: type the key of your EasyPost account.")
    wanted = ("from_street", "from_city", "from_postal", "from_country")
    if not all(getattr(model, name) for name in wanted):
        raise ShopError("Parcels leave from: street, city, postal code and country are needed.")
