"""What else customers are told about an order on its way: first words, facts and what they mean.

Pure; a part of ``wording``.
"""

from typing import Any

#: Occasions that are about the order as a whole, not about one job.
ABOUT_ORDERS = ("confirmed", "proof", "reminder", "reply")
EVENTS: dict[str, str] = {
    "proof": "Proof to approve",
    "reminder": "Proof reminder",
    "date_moved": "Date moved",
    "late": "Will be late",
    "part_shipped": "Part of an order shipped",
    "delivered": "Order delivered",
    "reply": "Answer to a message",
}
_PROOF = (
    "{% if proof.note %}{{ proof.note }}\n\n{% endif %}"
    "{% if link %}Look at it, approve it or mark what should be different, on a phone too:\n"
    "{{ link }}\n\n{% endif %}"
    "{% if proof.deadline %}{{ proof.deadline }}\n\n{% endif %}{{ shop_name }}\n"
)
FIRST_WORDS: dict[str, tuple[str, str]] = {
    "proof": (
        "Please approve: {{ proof.name }}, order {{ order.number }}",
        "Hello {{ contact }},\n\nthe proof of “{{ proof.name }}” for your order {{ order.number }}"
        "{% if order.po_number %} (your PO {{ order.po_number }}){% endif %} is ready"
        "{% if proof.version > 1 %}: version {{ proof.version }}{% endif %}.\n\n" + _PROOF,
    ),
    "reminder": (
        "{% if proof.passed %}We still need{% else %}Waiting for{% endif %} your approval: "
        "{{ proof.name }}, order {{ order.number }}",
        "Hello {{ contact }},\n\nwe cannot make your order {{ order.number }} before you have "
        "approved the proof of “{{ proof.name }}”.\n\n" + _PROOF,
    ),
    "date_moved": (
        "New date for order {{ job.number }}: {{ move.after }}",
        "Hello {{ contact }},\n\nyour order {{ job.number }} ({{ job.summary }}) has a new date: "
        "{{ move.after }}{% if move.before %} instead of {{ move.before }}{% endif %}.\n"
        "{% if move.reason %}The reason: {{ move.reason }}\n{% endif %}\n"
        "{% if link %}How it stands: {{ link }}\n\n{% endif %}{{ shop_name }}\n",
    ),
    "late": (
        "Order {{ job.number }} will be late",
        "Hello {{ contact }},\n\nwe promised your order {{ job.number }} ({{ job.summary }}) for "
        "{{ late.due }}. As it looks now you will have it by {{ late.expected }}.\n"
        "{% if late.reason %}The reason: {{ late.reason }}\n{% endif %}\n"
        "We are sorry, and wanted you to know early. Write to us if the day matters"
        "{% if link %}: {{ link }}{% endif %}\n\n{{ shop_name }}\n",
    ),
    "part_shipped": (
        "A part of order {{ job.number }} is on its way",
        "Hello {{ contact }},\n\n{{ part.pieces }} pieces of your order {{ job.number }} "
        "({{ job.summary }}) have left us; {{ part.left }} follow.\n"
        "{% for shipment in shipments %}{{ shipment.carrier }} {{ shipment.tracking_number }} "
        "{{ shipment.tracking_url }}\n{% endfor %}"
        "{% if link %}How it stands: {{ link }}\n{% endif %}\n{{ shop_name }}\n",
    ),
    "delivered": (
        "Order {{ job.number }} was delivered",
        "Hello {{ contact }},\n\nyour order {{ job.number }} ({{ job.summary }}) was delivered. "
        "Something not as it should be? Tell us"
        "{% if link %} here: {{ link }}{% else %}.{% endif %}\n\n{{ shop_name }}\n",
    ),
    "reply": (
        "Re: your message about order {{ order.number }}",
        "Hello {{ contact }},\n\n{{ inquiry.answer }}\n\n{{ inquiry.by }}, {{ shop_name }}\n\n"
        "You wrote:\n{{ inquiry.asked }}\n{% if link %}\nYour order: {{ link }}\n{% endif %}",
    ),
}
_MEANING_OF_PROOF = (
    "proof",
    "what is to be approved: .name .version .note (what somebody wrote along) .deadline (by when, "
    "and what waiting costs) .passed (yes after that)",
)
MEANINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "proof": (_MEANING_OF_PROOF,),
    "reminder": (_MEANING_OF_PROOF,),
    "date_moved": (("move", "the in-hands date: .before .after .reason"),),
    "late": (("late", "what was promised and what to expect: .due .expected .reason"),),
    "part_shipped": (("part", "how many pieces: .pieces that left now, .left that follow"),),
    "reply": (("inquiry", "what they wrote and the answer: .asked .answer .by"),),
}


def example(event: str, *, rich: bool) -> dict[str, Any]:
    """Facts of an occasion that was made up; without ``rich`` everything that may be empty is."""
    proof = {
        "name": "Front logo",
        "version": 2 if rich else 1,
        "note": "We made the lettering bolder." if rich else "",
        "deadline": "Approve by Wed 11 Mar, 16:00 to keep Fri 20 Mar." if rich else "",
        "passed": "",
    }
    late = {
        "due": "Friday 20 March 2026",
        "expected": "Tuesday 24 March 2026",
        "reason": "the shirts reach us two days later than promised." if rich else "",
    }
    move = {"before": late["due"] if rich else "", "after": late["expected"],
            "reason": late["reason"]}  # fmt: skip
    asked = {"asked": "Can we get ten more?", "answer": "Yes, gladly.", "by": "Olga"}
    facts: dict[str, dict[str, Any]] = {
        "proof": {"proof": proof},
        "reminder": {"proof": proof | ({"passed": "yes"} if rich else {})},
        "date_moved": {"move": move},
        "late": {"late": late},
        "part_shipped": {"part": {"pieces": "12", "left": "36"}},
        "reply": {"inquiry": asked},
    }
    return facts.get(event, {})


def reason_for_customers(reason: str) -> str:
    """A forecast's reason as a first draft for the customer: departments' matters stay with us."""
    if "customer has not approved" in reason:
        return "we still wait for your approval of the proof."
    ours = ("still to do:", "on hold:")
    if not reason or reason.startswith(ours) or " was due " in reason or " is busy " in reason:
        return "we need longer than planned to make it."
    return "goods for your order reach us later than planned." if "expected" in reason else reason
