"""Numbers that stand on boxes: the SSCC with GS1's check digit, and where a parcel is.  Pure."""

#: Where carriers show a parcel, by how their names begin.
_PAGES = {
    "ups": "https://www.ups.com/track?tracknum={}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "dhl": "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
}


def check_digit(digits: str) -> str:
    """The last digit of a GS1 number: weights 3 and 1 from the right.

    Source: GS1 General Specifications, 7.9.
    """
    total = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return str(-total % 10)


def sscc(prefix: str, serial: int, extension: int = 0) -> str:
    """The 18 digits of a box: extension, the shop's GS1 prefix, a running number, check digit.

    Raises:
        ValueError: the prefix is not 6 to 12 digits.
    """
    if not prefix.isdigit() or not 6 <= len(prefix) <= 12:
        raise ValueError("a GS1 company prefix has 6 to 12 digits")
    room = 16 - len(prefix)
    body = f"{extension}{prefix}{serial % 10**room:0{room}d}"
    return body + check_digit(body)


def grouped(number: str) -> str:
    """An SSCC as people read it, in groups; '' for none."""
    return f"(00) {number[:1]} {number[1:8]} {number[8:17]} {number[17:]}" if number else ""


def tracking_link(carrier: str, number: str) -> str:
    """The carrier's page of a parcel whose number was written by hand; '' where we know none."""
    page = _PAGES.get(carrier.split(maxsplit=1)[0].casefold() if carrier.strip() else "", "")
    plain = "".join(number.split())
    return page.format(plain) if plain.isascii() and plain.isalnum() else ""
