"""The words of messages to customers: templates with facts in, plain text out.  Pure.

A template sees plain values only (``Facts``), never a row, and runs in a sandbox.  What does not
fit is refused with a sentence that names the line: a broken message is never sent.
"""

import re
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from errors import InvalidError
from workflow import occasions

Facts = Mapping[str, Any]

#: What customers are told about, and what it is called on screens.
EVENTS: dict[str, str] = {
    "received": "Order file received",
    "questions": "Questions about an order file",
    "locked": "Order file with a password",
    "confirmed": "Order confirmed",
    **{name: occasions.EVENTS[name] for name in ("proof", "reminder", "date_moved", "late")},
    "ready": "Order packed and ready",
    "part_shipped": occasions.EVENTS["part_shipped"],
    "shipped": "Order shipped or handed over",
    **{name: occasions.EVENTS[name] for name in ("delivered", "reply")},
}
#: Answers to a document: about what it holds, not about one order.
ANSWERS = ("received", "questions", "locked")
#: Stands for the private link until the mail goes out: the secret itself is kept nowhere.
LINK = "[your private link]"
_SUBJECT = "{% if subject %}Re: {{ subject }}{% else %}Your order {{ file }}{% endif %}"
#: The words a shop starts with, and comes back to: subject and text by event.
FIRST_WORDS: dict[str, tuple[str, str]] = {
    "received": (
        _SUBJECT,
        "Hello {{ contact }},\n\nthank you. This is what we read in {{ file }}:\n\n"
        "{% for order in orders %}Order {{ order.number }}"
        "{% if order.po_number %}, your PO {{ order.po_number }}{% endif %}\n"
        "{% for line in order.lines %}- {{ line.quantity }} {{ line.text }}\n{% endfor %}"
        "{% if order.more_lines %}and {{ order.more_lines }} more lines\n{% endif %}"
        "{% if order.in_hands_date %}In your hands by {{ order.in_hands_date }}\n{% endif %}\n"
        "{% endfor %}We check it and confirm it to you.\n"
        "{% if link %}How it stands: {{ link }}\n{% endif %}\n{{ shop_name }}\n",
    ),
    "questions": (
        _SUBJECT,
        "Hello {{ contact }},\n\nthank you for {{ file }}. Before we can start"
        "{% if about %} {{ about }}{% endif %} we need to know:\n\n"
        "{% if private %}Our questions stand behind your private link, because your file has a "
        "password.\n{% endif %}"
        "{% for question in questions %}- {% if question.where %}{{ question.where }}: {% endif %}"
        "{{ question.text }}\n{% endfor %}"
        "{% if more_questions %}and {{ more_questions }} more\n{% endif %}\n"
        "{% if link %}Answer here, on a phone too: {{ link }}\n\n{% endif %}"
        "{% if workbook == 'own' %}Or fill in the coloured cells of your file, which is attached, "
        "and send it back as an answer to this mail.\n"
        "{% elif workbook == 'copy' %}Or fill in the coloured cells of the attached workbook and "
        "send it back as an answer to this mail. It is a new file with the values of yours, "
        "because we cannot write into yours.\n{% endif %}\n{{ shop_name }}\n",
    ),
    "locked": (
        _SUBJECT,
        "Hello {{ contact }},\n\nthank you. {{ file }} has a password, so we cannot read it.\n\n"
        "{% if link %}Tell us the password here, not by mail: {{ link }}\n"
        "Or send {% else %}Please send {% endif %}the file again without a password.\n\n"
        "{{ shop_name }}\n",
    ),
    "confirmed": (
        "Order {{ order.number }} confirmed",
        "Hello {{ contact }},\n\nthank you for your order{% if order.po_number %} "
        "(your PO {{ order.po_number }}){% endif %}. Our number is {{ order.number }}.\n\n"
        "{% for line in lines %}- {{ line.quantity }} {{ line.text }}\n{% endfor %}\n"
        "{% if order.in_hands_date %}You will have it by {{ order.in_hands_date }}.\n{% endif %}"
        "{% if link %}How it stands: {{ link }}\n{% endif %}\n{{ shop_name }}\n",
    ),
    "ready": (
        "Order {{ job.number }} is ready",
        "Hello {{ contact }},\n\nyour order {{ job.number }} ({{ job.summary }}) is packed"
        "{% if job.fulfillment_type == 'pickup' %} and waits for you to pick it up"
        "{% else %} and leaves us next{% endif %}.\n\n"
        "{% if link %}How it stands: {{ link }}\n\n{% endif %}{{ shop_name }}\n",
    ),
    "shipped": (
        "Order {{ job.number }} is on its way",
        "Hello {{ contact }},\n\n"
        "{% if job.fulfillment_type == 'ship' %}your order {{ job.number }} has left us."
        "{% else %}your order {{ job.number }} has been handed over.{% endif %}\n"
        "{% for shipment in shipments %}{{ shipment.carrier }} {{ shipment.tracking_number }} "
        "{{ shipment.tracking_url }}\n{% endfor %}"
        "{% if link %}How it stands: {{ link }}\n{% endif %}\n{{ shop_name }}\n",
    ),
    **occasions.FIRST_WORDS,
}
#: What a template may use, and what it means; shown beside the editor.
_MEANINGS: tuple[tuple[str, str], ...] = (
    ("contact", "name of the person we write to"),
    ("customer", "the company's name"),
    ("shop_name", "our name; also shop_phone, shop_email, shop_address"),
    ("link", "their private page: of the order, of a proof where it is about one"),
    (
        "order",
        ".number is ours; also .po_number .project_name .order_date .in_hands_date "
        ".payment_terms .total .notes",
    ),
    (
        "lines",
        "what was ordered; of each .text is all in one; also .number .quantity .unit .sku "
        ".description .color .sizes",
    ),
)
_MEANINGS_OF_JOB: tuple[tuple[str, str], ...] = (
    (
        "job",
        "the part that travels together: .number .summary .pieces .due_date .address and "
        ".fulfillment_type (ship, pickup, deliver, install, electronic)",
    ),
    (
        "shipments",
        "what left; of each .carrier .service .tracking_number .tracking_url .handed_to "
        ".shipped_on .packages",
    ),
)
_MEANINGS_OF_ANSWER: tuple[tuple[str, str], ...] = (
    *_MEANINGS[:3],
    ("file", "the name of the file that came"),
    ("subject", "the subject of the mail it came with; may be empty"),
    (
        "orders",
        "what it became; of each .number .po_number .project_name .order_date .in_hands_date "
        ".payment_terms .total .notes .lines (as in other messages) .more_lines",
    ),
    ("questions", "what we must know; of each .text .where (the cell) .order"),
    ("more_questions", "how many questions are left out because there are so many"),
    ("about", "the orders in words: order 1042 (your PO 7731)"),
    ("workbook", "own: their file is attached with coloured cells; copy: a new one; or nothing"),
    ("private", "yes for a file that had a password: then lines and questions are left out"),
    ("link", "their private link; may be empty"),
)
LONGEST_SUBJECT = 200
LONGEST_BODY = 50_000
_LONGEST_TEMPLATE = 20_000
_BIGGEST_NUMBER = 10_000
_METHODS = frozenset({"endswith", "lower", "startswith", "strip", "title", "upper"})
_FILTERS = (
    "capitalize", "default", "first", "float", "int", "join", "last", "length", "list", "lower",
    "map", "round", "select", "selectattr", "sort", "sum", "title", "trim", "truncate", "upper",
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]+")


@dataclass(frozen=True)
class Words:
    """A subject of one line and a text; as a template, or filled in."""

    subject: str
    body: str


class _Sandbox(ImmutableSandboxedEnvironment):
    """No attribute beyond plain values, and no number or text that fills the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """What facts hold, and the few methods of texts that people use."""
        allowed = isinstance(obj, str) and attr in _METHODS
        return allowed and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """No ``format``: it is neither needed nor harmless."""
        return

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply small whole numbers; everything else is refused."""
        small = all(isinstance(v, int | float) and abs(v) <= _BIGGEST_NUMBER for v in (left, right))
        if operator == "**" or not small:
            raise SecurityError(f"'{operator}' is for small numbers only")
        return super().call_binop(context, operator, left, right)


# Plain text: nothing is escaped, because nothing reads it as HTML.
_ENVIRONMENT = _Sandbox(autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True)
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters = {name: _ENVIRONMENT.filters[name] for name in _FILTERS}
_PROBLEMS = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
             ValueError)  # fmt: skip


def fill(template: Words, facts: Facts) -> Words:
    """The message as it will be sent.

    Raises:
        InvalidError: a template is broken, or asks for what this message does not know; says for
            ``subject`` and ``body`` what and in which line.
    """
    problems: dict[str, str] = {}
    subject = _filled("subject", template.subject, facts, problems)
    body = _filled("body", template.body, facts, problems)
    subject = " ".join(_CONTROL.sub(" ", subject).split())
    body = _tidy(body)
    if not problems.get("subject") and not subject:
        problems["subject"] = "there is nothing in it: write what the message is about"
    if not problems.get("body") and not body.strip():
        problems["body"] = "there is nothing in it: write the message"
    if problems:
        raise InvalidError(problems)
    return Words(subject[:LONGEST_SUBJECT], body)


def check(event: str, template: Words) -> None:
    """Make sure a template can be filled for every order, rich or bare.

    Raises:
        InvalidError: it cannot; says what and in which line.
    """
    for rich in (True, False):
        fill(template, example(event, rich=rich))


def what_facts_mean(event: str) -> tuple[tuple[str, str], ...]:
    """The names a template of this event may use, with their meaning."""
    if event in ANSWERS:
        return _MEANINGS_OF_ANSWER
    own = occasions.MEANINGS.get(event, ())
    if event in occasions.ABOUT_ORDERS:
        return _MEANINGS + own
    return _MEANINGS + _MEANINGS_OF_JOB + own


def example(event: str, *, rich: bool = True) -> dict[str, Any]:
    """Facts of an order that was made up; without ``rich`` everything that may be empty is."""
    line = {
        "number": 1,
        "quantity": "48",
        "unit": "EA",
        "sku": "TEE-100" if rich else "",
        "description": "Heavy cotton tee",
        "color": "black" if rich else "",
        "sizes": "S 12, M 24, L 12" if rich else "",
        "text": "Heavy cotton tee, black (S 12, M 24, L 12)" if rich else "Heavy cotton tee",
    }
    facts: dict[str, Any] = {
        "contact": "Dana Fox",
        "customer": "Riverside AC",
        "shop_name": "Our shop",
        "link": "https://shop.example/q/…" if rich else "",
        **{f"shop_{name}": "" for name in ("phone", "email", "address")},
        "lines": [line],
        "order": {
            "number": "1042",
            "po_number": "PO-7731" if rich else "",
            "project_name": "Spring season" if rich else "",
            "order_date": "Monday 2 March 2026" if rich else "",
            "in_hands_date": "Friday 20 March 2026" if rich else "",
            "payment_terms": "Net 30" if rich else "",
            "total": "USD 312.00",
            "notes": "",
        },
    }
    if event in ANSWERS:
        return _example_answer(facts, rich=rich)
    facts |= occasions.example(event, rich=rich)
    if event not in occasions.ABOUT_ORDERS:
        facts["job"] = _example_job(rich=rich)
        facts["shipments"] = [_EXAMPLE_SHIPMENT] if rich else []
    return facts


def _example_answer(facts: dict[str, Any], *, rich: bool) -> dict[str, Any]:
    order = facts.pop("order") | {"lines": facts.pop("lines"), "more_lines": 12 if rich else 0}
    question = {
        "order": "1042",
        "where": "sheet Order, cell D14" if rich else "",
        "text": "Quantity: we need a number of pieces; you wrote “a dozen”.",
    }
    return facts | {
        "file": "spring order.xlsx",
        "about": "order 1042 (your PO PO-7731)" if rich else "",
        "subject": "Spring order" if rich else "",
        "orders": [order],
        "questions": [question] if rich else [],
        "more_questions": 3 if rich else 0,
        "workbook": "own" if rich else "",
        "private": "",
        "link": "https://shop.example/q/…" if rich else "",
    }


def _example_job(*, rich: bool) -> dict[str, Any]:
    return {
        "number": "1042-1",
        "summary": "48 Heavy cotton tee, black",
        "pieces": "48",
        "due_date": "Friday 20 March 2026" if rich else "",
        "fulfillment_type": "ship" if rich else "pickup",
        "address": "Riverside AC, 12 Dock Road, Portland OR 97201, US" if rich else "",
    }


_EXAMPLE_SHIPMENT = {
    "carrier": "UPS",
    "service": "Ground",
    "tracking_number": "1Z999AA10123456784",
    "tracking_url": "https://www.ups.com/track?tracknum=1Z999AA10123456784",
    "handed_to": "",
    "shipped_on": "Tuesday 17 March 2026",
    "packages": 2,
}


def _filled(name: str, text: str, facts: Facts, problems: dict[str, str]) -> str:
    if len(text) > _LONGEST_TEMPLATE:
        problems[name] = f"is longer than {_LONGEST_TEMPLATE} characters: make it shorter"
        return ""
    try:
        template = _ENVIRONMENT.from_string(text)
        return _cut(template.generate(dict(facts)))
    except TemplateSyntaxError as problem:
        problems[name] = f"line {problem.lineno}: {_sentence(problem)}"
    except _PROBLEMS as problem:
        problems[name] = f"line {_line_of(problem)}: {_sentence(problem)}"
    return ""


def _cut(parts: Iterable[str]) -> str:
    text, length = [], 0
    for part in parts:
        text.append(part)
        length += len(part)
        if length > LONGEST_BODY:
            raise ValueError(f"the message becomes longer than {LONGEST_BODY} characters")
    return "".join(text)


def _line_of(problem: BaseException) -> int:
    # Jinja gives the frames of a template the line numbers of its source.
    frames = traceback.extract_tb(problem.__traceback__)
    return next((f.lineno or 1 for f in reversed(frames) if f.filename == "<template>"), 1)


def _sentence(problem: Exception) -> str:
    said = str(problem) or type(problem).__name__
    missing = re.fullmatch(r"'(.+)' is undefined", said)
    if missing:
        return f"this message knows no '{missing[1]}'; what it knows is listed beside the text"
    missing = re.fullmatch(r"'dict object' has no attribute '(.+)'", said)
    if missing:
        return f"there is no '.{missing[1]}' here; what there is is listed beside the text"
    return said.rstrip(".")


def _tidy(body: str) -> str:
    lines = [_CONTROL.sub(" ", line).rstrip() for line in body.replace("\r\n", "\n").split("\n")]
    # Blocks of a template leave empty lines behind.
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
