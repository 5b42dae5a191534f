"""Whether the receiving mail server vouches for the sender: Authentication-Results. Pure.

Only the topmost header of a server that the shop named counts: a sender can write such headers
too, but they stand below the one our server puts on top.  Microsoft 365 writes no server name;
``microsoft365`` among the trusted names accepts its form, and then only as the very first header.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MICROSOFT = "microsoft365"
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_RESULT = re.compile(r"^\s*(dkim|spf|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_FACT = re.compile(r"(header|smtp)\.(d|i|from|mailfrom)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Vouched:
    """Whether the sender's domain is proved, and in words why, or why not."""

    good: bool
    words: str


def judge(results: Sequence[str], trusted: Sequence[str], senders: Sequence[str]) -> Vouched:
    """Judge a mail by its headers, topmost first, and the addresses of its From header."""
    if len(set(senders)) != 1:
        return Vouched(False, "it names several senders" if senders else "it names no sender")
    if not trusted:
        return Vouched(False, "no mail server is named whose checks we trust")
    header = _counting(results, {name.strip().casefold() for name in trusted})
    if header is None:
        return Vouched(False, "the mail server did not say who it checked")
    return _weigh(header, senders[0].rpartition("@")[2])


def _counting(results: Sequence[str], trusted: set[str]) -> str | None:
    """The header that counts, without the server's name."""
    for position, header in enumerate(results):
        head, _, rest = _COMMENT.sub(" ", header).partition(";")
        if _RESULT.match(head):  # Microsoft's form begins with a result
            if position == 0 and MICROSOFT in trusted:
                return f"{head};{rest}"
            continue
        name = (head.split() or [""])[0].casefold()
        if name in trusted:
            return rest
    return None


def _weigh(header: str, domain: str) -> Vouched:
    """The server's own verdict (DMARC) first, then what would have led to it."""
    for result, facts in _said(header, "dmarc"):
        if result == "pass" and facts.get("header.from", domain) == domain:
            return Vouched(True, f"DMARC passed for {domain}")
        if result == "fail":
            return Vouched(False, f"DMARC failed for {domain}: somebody else may have sent it")
    for result, facts in _said(header, "dkim"):
        signer = facts.get("header.d") or facts.get("header.i", "").rpartition("@")[2]
        if result == "pass" and _covers(signer, domain):
            return Vouched(True, f"signed by {signer} (DKIM)")
    for result, facts in _said(header, "spf"):
        mail_from = facts.get("smtp.mailfrom", "").rpartition("@")[2]
        if result == "pass" and _covers(mail_from, domain):
            return Vouched(True, f"sent by a server of {mail_from} (SPF)")
    return Vouched(False, f"neither signature nor server prove that it comes from {domain}")


def _said(header: str, method: str) -> list[tuple[str, dict[str, str]]]:
    """What a header says of one method: result and properties, as often as it says it."""
    found = []
    for part in header.split(";"):
        match = _RESULT.match(part)
        if match and match[1].casefold() == method:
            facts = {f"{a}.{b}".casefold(): value.casefold() for a, b, value in _FACT.findall(part)}
            found.append((match[2].casefold(), facts))
    return found


def _covers(proved: str, domain: str) -> bool:
    """Whether a proved domain is the sender's, or one above it: never one that only looks alike."""
    return bool(proved) and "." in proved and (domain == proved or domain.endswith(f".{proved}"))
