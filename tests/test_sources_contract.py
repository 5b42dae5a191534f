"""Every order source keeps the same promises.

Each file in ``tests/samples/<source>/`` has an ``.expected.json`` beside it.
``pytest --rewrite-samples`` writes the expectation; read the diff before you commit it.
"""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sync import sources
from sync.sources import Incoming

pytestmark = pytest.mark.pure

SAMPLES = Path(__file__).parent / "samples"
SOURCES = sources.load_all()
CASES = [
    (source, sample)
    for source in SOURCES
    for sample in sorted((SAMPLES / source.NAME).glob("*"))
    if not sample.name.endswith(".expected.json")
]


def as_json(value):
    if isinstance(value, Decimal):
        return f"{value:f}"
    assert isinstance(value, date), type(value)
    return value.isoformat()


def _without_cells(draft):
    """``evidence`` says where values stood; ``found_at`` is the same in parts."""
    del draft["found_at"]
    for line in draft["lines"]:
        del line["found_at"]
    return draft


def said(value):
    return getattr(value, "name", None) or value.NAME


def test_names_are_unique():
    names = [source.NAME for source in SOURCES]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("source", SOURCES, ids=said)
def test_has_a_sample_and_a_description(source):
    assert source.__doc__
    assert source.LABEL
    assert any(s is source for s, _ in CASES), f"put a real file in tests/samples/{source.NAME}/"


@pytest.mark.parametrize(("source", "sample"), CASES, ids=said)
def test_reads_its_samples(source, sample, request):
    incoming = Incoming(sample.name, sample.read_bytes(), "sender@example.com")
    drafts = [_without_cells(asdict(draft)) for draft in source.read(incoming)]
    drafts = json.loads(json.dumps(drafts, default=as_json))
    expected = Path(f"{sample}.expected.json")

    if request.config.getoption("--rewrite-samples"):
        expected.write_text(json.dumps(drafts, indent=2, ensure_ascii=False) + "\n")

    assert drafts == json.loads(expected.read_text())


@pytest.mark.parametrize(("source", "sample"), CASES, ids=said)
def test_is_recognised_by_exactly_one_source(source, sample):
    incoming = Incoming(sample.name, sample.read_bytes())
    exact = [s for s in SOURCES if s.matches(incoming) and not getattr(s, "FALLBACK", False)]

    assert sources.recognise(incoming) is source
    assert len(exact) <= 1


@pytest.mark.parametrize("source", SOURCES, ids=said)
def test_leaves_alone_what_it_does_not_know(source):
    for content in (b"", b"\x00\xff" * 50, b"hello", b"%PDF-1.7 ..."):
        assert not source.matches(Incoming("order.xlsx", content))
