"""Who ordered, and what: what a document names, found among what we know. Pure.

Codes, addresses and exact names decide.  Anything that only looks alike becomes a ``Problem``
that names the suggestion; nothing similar is ever chosen silently.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rapidfuzz import fuzz, process

from sync.drafts import DraftLine, Problem
from sync.likeness import LIKELY, SHARED_DOMAINS, fold, gtin14, plain_name, plain_size

_BASIS = {"each": Decimal(1), "hundred": Decimal(100), "thousand": Decimal(1000)}


# ---------------------------------------------------------------- who


@dataclass(frozen=True)
class KnownCustomer:
    """A customer of ours as matching sees them; ``emails`` of the company and its contacts."""

    id: int
    code: str
    name: str
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomerHit:
    """Who it is, how we know, and a sentence where a person must look at it."""

    id: int | None
    how: str = ""
    doubt: str = ""


def find_customer(
    named: str, senders: Sequence[str], known: Sequence[KnownCustomer]
) -> CustomerHit:
    """Find the customer a document names, or else the one its sender belongs to.

    Args:
        named: code, name or e-mail address as it stood in the document, or "".
        senders: e-mail addresses the document came from or gives as the customer's contact.
        known: the customers that come into question.
    """
    if "@" in named:
        senders, named = [named, *senders], ""
    by_name = _by_code_or_name(named, known)
    if by_name is not None:
        return by_name
    by_address = _by_address([s.casefold() for s in senders if "@" in s], known)
    if by_address is not None:
        return _checked_against(named, by_address, known)
    return _suggested(named, known)


def _by_code_or_name(named: str, known: Sequence[KnownCustomer]) -> CustomerHit | None:
    if not named.strip():
        return None
    code, name = fold(named), plain_name(named)
    coded = [c for c in known if fold(c.code) == code]
    if len(coded) == 1:
        return CustomerHit(coded[0].id, f"customer code {coded[0].code}")
    same = [c for c in known if plain_name(c.name) == name]
    exact = [c for c in same if fold(c.name) == code] or same
    if len(exact) == 1:
        return CustomerHit(exact[0].id, f"name '{named}'")
    if exact:
        codes = ", ".join(c.code for c in exact[:5])
        return CustomerHit(None, doubt=f"'{named}' can be {codes}: choose the customer")
    return None


def _by_address(senders: Sequence[str], known: Sequence[KnownCustomer]) -> CustomerHit | None:
    for sender in senders:
        mine = [c for c in known if sender in (e.casefold() for e in c.emails)]
        if len(mine) == 1:
            return CustomerHit(mine[0].id, f"e-mail address {sender}")
    for sender in senders:
        domain = sender.rpartition("@")[2]
        if domain in SHARED_DOMAINS:
            continue
        mine = [c for c in known if any(e.casefold().endswith("@" + domain) for e in c.emails)]
        if len(mine) == 1:
            doubt = (
                f"'{sender}' is new; others at {domain} are {mine[0].name}: settle if it is them"
            )
            return CustomerHit(mine[0].id, f"mail domain {domain}", doubt)
    return None


def _checked_against(named: str, hit: CustomerHit, known: Sequence[KnownCustomer]) -> CustomerHit:
    """A sender we know, but the document names somebody else: say both."""
    theirs = next(c.name for c in known if c.id == hit.id)
    if not named.strip() or fuzz.token_set_ratio(plain_name(named), plain_name(theirs)) >= LIKELY:
        return hit
    doubt = f"it names '{named}', but {hit.how} is {theirs}: choose the customer, or settle"
    return CustomerHit(hit.id, hit.how, doubt)


def _suggested(named: str, known: Sequence[KnownCustomer]) -> CustomerHit:
    if not named.strip():
        return CustomerHit(None, doubt="no customer is named: choose the customer")
    names = {c.id: plain_name(c.name) for c in known}
    best = process.extractOne(plain_name(named), names, scorer=fuzz.WRatio, score_cutoff=LIKELY)
    if best is None:
        doubt = f"'{named}' is no customer of ours: choose the customer, or add them first"
        return CustomerHit(None, doubt=doubt)
    likely = next(c for c in known if c.id == best[2])
    return CustomerHit(
        None, doubt=f"'{named}' is probably {likely.name} ({likely.code}): choose the customer"
    )


# ---------------------------------------------------------------- what


@dataclass(frozen=True)
class KnownProduct:
    """A product of ours as matching sees it; ``price`` None where we have none."""

    id: int
    sku: str
    name: str
    uom: str = "EA"
    price: Decimal | None = None
    active: bool = True


@dataclass(frozen=True)
class KnownVariant:
    """A product in one colour and size; ``price`` None means the product's."""

    id: int
    product_id: int
    sku: str
    color: str = ""
    size: str = ""
    gtin: str = ""
    price: Decimal | None = None


@dataclass(frozen=True)
class ItemHit:
    """What a line means: product, variants by size, and what a person must look at."""

    product: KnownProduct | None = None
    variants: Mapping[str, KnownVariant] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class Shelf:
    """The products and variants that come into question, by everything they can be called.

    ``own_codes`` maps a customer's code to our (product id, variant id or None).
    """

    def __init__(
        self,
        products: Iterable[KnownProduct],
        variants: Iterable[KnownVariant],
        own_codes: Mapping[str, tuple[int, int | None]] | None = None,
    ) -> None:
        self.products = {p.id: p for p in products}
        self.variants = {v.id: v for v in variants}
        self._product_codes = {fold(p.sku): p for p in self.products.values()}
        self._variant_codes = {fold(v.sku): v for v in self.variants.values()}
        self._gtins = {gtin14(v.gtin): v for v in self.variants.values() if v.gtin}
        self._own_codes = {fold(code): ids for code, ids in (own_codes or {}).items()}
        self._names: dict[str, list[KnownProduct]] = {}
        for product in self.products.values():
            self._names.setdefault(fold(product.name), []).append(product)
        self._of_product: dict[int, list[KnownVariant]] = {}
        for variant in self.variants.values():
            self._of_product.setdefault(variant.product_id, []).append(variant)

    def by_code(self, code: str) -> tuple[KnownProduct | None, KnownVariant | None]:
        """What one of our own codes means."""
        variant = self._variant_codes.get(fold(code))
        product = self._product_codes.get(fold(code))
        if product is None and variant is not None:
            product = self.products.get(variant.product_id)
        return product, variant if product and variant else None

    def by_own_code(self, code: str) -> tuple[KnownProduct | None, KnownVariant | None]:
        """What a code of the customer's means."""
        product_id, variant_id = self._own_codes.get(fold(code), (0, None))
        return self.products.get(product_id), self.variants.get(variant_id or 0)

    def by_gtin(self, gtin: str) -> tuple[KnownProduct | None, KnownVariant | None]:
        """What a barcode means, with or without its leading zeros."""
        variant = self._gtins.get(gtin14(gtin))
        return (self.products.get(variant.product_id) if variant else None), variant

    def by_name(self, name: str) -> KnownProduct | None:
        """The one product with exactly that name."""
        found = self._names.get(fold(name), [])
        return found[0] if len(found) == 1 else None

    def variants_of(self, product_id: int) -> list[KnownVariant]:
        """The colours and sizes a product comes in."""
        return self._of_product.get(product_id, [])


def find_item(line: DraftLine, where: str, shelf: Shelf, *, typed: bool) -> ItemHit:
    """Find our product and variants for a line of a draft.

    Args:
        line: the line.
        where: its address, for the problems.
        shelf: what comes into question.
        typed: a person typed it, so a free description is no riddle.
    """
    product, variant, problems = _named_product(line, where, shelf, typed=typed)
    if product is None:
        return ItemHit(None, {}, tuple(problems))
    if not product.active:
        text = f"{product.sku} is not sold any more: choose another item, or settle"
        problems.append(Problem(where, "sku", text, _text(line, "sku")))
    sizes = [s for s, _qty in line.sizes] or [_text(line, "size")]
    if variant is not None and len(sizes) == 1 and sizes[0] in ("", variant.size):
        return ItemHit(product, {sizes[0]: variant}, tuple(problems))
    found, more = _sized(line, where, product, shelf.variants_of(product.id))
    return ItemHit(product, found, (*problems, *(() if typed else more)))


def _named_product(
    line: DraftLine, where: str, shelf: Shelf, *, typed: bool
) -> tuple[KnownProduct | None, KnownVariant | None, list[Problem]]:
    sku, own, gtin = (_text(line, n) for n in ("sku", "customer_item_number", "gtin"))
    tries = (
        ("customer_item_number", own, shelf.by_own_code),
        ("sku", sku, shelf.by_code),
        ("sku", sku, shelf.by_own_code),
        ("gtin", gtin, shelf.by_gtin),
        ("customer_item_number", own, shelf.by_code),
    )
    hits = [(n, code, *found) for n, code, look in tries if code and (found := look(code))[0]]
    if hits:
        name, code, product, variant = hits[0]
        others = {h[2].sku: h[1] for h in hits if h[2] is not None and h[2] is not product}
        problems = [
            Problem(where, name, f"'{code}' is {product and product.sku}, '{other}' is {s}: choose")
            for s, other in others.items()
        ]
        return product, variant, problems
    if not typed and not (sku or own or gtin):
        by_name = shelf.by_name(_text(line, "description"))
        if by_name is not None:
            return by_name, None, []
    return None, None, []


def _sized(
    line: DraftLine, where: str, product: KnownProduct, variants: Sequence[KnownVariant]
) -> tuple[dict[str, KnownVariant], list[Problem]]:
    """The variants of a product for a line's colour and sizes, and what does not exist."""
    problems: list[Problem] = []
    colors = list(dict.fromkeys(v.color for v in variants if v.color))
    color = _text(line, "color")
    mine = [v for v in variants if not color or fold(v.color) == fold(color)]
    if color and colors and not mine:
        likely = process.extractOne(fold(color), {c: fold(c) for c in colors}, scorer=fuzz.WRatio)
        hint = f", probably {likely[2]}" if likely and likely[1] >= LIKELY else ""
        text = f"{product.sku} comes in {_listed(colors)}, not in '{color}'{hint}: choose"
        return {}, [Problem(where, "color", text, color)]
    if not color and len(colors) > 1:
        text = f"no colour is given; {product.sku} comes in {_listed(colors)}: choose"
        return {}, [Problem(where, "color", text)]
    by_size = {plain_size(v.size): v for v in mine}
    found: dict[str, KnownVariant] = {}
    for size in [s for s, _qty in line.sizes] or [_text(line, "size")]:
        variant = by_size.get(plain_size(size)) or (
            mine[0] if len(mine) == 1 and not size else None
        )
        if variant is not None:
            found[size] = variant
        elif mine:
            problems.append(_no_size(where, product, size, [v.size for v in mine if v.size]))
    return found, problems


def _no_size(where: str, product: KnownProduct, size: str, sizes: Sequence[str]) -> Problem:
    said = f"not in '{size}'" if size else "and no size is given"
    comes = f"comes in {_listed(sizes)}" if sizes else "comes in no sizes"
    return Problem(where, "size", f"{product.sku} {comes}, {said}: choose", size)


def named(line: DraftLine) -> str:
    """The words by which a line names its item: code and description."""
    words = (_text(line, n) for n in ("sku", "customer_item_number", "gtin", "description"))
    return " ".join(dict.fromkeys(word for word in words if word))


def unknown_item(line: DraftLine, where: str, suggestion: str) -> Problem:
    """Say that a line's item is not known, with the likely one if there is one."""
    name = "sku" if _text(line, "sku") else "description"
    if not _text(line, "sku") and _text(line, "customer_item_number"):
        name = "customer_item_number"
    words = _text(line, name) or named(line)
    if suggestion:
        return Problem(where, name, f"item '{words}' is probably {suggestion}: choose", words)
    text = f"item '{words}' is not one of ours: choose an item, or settle to keep the text"
    return Problem(where, name, text if words else "no item is named: choose one", words)


# ---------------------------------------------------------------- at which price


def our_prices(hit: ItemHit) -> dict[str, Decimal]:
    """What each size of a line costs with us, for one piece; empty where we have no price."""
    product = hit.product
    if product is None:
        return {}
    base = product.price or None
    prices = {size: v.price or base for size, v in hit.variants.items()} or {"": base}
    return {size: price for size, price in prices.items() if price is not None}


def settle_price(
    line: DraftLine, where: str, hit: ItemHit
) -> tuple[Decimal | None, str, list[Problem]]:
    """The price of a document's line: (unit price, basis, problems).

    The document's price counts where it equals ours or we have none, else ours, and a problem
    names both.
    """
    given, basis = line.values.get("unit_price"), str(line.values.get("price_basis") or "each")
    price = given if isinstance(given, Decimal) else None
    ours = our_prices(hit)
    uom = _text(line, "uom")
    if hit.product is not None and uom and uom != hit.product.uom:
        text = f"{hit.product.sku} is sold by {hit.product.uom}, the document says {uom}: "
        text += "check quantity and price"
        return price, basis, [Problem(where, "uom", text, uom)]
    if not ours:
        return price, basis, []
    if len(set(ours.values())) > 1:
        return _mixed_price(where, price, basis, ours)
    own = next(iter(ours.values()))
    if price is None or price / _BASIS.get(basis, Decimal(1)) == own:
        return (own, "each", []) if price is None else (price, basis, [])
    per = "" if basis == "each" else f" per {basis}"
    text = f"the document says {_show(price)}{per}, our price is {_show(own)}; ours is entered: "
    return own, "each", [Problem(where, "unit_price", text + "change it, or settle", _show(price))]


def _mixed_price(
    where: str, price: Decimal | None, basis: str, ours: Mapping[str, Decimal]
) -> tuple[Decimal | None, str, list[Problem]]:
    """Sizes that cost differently: one price a line, so a person decides."""
    lowest = min(ours.values())
    listed = ", ".join(f"{size or 'no size'} {_show(own)}" for size, own in ours.items())
    said = "" if price is None else f"; the document says {_show(price)}"
    text = f"sizes cost differently ({listed}){said}: split the line, or settle"
    kept = lowest if price is None else price
    found = "" if price is None else _show(price)
    return kept, basis if price is not None else "each", [Problem(where, "unit_price", text, found)]


def _text(line: DraftLine, name: str) -> str:
    return str(line.values.get(name) or "").strip()


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:8]) + (f" and {len(words) - 8} more" if len(words) > 8 else "")


def _show(price: Decimal) -> str:
    exponent = price.as_tuple().exponent
    return f"{price:.2f}" if isinstance(exponent, int) and exponent > -2 else f"{price}"
