"""What people type into cells, and what it means: tables, with every refusal."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import cells, days
from sync.cells import CellError
from workflow.fields import BUILT_IN, BUILT_IN_CATALOGUE, Field, Kind, Level

pytestmark = pytest.mark.pure


def a_field(kind, name="thing", choices=()):
    return Field(name=name, label="Thing", level=Level.ORDER, kind=kind, choices=choices)


@pytest.mark.parametrize(
    ("raw", "decimal", "expected"),
    [
        ("144", None, "144"),
        (" 1 200 ", None, "1200"),
        ("1\xa0200,50", None, "1200.50"),
        ("1\u202f200,50", None, "1200.50"),
        ("1'200.50", None, "1200.50"),
        ("1\u2019200.50", None, "1200.50"),
        ("1,200.50", None, "1200.50"),
        ("1.200,50", None, "1200.50"),
        ("1.200.000", None, "1200000"),
        ("1,00,000.00", None, "100000"),
        ("3,5", None, "3.5"),
        ("3.5", ",", "3.5"),
        ("0,125", None, "0.125"),
        ("0.125", ",", "0.125"),
        ("1,200", None, "1200"),
        ("1.200", None, "1.2"),
        ("1.200", ",", "1200"),
        ("1,200", ",", "1.2"),
        (".5", None, "0.5"),
        ("-7", None, "-7"),
        ("\u22127", None, "-7"),
        ("7-", None, "-7"),
        ("(12.00)", None, "-12"),
        ("+3", None, "3"),
        ("\uff11\uff12", None, "12"),
        (12, None, "12"),
        (12.0, None, "12"),
        (0.1, None, "0.1"),
        (Decimal("4.10"), None, "4.1"),
        (1e14, None, "100000000000000"),
    ],
)
def test_a_number_is_read_exactly(raw, decimal, expected):
    assert cells.number(raw, decimal=decimal) == Decimal(expected)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "a dozen",
        "12a",
        "1,2,3",
        "1.2.3",
        "12,34,56",
        "1,20.5.3",
        "--5",
        "1e5",
        "2E5",
        "inf",
        "nan",
        "Infinity",
        float("inf"),
        float("nan"),
        True,
        None,
        ["1"],
        "9" * 16,
        "9" * 5000,
        1e15,
        1e300,
        Decimal("1e40"),
        Decimal("nan"),
        "0x1F",
        "1_0",
        "٣x",
        date(2026, 1, 1),
    ],
)
def test_what_is_no_number_is_refused_in_words(raw):
    with pytest.raises(CellError, match="expected a number"):
        cells.number(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("144", "144"),
        (144.0, "144"),
        ("2,5", "2.5"),
        ("1,200", "1200"),
        ("1 200", "1200"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_a_quantity_is_above_zero(raw, expected):
    assert cells.quantity(raw) == Decimal(expected)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("a dozen", "expected a number of pieces, found 'a dozen'"),
        ("", "expected a number of pieces, found ''"),
        ("-5", "expected a number of pieces above zero, found '-5'"),
        ("0", "expected a number of pieces above zero, found '0'"),
        (0.0, "expected a number of pieces above zero, found '0'"),
        ("1.200", "'1.200' can be 1.2 or 1200; write it plainly"),
        ("1.2345", "expected at most 3 decimal places, found '1.2345'"),
        ("12345678901", "expected a number of pieces of at most 9 digits, found '12345678901'"),
        ("9" * 20, "expected a number of pieces of at most 15 digits, found '" + "9" * 20 + "'"),
        ("24 pcs", "expected a number of pieces, found '24 pcs'"),
    ],
)
def test_a_quantity_that_cannot_be_is_refused_with_what_stood_there(raw, sentence):
    with pytest.raises(CellError) as refusal:
        cells.quantity(raw)

    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("4.15", "4.15"),
        ("$4.15", "4.15"),
        ("US$ 1,250.00", "1250"),
        ("3,20 €", "3.2"),
        ("1.019,50 €", "1019.5"),
        ("EUR 24,90", "24.9"),
        ("24,90 EUR", "24.9"),
        ("£12", "12"),
        ("12,50 zł", "12.5"),
        ("Rs. 2,745.00", "2745"),
        ("Rs.2745", "2745"),
        ("$.50", "0.5"),
        ("CHF 12.-", "12"),
        ("5 kr.", "5"),
        ("4.15/ea", "4.15"),
        ("4.15 each", "4.15"),
        ("24,90 €/Stk", "24.9"),
        ("0", "0"),
        (3.3333333333333335, "3.333333"),
        (12.340000000000002, "12.34"),
    ],
)
def test_a_price_is_read_with_its_currency_sign(raw, expected):
    assert cells.price(raw) == Decimal(expected)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("-4.50", "expected a price of zero or more, found '-4.50'"),
        ("(4.50)", "expected a price of zero or more, found '(4.50)'"),
        ("-$4.50", "expected a price"),
        (-1, "expected a price of zero or more, found '-1'"),
        ("tbd", "expected a price, found 'tbd'"),
        ("4.15 per box", "expected a price, found '4.15 per box'"),
        ("1.2345678", "expected at most 6 decimal places, found '1.2345678'"),
        ("12345678901.5", "expected a price of at most 9 digits"),
        ("$" + "1" * 100, "expected a price"),
        (float("inf"), "expected a price, found 'inf'"),
    ],
)
def test_a_price_that_cannot_be_is_refused(raw, sentence):
    with pytest.raises(CellError) as refusal:
        cells.price(raw)

    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3,20 €", "EUR"),
        ("Price (EUR)", "EUR"),
        ("US$ 5", "USD"),
        ("$5", ""),
        ("£1", "GBP"),
        ("12 zł", "PLN"),
        ("CHF or EUR", ""),
        ("CAP BLUE", ""),
        ("C$ 4", "CAD"),
        ("", ""),
    ],
)
def test_a_currency_is_named_by_code_or_sign(text, code):
    assert cells.currency(text) == code


@pytest.mark.parametrize(
    ("raw", "order", "expected"),
    [
        ("2026-03-14", "", date(2026, 3, 14)),
        ("2026/3/14", "", date(2026, 3, 14)),
        ("2026-03-14T10:15:00Z", "", date(2026, 3, 14)),
        ("2026-03-14 10:15", "", date(2026, 3, 14)),
        ("14.03.2026", "", date(2026, 3, 14)),
        ("3.4.2026", "", date(2026, 4, 3)),
        (" 3. 4. 2026 ", "mdy", date(2026, 4, 3)),
        ("17.04.26", "", date(2026, 4, 17)),
        ("14/03/2026", "", date(2026, 3, 14)),
        ("03/14/2026", "", date(2026, 3, 14)),
        ("03/14/2026", "dmy", date(2026, 3, 14)),
        ("03/04/2026", "dmy", date(2026, 4, 3)),
        ("03/04/2026", "mdy", date(2026, 3, 4)),
        ("04/04/2026", "", date(2026, 4, 4)),
        ("3/14/26 9:05 AM", "", date(2026, 3, 14)),
        ("20260314", "", date(2026, 3, 14)),
        ("22 Feb '22", "", date(2022, 2, 22)),
        ("Feb 22, 2022", "", date(2022, 2, 22)),
        ("March 3rd, 2026", "", date(2026, 3, 3)),
        ("Fri, 13 March 2026", "", date(2026, 3, 13)),
        ("22. Februar 2022", "", date(2022, 2, 22)),
        ("3. März 2026", "", date(2026, 3, 3)),
        ("5. Jänner 2026", "", date(2026, 1, 5)),
        ("1er août 2026", "", date(2026, 8, 1)),
        ("3 de enero de 2026", "", date(2026, 1, 3)),
        ("12 giugno 2026", "", date(2026, 6, 12)),
        ("9 mei 2026", "", date(2026, 5, 9)),
        ("15 października 2026", "", date(2026, 10, 15)),
        ("2 de março de 2026", "", date(2026, 3, 2)),
        ("14-Mar-2026", "", date(2026, 3, 14)),
        ("2018年 06月 17日", "", date(2018, 6, 17)),
        (45815, "", date(2025, 6, 7)),
        (45815.75, "", date(2025, 6, 7)),
        ("45815", "", date(2025, 6, 7)),
        (datetime(2026, 3, 14, 9, 30, tzinfo=UTC), "", date(2026, 3, 14)),
        (date(2026, 3, 14), "", date(2026, 3, 14)),
    ],
)
def test_a_day_is_read_however_it_is_written(raw, order, expected):
    assert cells.day(raw, order=order) == expected


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("31/02", "expected a date such as 2026-03-14, found '31/02'"),
        ("31/02/2026", "expected a date, found '31/02/2026', which is not in the calendar"),
        ("31.02.2026", "expected a date, found '31.02.2026', which is not in the calendar"),
        ("2026-02-30", "expected a date, found '2026-02-30', which is not in the calendar"),
        ("30 Feb 2026", "expected a date, found '30 Feb 2026', which is not in the calendar"),
        (
            "03/04/2026",
            "'03/04/2026' can be 3 April 2026 or 4 March 2026;"
            " write it as 2026-04-03 or 2026-03-04",
        ),
        ("March 3", "the year is missing in 'March 3'; write it as 2026-03-14"),
        ("KW 22/2025", "expected a day, found a week: 'KW 22/2025'; write the day itself"),
        ("asap", "expected a date such as 2026-03-14, found 'asap'"),
        ("", "expected a date such as 2026-03-14, found ''"),
        ("1026-03-14", "the year 1026 cannot be right in '1026-03-14'"),
        (12, "expected a date such as 2026-03-14, found '12'"),
        (float("nan"), "expected a date such as 2026-03-14, found 'nan'"),
        (True, "expected a date such as 2026-03-14, found 'True'"),
        (None, "expected a date such as 2026-03-14, found 'None'"),
        ("14/03/2026 to 16/03/2026", "expected a date such as 2026-03-14"),
        ("x" * 5000, "expected a date such as 2026-03-14"),
    ],
)
def test_what_is_no_day_is_refused(raw, sentence):
    with pytest.raises(CellError) as refusal:
        cells.day(raw)

    assert str(refusal.value).startswith(sentence)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "14/04/2026"], "dmy"),
        (["03/04/2026", "04/14/2026"], "mdy"),
        (["14/04/2026", "04/14/2026"], ""),
        (["14.04.2026"], ""),
        ([], ""),
    ],
)
def test_a_file_tells_by_its_other_days_which_comes_first(texts, order):
    assert days.order_of(texts) == order


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Yes", True),
        ("ja", True),
        ("Sí", True),
        ("x", True),
        (1, True),
        (1.0, True),
        (True, True),
        ("TAK", True),
        ("no", False),
        ("Nein", False),
        ("não", False),
        (0, False),
        ("-", False),
        (False, False),
    ],
)
def test_yes_and_no_in_a_few_languages(raw, expected):
    assert cells.yes_no(raw) is expected


def test_perhaps_is_neither_yes_nor_no():
    with pytest.raises(CellError, match="expected yes or no, found 'perhaps'"):
        cells.yes_no("perhaps")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Net 30", "Net 30"),
        ("net30", "Net 30"),
        ("NET-30", "Net 30"),
        ("due on receipt", "Due on receipt"),
        ("prep", "Prepay"),
    ],
)
def test_a_choice_is_found_whatever_its_capitals(raw, expected):
    terms = BUILT_IN_CATALOGUE.get(Level.ORDER, "payment_terms")

    assert cells.choice(terms, raw) == expected


@pytest.mark.parametrize("raw", ["net", "90 days", "", "n"])
def test_a_choice_that_is_none_or_several_is_refused_with_the_list(raw):
    terms = BUILT_IN_CATALOGUE.get(Level.ORDER, "payment_terms")

    with pytest.raises(CellError, match="expected one of Prepay, Due on receipt, Net 7"):
        cells.choice(terms, raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ann@Example.COM", "ann@example.com"),
        ("Ann Lee <ann.lee@example.com>", "ann.lee@example.com"),
        ("mailto:ann@example.co.uk", "ann@example.co.uk"),
    ],
)
def test_an_address_is_read(raw, expected):
    assert cells.email(raw) == expected


@pytest.mark.parametrize(
    "raw",
    ["ann", "ann@", "@x.com", "a@b", "a b@c.com", "a@b.com, c@d.com", "a" * 300 + "@b.com", 7],
)
def test_what_is_no_address_is_refused(raw):
    with pytest.raises(CellError, match="expected an e-mail address"):
        cells.email(raw)


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        (Kind.TEXT, "  Left\n chest ", "Left chest"),
        (Kind.TEXT, 1042.0, "1042"),
        (Kind.TEXT, 72180634719.0, "72180634719"),
        (Kind.TEXT, "a\x00b", "ab"),
        (Kind.TEXT, "   ", None),
        (Kind.TEXT, None, None),
        (Kind.LONG, "two\nlines", "two\nlines"),
        (Kind.NUMBER, "1.25", Decimal("1.25")),
        (Kind.NUMBER, "-1,5", Decimal("-1.5")),
        (Kind.WHOLE, "8,500", 8500),
        (Kind.WHOLE, 12.0, 12),
        (Kind.QUANTITY, "1.125", Decimal("1.125")),
        (Kind.MONEY, "€ 12.50", Decimal("12.5")),
        (Kind.PERCENT, "7.5 %", Decimal("7.5")),
        (Kind.DATE, "2026-03-14", date(2026, 3, 14)),
        (Kind.YES_NO, "no", False),
        (Kind.LIST, "PMS 186, White", ["PMS 186", "White"]),
        (Kind.LIST, "Navy, dark; White", ["Navy, dark", "White"]),
        (Kind.LIST, ["White", " "], ["White"]),
        (Kind.LIST, ", ,", None),
        (Kind.PHONE, "+1 (555) 010-0100", "+1 (555) 010-0100"),
    ],
)
def test_a_field_reads_its_kind(kind, raw, expected):
    assert cells.parse(a_field(kind), raw) == expected


@pytest.mark.parametrize(
    ("kind", "raw", "sentence"),
    [
        (Kind.TEXT, "x" * 501, "expected at most 500 characters, found 501"),
        (Kind.LONG, "x" * 20_001, "expected at most 20000 characters, found 20001"),
        (Kind.WHOLE, "1.5", "expected a whole number, found '1.5'"),
        (Kind.WHOLE, "12345678901", "expected a whole number, found '12345678901'"),
        (Kind.PERCENT, "120", "expected a percentage from 0 to 100, found '120'"),
        (Kind.PERCENT, "-1%", "expected a percentage from 0 to 100"),
        (Kind.MONEY, "-1", "expected an amount of zero or more, found '-1'"),
        (Kind.MONEY, "12345678901234", "expected an amount of at most 12 digits"),
        (Kind.NUMBER, "many", "expected a number, found 'many'"),
        (Kind.LIST, "x" * 201, "expected a list of short texts"),
    ],
)
def test_a_field_refuses_what_does_not_fit(kind, raw, sentence):
    with pytest.raises(CellError) as refusal:
        cells.parse(a_field(kind), raw)

    assert str(refusal.value).startswith(sentence)


def test_a_text_is_never_longer_than_its_column():
    import models

    tables = {
        Level.ORDER: models.Order,
        Level.DESTINATION: models.Destination,
        Level.LINE: models.OrderLine,
        Level.DECORATION: models.Decoration,
        Level.SCHEDULE: models.ScheduleRow,
    }

    for field in BUILT_IN:
        column = getattr(tables[field.level], field.name, None)
        room = getattr(column, "max_length", None)
        assert room is None or field.choices or cells.longest(field) <= room, field.name


VALUES = {
    Kind.TEXT: st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=40),
    Kind.NUMBER: st.decimals(-(10**14), 10**14, places=9, allow_nan=False),
    Kind.WHOLE: st.integers(-(10**8), 10**8),
    Kind.QUANTITY: st.decimals(Decimal("0.001"), 10**8, places=3),
    Kind.MONEY: st.decimals(0, 10**11, places=4),
    Kind.PRICE: st.decimals(0, 10**8, places=6),
    Kind.PERCENT: st.decimals(0, 100, places=3),
    Kind.DATE: st.dates(date(1990, 1, 1), date(2100, 12, 31)),
    Kind.YES_NO: st.booleans(),
    Kind.LIST: st.lists(
        st.text("abc, '-", min_size=1, max_size=9).map(str.strip).filter(bool),
        min_size=1,
        max_size=4,
    ),
}


@given(kind=st.sampled_from(sorted(VALUES)), data=st.data())
def test_what_is_shown_or_stored_reads_back_the_same(kind, data):
    field = a_field(kind)
    value = data.draw(VALUES[kind])
    value = cells.parse(field, value) if kind is Kind.TEXT else value

    assert cells.parse(field, cells.show(field, value)) == value
    assert cells.from_json(field, cells.to_json(field, value)) == value


@given(
    kind=st.sampled_from(Kind), raw=st.text(max_size=80) | st.floats() | st.integers() | st.dates()
)
def test_anything_typed_is_a_value_or_a_sentence(kind, raw):
    try:
        cells.parse(a_field(kind, choices=("one", "two")), raw)
    except CellError as refusal:
        assert str(refusal)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.TEXT, 5),
        (Kind.TEXT, ["a"]),
        (Kind.YES_NO, "yes"),
        (Kind.YES_NO, 1),
        (Kind.LIST, "a"),
        (Kind.LIST, ["a", 1]),
        (Kind.DATE, 45815),
        (Kind.QUANTITY, True),
        (Kind.QUANTITY, {"a": 1}),
        (Kind.MONEY, float("nan")),
        (Kind.CHOICE, 3),
        (Kind.WHOLE, [1]),
    ],
)
def test_json_of_another_type_is_refused(kind, raw):
    with pytest.raises(CellError):
        cells.from_json(a_field(kind, choices=("a",)), raw)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.MONEY, Decimal("12.5"), "12.50"),
        (Kind.PRICE, Decimal("0.125"), "0.125"),
        (Kind.QUANTITY, Decimal("1E+2"), "100"),
        (Kind.NUMBER, Decimal("-0"), "0"),
        (Kind.DATE, date(2026, 3, 14), "2026-03-14"),
        (Kind.YES_NO, True, "yes"),
        (Kind.LIST, ["Navy, dark"], "Navy, dark;"),
        (Kind.TEXT, None, ""),
    ],
)
def test_a_value_is_shown_plainly(kind, value, shown):
    assert cells.show(a_field(kind), value) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (" =1", "' =1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("-5", "-5"),
        ("+3.50", "+3.50"),
        ("-5,25", "-5,25"),
        ("plain", "plain"),
        ("", ""),
        ("a=b", "a=b"),
        ("-", "'-"),
    ],
)
def test_no_export_can_run_a_formula(text, expected):
    assert cells.safe_cell(text) == expected
