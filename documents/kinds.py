"""Which kinds of paper there are, on what they are printed, and what their pages may say.  Pure."""

from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).with_name("pages")
SHEETS = ("A4", "Letter")
LABEL = "4x6"
#: Widths and heights in millimetres.
SIZES: dict[str, tuple[float, float]] = {
    "A4": (210, 297),
    "Letter": (215.9, 279.4),
    LABEL: (101.6, 152.4),
}


@dataclass(frozen=True)
class Kind:
    """A kind of paper: its word, about what it is, and the meaning of its facts."""

    name: str
    label: str
    about: str  # order | job | shipment | package | purchase_order
    hint: str
    meanings: tuple[tuple[str, str], ...]
    is_label: bool = False
    money: bool = False

    def size(self, sheet: str) -> str:
        """On what it is printed in a shop that uses ``sheet``."""
        if self.is_label:
            return LABEL
        return sheet if sheet in SHEETS else SHEETS[0]


_SHOP = ("shop", "us: .name .address .email .phone .footer")
_PAPER = ("paper", "this paper: .title .revision .date .code")
_ORDER = ("order", ".number .po_number .customer .project .date .in_hands .terms .notes .contact")
_PLACE = ("to", "where it goes: .lines (of the address) .phone .instructions .carrier .service")
_JOB = ("job", ".number .pieces .due .firm .priority .way (ship, pickup, deliver …)")
_LINES = ("lines", "of each .number .text .sku .unit .sizes (.size .pieces) .pieces .price .total")
_SHIPPED = (
    "lines",
    "of each .text .sku .ordered .before .now .remaining .sizes (.size .pieces)",
)
_BOX = ("box", ".number .of .weight .sscc .sscc_text .order .content .tracking")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "traveler",
            "Traveler",
            "job",
            "Follows a job through the shop, a page for each department.",
            (
                _SHOP,
                _PAPER,
                _ORDER,
                _JOB,
                (
                    "pages",
                    "one for each department: .department .due .lines .decorations .notes .to "
                    ".pictures .next .what",
                ),
            ),
        ),
        Kind(
            "pick_list",
            "Pick list",
            "job",
            "What to take from the shelves and from what arrived.",
            (_SHOP, _PAPER, _ORDER, _JOB, ("picks", "of each .code .text .size .pieces .vendor")),
        ),
        Kind(
            "packing_slip",
            "Packing slip",
            "shipment",
            "Lies in the parcel: what is in it and what follows.",
            (_SHOP, _PAPER, _ORDER, _JOB, _PLACE, _SHIPPED, ("boxes", "how many")),
        ),
        Kind(
            "confirmation",
            "Order confirmation",
            "order",
            "What we agreed to, for the customer.",
            (_SHOP, _PAPER, _ORDER, _PLACE, _LINES, ("charges", "of each .name .amount"),
             ("sums", ".goods .discount .freight .tax .total .paid .due .currency")),
            money=True,
        ),
        Kind(
            "invoice",
            "Invoice",
            "order",
            "What was really shipped, and what it costs.",
            (_SHOP, _PAPER, _ORDER, _PLACE, _LINES, ("charges", "of each .name .amount"),
             ("sums", ".goods .discount .freight .tax .total .paid .due .currency"),
             ("shipments", "of each .date .carrier .tracking")),
            money=True,
        ),
        Kind(
            "purchase_order",
            "Purchase order",
            "purchase_order",
            "What a vendor gets from us, by mail.",
            (_SHOP, _PAPER, ("vendor", ".name .email .phone .account .terms"),
             ("purchase", ".number .date .expected .notes .by"),
             ("lines", "of each .code .text .size .pieces .unit .cost .total .job"),
             ("total", "what it comes to"), ("currency", "of the vendor")),
            money=True,
        ),
        Kind(
            "carton_label",
            "Carton label",
            "package",
            "On every box, with its SSCC as GS1-128.",
            (_SHOP, _PAPER, _ORDER, _JOB, _PLACE, _BOX),
            is_label=True,
        ),
        Kind(
            "label",
            "Delivery label",
            "package",
            "On boxes we bring ourselves or that are picked up.",
            (_SHOP, _PAPER, _ORDER, _JOB, _PLACE, _BOX),
            is_label=True,
        ),
    )
}  # fmt: skip
#: Not made from a page of ours: a label as the carrier sold it.
CARRIER_LABEL = "carrier_label"


def label_of(kind: str) -> str:
    """What people call a kind of paper."""
    if kind == CARRIER_LABEL:
        return "Carrier's label"
    return KINDS[kind].label if kind in KINDS else kind


def ours(kind: str) -> tuple[str, str]:
    """The page and the style Inhands came with."""
    return (PAGES / f"{kind}.html").read_text(), ""


def base_style() -> str:
    """The style all pages share."""
    return (PAGES / "base.css").read_text()
