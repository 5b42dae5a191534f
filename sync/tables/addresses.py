"""An address as people write it, in lines or with commas, to the fields of a party. Pure.

What cannot be told apart stays in the address lines; nothing is dropped.
"""

import re

from sync import cells
from sync.cells import CellError

# "Springfield, IL 62701" and its part "IL 62701"; "49074 Osnabrück", "00-950 Warszawa"; "SW1A 1AA".
_US = re.compile(
    r"(?:(?P<city>[^\d,]+?),?\s+)?(?P<region>[A-Z]{2})\.?\s+(?P<postal>\d{5}(?:-\d{4})?)"
)
_CANADA = re.compile(
    r"(?:(?P<city>[^\d,]+?),?\s+)?(?P<region>[A-Z]{2})\s+(?P<postal>[A-Z]\d[A-Z] ?\d[A-Z]\d)"
)
_CODE_FIRST = re.compile(
    r"(?:[A-Z]{1,3}-)?(?P<postal>\d{4,5}(?: [A-Z]{2})?|\d{2}-\d{3}|\d{4}-\d{3})"
    r"\s+(?P<city>[^\d,]{2,})"
)
_BRITISH = re.compile(
    r"(?:(?P<city>[^\d,]+?),?\s+)?(?P<postal>[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})", re.IGNORECASE
)
_LONGEST_PART = 200
_PHONE = re.compile(
    r"(?:tel|phone|telefon|mobile|ph)\w*\.?\s*:?\s*(\+?[\d ()/.-]{6,})", re.IGNORECASE
)
_PERSON = re.compile(
    r"(?:attn|attention|att|z\.? ?hd|c/o|contact)\b\.?\s*:?-?\s*(.+)", re.IGNORECASE
)
_STREET = re.compile(
    r"\b(st|str|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|way|ct|court|hwy|pkwy|rue"
    r"|quai|calle|via|suite|floor|unit|box)\b\.?",
    re.IGNORECASE,
)
_NAMES = {
    "US": "usa|us|u.s.a|united states|united states of america",
    "CA": "canada",
    "GB": "uk|united kingdom|england|great britain|scotland|wales",
    "DE": "germany|deutschland|allemagne|duitsland|niemcy",
    "FR": "france|frankreich|francia",
    "ES": "spain|espana|españa|spanien",
    "IT": "italy|italia|italien",
    "NL": "netherlands|the netherlands|nederland|niederlande",
    "PL": "poland|polska|polen",
    "PT": "portugal",
    "BE": "belgium|belgique|belgië|belgien",
    "AT": "austria|österreich",
    "CH": "switzerland|schweiz|suisse|svizzera",
    "IE": "ireland",
    "HU": "hungary|magyarország",
    "CZ": "czech republic|czechia|česká republika",
    "DK": "denmark|danmark",
    "SE": "sweden|sverige",
    "AU": "australia",
    "IN": "india",
    "MX": "mexico|méxico",
    "BR": "brazil|brasil",
}
_COUNTRIES = {name: code for code, names in _NAMES.items() for name in names.split("|")}


def read_address(text: str, prefix: str) -> dict[str, str]:
    """Split an address into the fields ``<prefix>_name``, ``_address1`` … ``_country``.

    Args:
        text: the address, one part per line or parts between commas.
        prefix: "ship_to" or "bill_to".
    """
    parts = _parts(text) if re.search(r"\w", text) else []
    found: dict[str, str] = {}
    rest: list[str] = []
    for number, part in enumerate(parts):
        known = {} if number == 0 else _recognised(part)
        if known and not found.keys() & known.keys():
            found.update(known)
            if "region" in known and "city" not in known and len(rest) > 2:
                found["city"] = rest.pop()
        else:
            rest.append(part)
    _lay_out(rest, found)
    return {f"{prefix}_{name}": value for name, value in found.items()}


def _parts(text: str) -> list[str]:
    cleaned = (" ".join(cells.clean(part).split()).strip(" ,") for part in text.split("\n"))
    lines = [line[:_LONGEST_PART] for line in cleaned if line]
    if len(lines) == 1:
        return [part for piece in lines[0].split(",") if (part := piece.strip())]
    parts: list[str] = []
    name, _comma, street = lines[0].partition(",")
    if re.search(r"\d", street):  # "Riverside AC, 88 Canal St"
        lines[:1] = [name.strip(), street.strip()]
    for line in lines:  # "Main St 5, 60323 Frankfurt" holds two parts
        street, comma, place = line.rpartition(",")
        split = comma and len(parts) > 0 and not _US.fullmatch(line) and _recognised(place.strip())
        parts += [street.strip(), place.strip()] if split else [line]
    return parts


def _recognised(part: str) -> dict[str, str]:
    """The fields one part of an address holds, empty where it is street or name."""
    if person := _PERSON.fullmatch(part):
        return {"attention": person[1]}
    if phone := _PHONE.fullmatch(part):
        return {"phone": phone[1].strip()}
    for pattern in (_US, _CANADA, _CODE_FIRST, _BRITISH):
        match = pattern.fullmatch(part)
        if match and not _STREET.search(part):
            return {name: value.strip() for name, value in match.groupdict().items() if value}
    country = _COUNTRIES.get(part.casefold().strip(" ."))
    if country:
        return {"country": country}
    try:
        return {"email": cells.email(part)}
    except CellError:
        return {}


def _lay_out(rest: list[str], found: dict[str, str]) -> None:
    if rest:
        found["name"] = rest[0]
    for number, line in enumerate(rest[1:3], start=1):
        found[f"address{number}"] = line
    if len(rest) > 3:
        found["address3"] = ", ".join(rest[3:])
