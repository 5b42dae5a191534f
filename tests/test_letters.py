"""What a mail says: attachments however they are packed, senders, machines, bounces."""

import contextlib
import io
import struct
import time
import zipfile
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import UnreadableError
from sync.letters.safely import LetterReader, Limits
from sync.letters.trust import judge
from tests.papers import csv_of, xlsx_of
from tests.post import a_mail

pytestmark = pytest.mark.pure


@pytest.fixture(scope="module")
def reader():
    with LetterReader() as one:
        yield one


@pytest.fixture
def read(reader):
    return lambda mail: reader.read(mail if isinstance(mail, bytes) else mail.as_bytes())


def names(letter):
    return [(part.name, part.kind) for part in letter.parts if not part.decoration]


def raw_part(headers, content=b"a;b;c\r\n1;2;3\r\n4;5;6\r\n"):
    """A mail of one text and one part whose headers are written by hand."""
    head = b"From: Dana <dana@acme.test>\r\nMessage-ID: <1@acme.test>\r\nMIME-Version: 1.0\r\n"
    head += b'Content-Type: multipart/mixed; boundary="xx"\r\n\r\n--xx\r\nContent-Type: text/plain\r\n\r\nHi\r\n'
    return head + b"--xx\r\n" + headers + b"\r\n\r\n" + content + b"\r\n--xx--\r\n"


# ---------------------------------------------------------------- attachments


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (b"Content-Disposition: attachment; filename*=UTF-8''Bestellung%20M%C3%A4rz.csv", "Bestellung März.csv"),
        (b"Content-Disposition: attachment;\r\n filename*0*=UTF-8''Auf;\r\n filename*1*=trag%C3%BC.csv", "Auftragü.csv"),
        (b'Content-Disposition: attachment; filename="=?utf-8?B?0LfQsNC60LDQty5jc3Y=?="', "заказ.csv"),
        (b'Content-Type: application/octet-stream; name="=?iso-8859-1?Q?order_=E9t=E9.csv?="', "order été.csv"),
        (b"Content-Disposition: attachment", "attachment 1.csv"),
        (b'Content-Disposition: attachment; filename="../../../etc/passwd"', "passwd"),
        (b'Content-Disposition: attachment; filename="C:\\\\Users\\\\Dana\\\\PO 7.csv"', "PO 7.csv"),
        (b'Content-Type: image/png\r\nContent-Disposition: inline; filename="po.csv"', "po.csv"),
        (b'Content-Type: text/plain; name="po.csv"', "po.csv"),
        (b"Content-Type: application/x-nonsense; charset=klingon\r\nContent-Disposition: attachment; filename=po.csv", "po.csv"),
    ],
)  # fmt: skip
def test_a_table_is_found_whatever_its_headers_say(read, headers, name):
    letter = read(raw_part(headers))

    assert names(letter) == [(name, "delimited text")]
    assert letter.parts[0].content.startswith(b"a;b;c")


def test_a_zip_gives_its_tables_and_says_what_else_was_in_it(read):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("orders/one.csv", csv_of(po="1"))
        archive.writestr("../../two.xlsx", xlsx_of(po="2"))
        archive.writestr("photo.jpg", b"\xff\xd8\xff" + b"0" * 100)
        archive.writestr("deeper.zip", b"PK\x05\x06" + b"\0" * 18)

    letter = read(a_mail(("orders.zip", packed.getvalue())))

    assert names(letter) == [("one.csv", "delimited text"), ("two.xlsx", "xlsx")]
    assert {part.inside for part in letter.parts} == {"orders.zip"}
    assert letter.notes == ("'orders.zip' holds 2 more files that are not taken: no tables.",)


def test_a_zip_bomb_and_a_broken_zip_stay_what_they_are(read):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"a,b\r\n" * 40_000_000)

    letter = read(a_mail(("bomb.zip", packed.getvalue()), ("cut.zip", packed.getvalue()[:5000])))

    assert [part.name for part in letter.parts] == ["bomb.zip", "cut.zip"]
    assert len(letter.parts[0].content) < 1_000_000


def test_forwarded_mails_are_opened_as_part_and_as_file(read):
    inner = a_mail(("po.csv", csv_of()), text="The order is in the file.")
    outer = a_mail(text="See below.")
    outer.add_attachment(inner)
    as_file = a_mail(("forwarded.eml", inner.as_bytes()))

    for letter in (read(outer), read(as_file)):
        assert names(letter) == [("po.csv", "delimited text")]
        assert "The order is in the file." in letter.text


def winmail(name, content):
    """A winmail.dat with one attachment, as Outlook writes it."""

    def attribute(level, kind, data):
        return (
            bytes([level])
            + struct.pack("<II", kind, len(data))
            + data
            + struct.pack("<H", sum(data) & 0xFFFF)
        )

    rendering = struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
        + attribute(2, 0x00069002, rendering)
        + attribute(2, 0x00018010, name + b"\0")
        + attribute(2, 0x0006800F, content)
    )


def test_winmail_dat_is_opened(read):
    letter = read(a_mail(("winmail.dat", winmail(b"po.csv", csv_of()))))

    assert names(letter) == [("po.csv", "delimited text")]
    assert letter.parts[0].inside == "winmail.dat"


@pytest.mark.parametrize("length", [4, 20, 60, 100])
def test_a_broken_winmail_dat_is_kept_as_far_as_it_goes(read, length):
    letter = read(a_mail(("winmail.dat", winmail(b"po.csv", csv_of())[:length])))

    assert len([part for part in letter.parts if not part.decoration]) == 1


def test_logos_calendars_and_signatures_are_no_orders(read):
    mail = a_mail(("invite.ics", b"BEGIN:VCALENDAR\r\n"), ("smime.p7s", b"\x30\x82"))
    mail.add_attachment(
        b"\x89PNG" + b"0" * 500, maintype="image", subtype="png", filename="logo.png"
    )

    assert names(read(mail)) == []
    assert len(read(mail).parts) == 3


def test_of_a_text_in_two_forms_the_plain_one_is_shown_and_html_becomes_lines(read):
    both = a_mail(text="Plain words")
    both.add_alternative("<p>Other words</p>", subtype="html")
    html = EmailMessage()
    html["From"] = "dana@acme.test"
    html.set_content(
        "<style>p{color:red}</style><p>Please send</p><table><tr><td>TEE-1</td><td>48</td></tr></table>"
        "<script>alert(1)</script>", subtype="html",
    )  # fmt: skip

    assert read(both).text == "Plain words"
    assert read(html).text.split() == ["Please", "send", "TEE-1", "48"]


def test_headers_that_nobody_should_write_lose_no_mail(read):
    mail = (
        b"From: =?utf-8?q?=D0?= <Dana@ACME.test> (comment (nested\r\nTo: ;;;<<>>\r\nSubject: =?x-unknown?B?!!!?= \xff\xfe\r\n"
        b"Date: Someday, 99 Foo 20xx\r\nMessage-ID: <a b>\r\nContent-Type: multipart/mixed; boundary\r\n\r\nbody"
    )  # fmt: skip

    letter = read(mail)

    assert letter.sender == "dana@acme.test"
    assert letter.sent_at == ""


@pytest.mark.slow
@given(st.binary(max_size=400), st.integers(0, 2000))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_are_read_or_refused_and_the_next_mail_is_read(noise, at):
    mail = a_mail(("po.csv", csv_of())).as_bytes()
    broken = mail[:at] + noise + mail[at:]
    with _shared() as reader:
        with contextlib.suppress(UnreadableError):
            reader.read(broken)
        assert reader.read(mail).parts[0].name == "po.csv"


_KEPT = LetterReader()


class _shared:
    def __enter__(self):
        return _KEPT

    def __exit__(self, *_):
        return None


def test_a_mail_that_takes_too_long_or_too_much_costs_only_itself():
    slow = (
        b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\n\r\n" * 3_000_000
    )
    with LetterReader(Limits(memory_bytes=400_000_000, wall_seconds=3)) as reader:
        began = time.monotonic()
        with pytest.raises(UnreadableError, match="makes the reader stop"):
            reader.read(slow)

        assert time.monotonic() - began < 25
        assert reader.read(a_mail(("po.csv", csv_of())).as_bytes()).parts


def test_a_copy_with_another_boundary_says_the_same_and_another_order_does_not(read):
    mail = a_mail(("po.csv", csv_of()))
    mail.as_bytes()
    copy = mail.as_bytes().replace(mail.get_boundary().encode(), b"relay")

    assert read(mail).fingerprint == read(copy).fingerprint
    assert read(mail).fingerprint != read(a_mail(("po.csv", csv_of(po="2")))).fingerprint


# ---------------------------------------------------------------- machines


@pytest.mark.parametrize(
    ("headers", "automatic", "reply"),
    [
        ({}, False, False),
        ({"Auto_Submitted": "no"}, False, False),
        ({"Auto_Submitted": "auto-replied"}, True, True),
        ({"Auto_Submitted": "auto-generated"}, True, False),
        ({"Return_Path": "<>"}, True, True),
        ({"Precedence": "bulk"}, True, False),
        ({"Precedence": "auto_reply"}, True, True),
        ({"List_Id": "News <news.acme.test>"}, True, False),
        ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, True, False),
        ({"X_Autoreply": "yes"}, True, True),
        ({"sender": "MAILER-DAEMON@mx.acme.test"}, True, True),
        ({"sender": "no-reply@erp.acme.test"}, True, False),
    ],
)
def test_what_no_person_wrote_is_known_by_its_headers(read, headers, automatic, reply):
    letter = read(a_mail(**headers))

    assert (bool(letter.automatic), letter.is_reply) == (automatic, reply)


def a_bounce(message_id, action="failed", status="5.1.1"):
    report = MIMEMultipart("report", **{"report-type": "delivery-status"})
    report["From"] = "Mail Delivery System <MAILER-DAEMON@mx.acme.test>"
    report["Return-Path"] = "<>"
    report["Message-ID"] = f"<bounce.{status}.{message_id.strip('<>')}>"
    report.attach(MIMEText("Your mail could not be delivered."))
    said = MIMEBase("message", "delivery-status")
    said.set_payload([
        _fields({"Reporting-MTA": "dns; mx.acme.test"}),
        _fields({
            "Final-Recipient": "rfc822; Dana@acme.test", "Action": action, "Status": status,
            "Diagnostic-Code": "smtp; 550 no such user",
        }),
    ])  # fmt: skip
    report.attach(said)
    returned = MIMEBase("message", "rfc822")
    original = MIMEText("Your order is confirmed.")
    original["Message-ID"] = message_id
    returned.set_payload([original])
    report.attach(returned)
    return report.as_bytes()


def _fields(values):
    group = MIMEText("")
    for name in list(group.keys()):
        del group[name]
    for name, value in values.items():
        group[name] = value
    return group


def test_a_bounce_says_who_why_and_which_mail(read):
    letter = read(a_bounce("<confirmed-1@shop.example>"))

    assert letter.bounce.failed
    assert (letter.bounce.recipient, letter.bounce.status) == ("dana@acme.test", "5.1.1")
    assert letter.bounce.said == "550 no such user"
    assert "<confirmed-1@shop.example>" in letter.bounce.message_ids
    assert letter.parts == ()


def test_a_delay_is_no_bounce(read):
    assert not read(a_bounce("<1@shop.example>", "delayed", "4.4.1")).bounce.failed


# ---------------------------------------------------------------- who vouches

ACME = ["dana@acme.test"]


@pytest.mark.parametrize(
    ("headers", "trusted", "good"),
    [
        (["mx.shop.test; dmarc=pass header.from=acme.test"], ["mx.shop.test"], True),
        (["mx.shop.test; dkim=pass header.d=acme.test; spf=fail smtp.mailfrom=x.test"], ["mx.shop.test"], True),
        (["mx.shop.test 1; dkim=pass (2048-bit key; secure) header.i=@mail.acme.test"], ["MX.shop.test"], False),
        (["mx.shop.test; spf=pass smtp.mailfrom=bounce@acme.test"], ["mx.shop.test"], True),
        (["mx.shop.test; dkim=pass header.d=acme.test.evil.test"], ["mx.shop.test"], False),
        (["mx.shop.test; dkim=pass header.d=test"], ["mx.shop.test"], False),
        (["mx.shop.test; dkim=pass header.d=acme.test; dmarc=fail"], ["mx.shop.test"], False),
        (["mx.shop.test; dmarc=pass header.from=evil.test"], ["mx.shop.test"], False),
        (["mx.shop.test; none"], ["mx.shop.test"], False),
        (["mx.evil.test; dmarc=pass header.from=acme.test"], ["mx.shop.test"], False),
        # forged below the one that counts
        (["mx.shop.test; dmarc=fail", "mx.shop.test; dmarc=pass header.from=acme.test"], ["mx.shop.test"], False),
        # Microsoft 365 names no server: only the very first header counts
        (["spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=acme.test; dkim=pass (signature was verified) header.d=acme.test;dmarc=pass action=none header.from=acme.test;compauth=pass reason=100"], ["microsoft365"], True),
        (["other; none", "dmarc=pass header.from=acme.test"], ["microsoft365"], False),
        (["dmarc=pass header.from=acme.test"], ["mx.shop.test"], False),
        ([], ["mx.shop.test"], False),
        (["mx.shop.test; dmarc=pass header.from=acme.test"], [], False),
    ],
)  # fmt: skip
def test_only_the_topmost_word_of_a_trusted_server_counts(headers, trusted, good):
    assert judge(headers, trusted, ACME).good is good


def test_a_mail_with_two_senders_is_vouched_for_by_nobody():
    header = ["mx.shop.test; dmarc=pass header.from=acme.test"]

    assert not judge(header, ["mx.shop.test"], [*ACME, "boss@evil.test"]).good
