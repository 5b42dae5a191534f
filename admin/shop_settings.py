"""The decisions of the shop on one page: name, numbers, working week, transit days, credit."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.form import BaseForm
from wtforms import BooleanField, IntegerField, validators

from admin.access import Screen
from admin.inputs import EmailInput, LineInput, TextInput, TicksInput
from models import ShopSetting, transaction
from sync.amounts import CURRENCIES
from workflow import shop
from workflow.actors import Right

_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NESTED = ("transit_days", "stage_words")
_DAYS = "working days from our door to theirs"


def _whole(label: str, least: int, most: int, description: str = "") -> IntegerField:
    sentence = f"Use a whole number from {least} to {most}."
    checks = [validators.InputRequired(sentence), validators.NumberRange(least, most, sentence)]
    return IntegerField(label, checks, description=description)


class SettingsForm(BaseForm):
    """Every decision of ``workflow.shop.DEFAULTS`` as an input."""

    shop_name = LineInput("Name of the shop", [validators.InputRequired("Give it a name.")])
    shop_address = TextInput("Address", description="As it stands on papers.")
    shop_email = EmailInput("E-mail")
    shop_phone = LineInput("Phone")
    currency = LineInput(
        "Currency",
        [validators.AnyOf(sorted(CURRENCIES), "Write a code such as USD or EUR.")],
        description="Of new customers and orders.",
    )
    order_prefix = LineInput(
        "Order numbers begin with",
        [
            validators.Length(max=6, message="At most 6 characters."),
            validators.Regexp(r"[A-Za-z0-9-]*$", message="Only letters, digits and dashes."),
        ],
    )
    first_order_number = _whole("First order number", 1, 999_999_999, "For a shop without orders.")
    weekdays = TicksInput(
        "Working days",
        [validators.InputRequired("Work on at least one day of the week.")],
        offered=lambda: [(str(number), name) for number, name in enumerate(_WEEK)],
    )
    transit_ship = _whole("Shipping takes", 0, 90, _DAYS)
    transit_pickup = _whole("Pickup takes", 0, 90, _DAYS)
    transit_deliver = _whole("Our delivery takes", 0, 90, _DAYS)
    transit_install = _whole("Installing takes", 0, 90, _DAYS)
    transit_electronic = _whole("Sending files takes", 0, 90, _DAYS)
    credit_check = BooleanField("Check credit before an order is released")
    prices_required = BooleanField("Every line needs a price before an order is released")
    macros_out = BooleanField("Send customers' workbooks back with the macros in them")
    keep_files_days = _whole(
        "Mails and order files are kept for",
        0,
        36_500,
        "days, then their bytes are deleted; 0 keeps them for ever. What was read in them stays.",
    )
    link_days = _whole("Private links work for", 1, 365, "days after they were sent")
    proof_hour = _whole("Proofs must be answered by", 0, 23, "o'clock on their last day")
    stage_review = LineInput("In review customers read")
    stage_sourcing = LineInput("In sourcing")
    stage_production = LineInput("In production")
    stage_finishing = LineInput("In finishing")
    stage_done = LineInput("When it is done")


class ShopSettingsScreen(Screen):
    """The page of the shop's decisions."""

    rights: ClassVar = {"see": Right.SET_UP}

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the decisions; save changed ones."""
        form = SettingsForm(request.form or None, data=to_form(shop.settings_of_shop()))
        if request.method == "POST" and form.validate():
            save(from_form(form.data))
            flash("Saved. It counts from now on.", "success")
            return redirect(self.get_url(".index"))
        page = self.render("pages/setup/shop.html", form=form)
        return page, 422 if request.method == "POST" else 200


def to_form(decisions: Mapping[str, Any]) -> dict[str, Any]:
    """The decisions as the form shows them."""
    values = {name: value for name, value in decisions.items() if name not in _NESTED}
    values |= {f"stage_{stage}": words for stage, words in decisions["stage_words"].items()}
    values["weekdays"] = [str(number) for number in decisions["weekdays"]]
    return values | {f"transit_{way}": days for way, days in decisions["transit_days"].items()}


def from_form(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as the decisions are kept."""
    ways = shop.DEFAULTS["transit_days"]
    kept = {name: values[name] for name in shop.DEFAULTS if name not in _NESTED}
    first = shop.DEFAULTS["stage_words"]
    kept["stage_words"] = {s: values[f"stage_{s}"] or words for s, words in first.items()}
    kept["weekdays"] = sorted(int(number) for number in values["weekdays"])
    return kept | {"transit_days": {way: values[f"transit_{way}"] for way in ways}}


def save(decisions: Mapping[str, Any]) -> None:
    """Keep the decisions, all of them or none."""
    with transaction():
        for name, value in decisions.items():
            ShopSetting.insert(name=name, value=value).on_conflict(
                conflict_target=[ShopSetting.name], update={ShopSetting.value: value}
            ).execute()
