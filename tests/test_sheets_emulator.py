"""The server that stands in for Google: what a client sees, and what a test can do to it."""

import json
import socket
import time
from urllib.parse import quote, urlencode

import gspread
import pytest
import requests
from google.oauth2.credentials import Credentials as UserCredentials
from google.oauth2.service_account import Credentials
from gspread.utils import ExportFormat

from sheets_emulator import Server

pytestmark = pytest.mark.pure

ORDERS = [
    ["Order", "Customer", "Status", "Pieces"],
    ["1001", "Riverside", "New", 48],
    ["1002", "Morgenrot", "Proof sent", 120],
    ["1003", "Hill Street", "Ready", 30],
]
SCOPES = ["https://www.googleapis.com/auth/spreadsheets"]


@pytest.fixture(scope="module")
def running():
    with Server() as server:
        yield server


@pytest.fixture
def google(running):
    yield running
    running.faults.clear()
    running.barriers.clear()
    running.log.clear()
    running.clock.run()
    running.quotas.on = False
    running.accounts.strict = False


class Book:
    """A workbook and a client that talks to it over the wire."""

    def __init__(self, google, tabs=None, **how):
        self.google = google
        self.id = google.seed("Live orders", tabs or {"Orders": ORDERS}, **how)
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer anything"

    def send(self, method, path="", body=None, **query):
        url = f"{self.google.url}/v4/spreadsheets/{self.id}{path}"
        return self.session.request(method, url, params=query, json=body)

    def ok(self, *args, **query):
        answer = self.send(*args, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def values(self, cells="Orders", **query):
        return self.ok("GET", f"/values/{quote(cells)}", **query).get("values", [])

    def put(self, cells, rows, how="USER_ENTERED"):
        return self.ok("PUT", f"/values/{cells}", {"values": rows}, valueInputOption=how)

    def batch(self, *asked, **more):
        return self.ok("POST", ":batchUpdate", {"requests": list(asked), **more})

    def refused(self, *asked):
        answer = self.send("POST", ":batchUpdate", {"requests": list(asked)})
        assert answer.status_code == 400, answer.text
        return answer.json()["error"]["message"]

    def typed(self, text):
        """What a cell holds and shows after a text was typed into it."""
        self.put("Orders!J1", [[text]])
        return (
            self.values("Orders!J1", valueRenderOption="UNFORMATTED_VALUE")[0][0],
            self.values("Orders!J1")[0][0],
        )


@pytest.fixture
def book(google):
    return Book(google)


class Local(gspread.HTTPClient):
    """gspread with Google's addresses turned to ours."""

    url = ""

    def request(self, method, endpoint, *args, **kwargs):
        path = endpoint.split(".com", 1)[1]
        return super().request(method, self.url + path, *args, **kwargs)


def client_of(google, credentials):
    return gspread.Client(auth=credentials, http_client=type("Here", (Local,), {"url": google.url}))


# ---------------------------------------------------------------- values


def test_ranges_are_echoed_normalised_and_clipped(book):
    for asked, told in {
        "Orders": "Orders!A1:Z1000",
        "Orders!A:A": "Orders!A1:A1000",
        "'Orders'!B2:B": "Orders!B2:B1000",
        "Orders!3:4": "Orders!A3:Z4",
        "Orders!D4:A1": "Orders!A1:D4",
        "Orders!R2C1:R3C2": "Orders!A2:B3",
        "orders!C3": "Orders!C3",
    }.items():
        assert book.ok("GET", f"/values/{quote(asked)}")["range"] == told


def test_trailing_blanks_are_cut_and_inner_ones_stay(book):
    book.put("Orders!A5:D6", [["", "x", "", ""], ["", "", "", ""]], "RAW")

    assert book.values("Orders!A4:D7") == [["1003", "Hill Street", "Ready", "30"], ["", "x"]]
    columns = book.values("Orders!A4:B5", majorDimension="COLUMNS")
    assert columns == [["1003"], ["Hill Street", "x"]]


def test_null_skips_a_cell_and_an_empty_text_clears_it(book):
    told = book.put("Orders!A2:C2", [[None, "", "Ready"]], "RAW")

    assert book.values("Orders!A2:C2") == [["1001", "", "Ready"]]
    assert told["updatedCells"] == 2


@pytest.mark.parametrize(
    ("text", "held", "shown"),
    [
        ("0042", 42, "42"),
        ("1,234.50", 1234.5, "1,234.50"),
        ("12.5%", 0.125, "12.50%"),
        ("$1,200", 1200, "$1,200"),
        ("(5)", -5, "-5"),
        ("1e3", 1000, "1.00E+03"),
        ("true", True, "TRUE"),
        ("2026-03-20", 46101, "2026-03-20"),
        ("3/20/2026", 46101, "3/20/2026"),
        ("Mar 20, 2026", 46101, "Mar 20, 2026"),
        ("14:30", pytest.approx(0.604167, abs=1e-5), "14:30"),
        ("2:30 pm", pytest.approx(0.604167, abs=1e-5), "2:30 PM"),
        ("2026-03-20 14:30", pytest.approx(46101.604167, abs=1e-5), "2026-03-20 14:30:00"),
        ("=0.1/3", pytest.approx(0.1 / 3), "0.03333333333"),
        ("=0.1+0.2", pytest.approx(0.3), "0.3"),
        ("=1234567.891", 1234567.891, "1234567.891"),
        ("'0042", "0042", "0042"),
        ("1.2.3", "1.2.3", "1.2.3"),
        ("2026-02-30", "2026-02-30", "2026-02-30"),
        ("12-34", "12-34", "12-34"),
        ("=1/3", pytest.approx(1 / 3), "0.3333333333"),
        ("=2^3+SUM(D2:D4)*2", 404, "404"),
        ('=IF(D2>40,"many","few")', "many", "many"),
        ('="Order "&A2', "Order 1001", "Order 1001"),
        ("=1/0", "#DIV/0!", "#DIV/0!"),
        ("=NOSUCH(1)", "#NAME?", "#NAME?"),
        ("=Missing!A1", "#REF!", "#REF!"),
        ("=1+", "#ERROR!", "#ERROR!"),
        ("=VLOOKUP(1002,A2:C4,3,FALSE)", "Proof sent", "Proof sent"),
        ('=COUNTIF(D2:D4,">40")', 2, "2"),
        ("=J1", "#REF!", "#REF!"),
    ],
)
def test_a_typed_text_becomes_what_google_makes_of_it(book, text, held, shown):
    found = book.typed(text)

    assert found == (held, shown)
    assert type(found[0]) is not float or found[0] != int(found[0])


@pytest.mark.parametrize(
    ("locale", "text", "held", "shown"),
    [
        ("de_DE", "1.234,50", 1234.5, "1.234,50"),
        ("de_DE", "20.03.2026", 46101, "20.03.2026"),
        ("de_DE", "1.5", "1.5", "1.5"),
        ("de_DE", "=SUM(1,5;2)", 3.5, "3,5"),
        ("fr_FR", "12,5", 12.5, "12,5"),
        ("fr_FR", "20/03/2026", 46101, "20/03/2026"),
        ("en_GB", "20/03/2026", 46101, "20/03/2026"),
        ("en_GB", "£12.50", 12.5, "£12.50"),
    ],
)
def test_the_workbooks_locale_decides_what_a_text_means(google, locale, text, held, shown):
    book = Book(google, locale=locale)

    assert book.typed(text) == (held, shown)


def test_raw_input_stays_as_it_is(book):
    book.put("Orders!F1:I1", [["=1+1", "2026-03-20", "0042", 7.0]], "RAW")

    raw = book.values("Orders!F1:I1", valueRenderOption="FORMULA")
    assert raw == [["=1+1", "2026-03-20", "0042", 7]]


def test_days_come_as_numbers_or_texts(book):
    book.put("Orders!F1", [["2026-03-20"]])
    how = {"valueRenderOption": "UNFORMATTED_VALUE"}

    assert book.values("Orders!F1", **how) == [[46101]]
    text = book.values("Orders!F1", **how, dateTimeRenderOption="FORMATTED_STRING")
    assert text == [["2026-03-20"]]


def test_append_writes_after_the_last_island_of_cells(google):
    # The example of Google's own guide.
    table = [
        ["x", "y", "z"],
        ["x", "y", "z"],
        [],
        [None, "x", "y"],
        [None, None, "y", "z"],
        [None, "x", "y", "z"],
    ]
    for asked, wrote in {
        "Sheet1": "Sheet1!B7",
        "Sheet1!C5:D5": "Sheet1!B7",
        "Sheet1!B2:D4": "Sheet1!B7",
        "Sheet1!A1": "Sheet1!A3",
        "Sheet1!E4": "Sheet1!E4",
    }.items():
        book = Book(google, {"Sheet1": table})
        told = book.ok(
            "POST", f"/values/{asked}:append", {"values": [["n"]]}, valueInputOption="RAW"
        )
        assert told["updates"]["updatedRange"] == wrote


def test_values_of_a_batch_count_rows_and_columns_once(book):
    body = {
        "valueInputOption": "RAW",
        "data": [
            {"range": "Orders!A1:B1", "values": [["a", ""]]},
            {"range": "Orders!A3:B3", "values": [["c", "d"]]},
        ],
    }

    told = book.ok("POST", "/values:batchUpdate", body)

    assert (told["totalUpdatedRows"], told["totalUpdatedColumns"]) == (2, 2)
    assert (told["totalUpdatedCells"], told["totalUpdatedSheets"]) == (4, 1)


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/values/Nothing!A1", {}, "Unable to parse range: Nothing!A1"),
        ("/values/Orders!A1001", {}, "Range (Orders!A1001) exceeds grid limits."),
        (
            "/values/Orders",
            {"valueRenderOption": "PRETTY"},
            "Invalid value at 'value_render_option'",
        ),
        (
            "/values/Orders",
            {"colour": "red"},
            'Unknown name "colour": Cannot bind query parameter.',
        ),
    ],
)
def test_a_read_that_makes_no_sense_is_refused(book, path, query, said):
    answer = book.send("GET", path, **query)

    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


# ---------------------------------------------------------------- batchUpdate


def test_an_unknown_field_is_refused_as_google_says_it(book):
    answer = book.send("POST", ":batchUpdate", {"requests": [{"paintItRed": {}}]})

    said = (
        "Invalid JSON payload received. Unknown name \"paintItRed\" at 'requests[0]':"
        " Cannot find field."
    )
    error = answer.json()["error"]
    assert error["message"] == said
    assert error["details"][0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert error["details"][0]["fieldViolations"] == [{"field": "requests[0]", "description": said}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"addSheet": {"properties": {"title": 5}}}, "'requests[0].add_sheet.properties.title'"),
        ({"mergeCells": {"mergeType": "SIDEWAYS"}}, "MergeCellsRequest.MergeType"),
        ({"addSheet": {}, "deleteSheet": {}}, "oneof field 'kind' is already set"),
        ({}, "Invalid requests[0]: No request set."),
        ({"addSheet": {"properties": {"title": "Orders"}}}, "already exists"),
        ({"deleteSheet": {"sheetId": 0}}, "You can't remove all the sheets in a document."),
        ({"deleteSheet": {"sheetId": 9}}, "Invalid requests[0].deleteSheet: No sheet with id: 9"),
        ({"updateCells": {"rows": []}}, "At least one field must be listed in 'fields'."),
        ({"updateCells": {"fields": "colour", "rows": []}}, "Invalid field: colour"),
        (
            {"updateSheetProperties": {"properties": {"sheetId": 0}, "fields": "*"}},
            "The sheet name cannot be empty.",
        ),
        (
            {
                "repeatCell": {
                    "range": {"startRowIndex": 1000, "endColumnIndex": 2},
                    "cell": {},
                    "fields": "note",
                }
            },
            "Invalid requests[0].repeatCell: Range (Orders!A1001:B) exceeds grid limits."
            " Max rows: 1000, max columns: 26",
        ),
    ],
)
def test_a_wrong_request_is_refused_with_its_place(book, asked, said):
    assert said in book.refused(asked)


def test_a_batch_is_done_wholly_or_not_at_all(book):
    refused = book.refused(
        {"addSheet": {"properties": {"title": "Second"}}},
        {"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 0, "endIndex": 2}}},
        {"deleteSheet": {"sheetId": 77}},
    )

    assert refused.startswith("Invalid requests[2].deleteSheet")
    assert book.values() == [[str(cell) for cell in row] for row in ORDERS]
    assert len(book.ok("GET")["sheets"]) == 1


def note(row, column, text):
    cell = {"values": [{"note": text}]}
    start = {"sheetId": 0, "rowIndex": row, "columnIndex": column}
    return {"updateCells": {"start": start, "rows": [cell], "fields": "note"}}


def mark(column, key):
    span = {"dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
    place = {"dimensionRange": span}
    made = {"metadataKey": key, "location": place, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": made}}


def test_what_hangs_on_cells_moves_with_them(book):
    book.put("Orders!F1", [["=SUM(D2:D4)"]])
    rule = {
        "ranges": [{"startColumnIndex": 2, "endColumnIndex": 3}],
        "booleanRule": {"condition": {"type": "NOT_BLANK"}, "format": {}},
    }
    book.batch(
        mark(2, "status"),
        note(1, 2, "look here"),
        {"addConditionalFormatRule": {"rule": rule, "index": 0}},
        {"mergeCells": {"range": {"startRowIndex": 6, "endRowIndex": 8, "endColumnIndex": 2}}},
        {
            "addNamedRange": {
                "namedRange": {
                    "name": "Pieces",
                    "range": {"startColumnIndex": 3, "endColumnIndex": 4},
                }
            }
        },
    )

    book.google.act(book.id, "move_columns", at="C", to=0)
    book.google.act(book.id, "insert_rows", at=2)
    book.google.act(book.id, "insert_columns", at="A")

    sheet = book.ok("GET", fields="sheets,namedRanges")["sheets"][0]
    marks = book.ok(
        "POST",
        "/developerMetadata:search",
        {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "status"}}]},
    )["matchedDeveloperMetadata"]
    place = marks[0]["developerMetadata"]["location"]["dimensionRange"]
    assert (place["startIndex"], place["endIndex"]) == (1, 2)
    assert sheet["conditionalFormats"][0]["ranges"][0]["startColumnIndex"] == 1
    assert sheet["merges"][0]["startRowIndex"] == 7
    assert sheet["data"][0]["rowData"][2]["values"][1]["note"] == "look here"
    assert book.values("Orders!G1", valueRenderOption="FORMULA") == [["=SUM(E3:E5)"]]
    assert book.values("Pieces")[0] == ["Pieces"]


def test_deleting_a_column_takes_its_mark_and_breaks_formulas(book):
    book.put("Orders!F1", [["=D2+1"]])
    book.batch(mark(3, "pieces"))

    book.google.act(book.id, "delete_columns", at="D")

    found = book.ok("POST", "/developerMetadata:search", {"dataFilters": []})
    assert "matchedDeveloperMetadata" not in found
    assert book.values("Orders!E1", valueRenderOption="FORMULA") == [["=#REF!+1"]]


def test_rows_are_sorted_numbers_before_texts_and_blanks_last(book):
    book.put("Orders!A2:A7", [["b"], [10], [""], [2], ["A"], [True]], "RAW")
    area = {"startRowIndex": 1, "endRowIndex": 8, "startColumnIndex": 0, "endColumnIndex": 1}

    book.batch({"sortRange": {"range": area, "sortSpecs": [{"dimensionIndex": 0}]}})
    rising = book.values("Orders!A2:A8")
    book.batch({"sortRange": {"range": area, "sortSpecs": [{"sortOrder": "DESCENDING"}]}})

    assert rising == [["2"], ["10"], ["A"], ["b"], ["TRUE"]]
    assert book.values("Orders!A2:A8") == [["TRUE"], ["b"], ["A"], ["10"], ["2"]]


def test_find_and_replace_counts_what_it_changed(book):
    asked = {"find": "new", "replacement": "In work", "sheetId": 0, "matchEntireCell": True}

    first = book.batch({"findReplace": asked})["replies"][0]["findReplace"]
    again = book.batch({"findReplace": asked})["replies"][0]["findReplace"]

    counts = {"valuesChanged": 1, "rowsChanged": 1, "sheetsChanged": 1, "occurrencesChanged": 1}
    assert first == counts
    assert again == {}


def test_a_batch_can_answer_with_the_cells_it_left(book):
    told = book.send(
        "POST",
        ":batchUpdate",
        {
            "requests": [note(1, 0, "seen")],
            "includeSpreadsheetInResponse": True,
            "responseRanges": ["Orders!A2:B3"],
            "responseIncludeGridData": True,
        },
        fields="updatedSpreadsheet.sheets.data(startRow,rowData.values(note,formattedValue))",
    ).json()

    assert told["updatedSpreadsheet"]["sheets"][0]["data"] == [
        {
            "startRow": 1,
            "rowData": [
                {
                    "values": [
                        {"formattedValue": "1001", "note": "seen"},
                        {"formattedValue": "Riverside"},
                    ]
                },
                {"values": [{"formattedValue": "1002"}, {"formattedValue": "Morgenrot"}]},
            ],
        }
    ]


def test_cells_are_found_by_the_mark_on_their_column(book):
    book.batch(mark(2, "status"))
    status = {"developerMetadataLookup": {"metadataKey": "status"}}

    read = book.ok("POST", "/values:batchGetByDataFilter", {"dataFilters": [status]})
    body = {"valueInputOption": "RAW", "data": [{"dataFilter": status, "values": [["State"]]}]}
    wrote = book.ok("POST", "/values:batchUpdateByDataFilter", body)

    assert read["valueRanges"][0]["valueRange"]["values"][1] == ["New"]
    assert wrote["responses"][0]["updatedRange"] == "Orders!C1"
    assert book.values("Orders!C1") == [["State"]]


def test_a_format_keeps_both_twins_of_a_colour_in_steps_of_a_byte(book):
    form = {"backgroundColor": {"red": 1, "green": 0.5}, "textFormat": {"bold": True}}
    book.batch(
        {
            "repeatCell": {
                "range": {"endRowIndex": 1, "endColumnIndex": 1},
                "cell": {"userEnteredFormat": form},
                "fields": "userEnteredFormat(backgroundColor,textFormat)",
            }
        }
    )

    got = book.ok("GET", ranges="Orders!A1", fields="sheets.data.rowData.values.userEnteredFormat")
    found = got["sheets"][0]["data"][0]["rowData"][0]["values"][0]["userEnteredFormat"]
    colour = {"red": 1, "green": 0.49803922}
    assert found["backgroundColor"] == colour
    assert found["backgroundColorStyle"] == {"rgbColor": colour}


def test_the_old_grid_of_a_failed_batch_is_not_seen_by_anyone(book):
    before = book.google.file(book.id).versions[-1].number

    book.refused(note(0, 0, "x"), {"deleteSheet": {"sheetId": 5}})

    assert book.google.file(book.id).versions[-1].number == before


# ---------------------------------------------------------------- accounts, Drive


def test_gspread_logs_in_with_a_real_key_and_works(google):
    info = google.service_account("sync@shop.example")
    book = google.seed("Shared", {"Orders": ORDERS}, shared={"sync@shop.example": "writer"})
    credentials = Credentials.from_service_account_info(info, scopes=SCOPES)
    client = client_of(google, credentials)

    sheet = client.open_by_key(book).worksheet("Orders")
    sheet.update_acell("C2", "Ready")
    sheet.format("A1:D1", {"textFormat": {"bold": True}})

    assert sheet.acell("C2").value == "Ready"
    assert [one.title for one in client.openall() if one.id == book] == ["Shared"]
    assert google.file(book).versions[-1].user == "sync@shop.example"


def test_a_revoked_key_and_an_expired_token_are_told_apart(google):
    person = google.accounts.refresh_token(google.url, "ann@shop.example")
    book = google.seed("Hers", owner="ann@shop.example", shared={})
    person.pop("type")
    client = client_of(google, UserCredentials(None, **person))
    assert client.open_by_key(book).title == "Hers"

    google.accounts.expire()
    assert client.open_by_key(book).title == "Hers"  # a new token was had
    google.accounts.revoke("ann@shop.example")

    with pytest.raises(Exception, match="invalid_grant") as stopped:
        client.open_by_key(book)
    assert "RefreshError" in type(stopped.value).__name__


def test_the_two_apis_say_no_in_their_own_words(google):
    hidden = google.seed("Private", shared={})
    book = Book(google)
    book.id = hidden
    drive = f"{google.url}/drive/v3/files/"

    sheets_no = book.send("GET").json()["error"]
    drive_no = book.session.get(drive + hidden).json()["error"]
    book.id = "nothing"

    assert sheets_no == {
        "code": 403,
        "message": "The caller does not have permission",
        "status": "PERMISSION_DENIED",
    }
    assert book.send("GET").json()["error"]["status"] == "NOT_FOUND"
    assert drive_no["errors"][0]["reason"] == "notFound"
    assert "status" not in drive_no
    book.session.headers.pop("Authorization")
    assert book.send("GET").status_code == 401


def test_files_are_found_shared_copied_and_told_apart_by_author(google):
    google.clock.freeze("2026-03-20T09:00:00+00:00")
    client = client_of(google, UserCredentials("anything"))
    book = client.create("Quarter's end")
    client.insert_permission(book.id, "ann@shop.example", "user", "writer", notify=False)
    google.clock.advance(600)
    google.act(book.id, "edit", user="ann@shop.example", cell="A1", value="hers")

    found = client.list_spreadsheet_files("Quarter's end")
    copy = client.copy(book.id)
    url = f"{google.url}/drive/v3/files/{book.id}/revisions?fields=*"
    revisions = client.http_client.session.get(url).json()["revisions"]

    assert [one["id"] for one in found] == [book.id]
    assert copy.title == "Copy of Quarter's end"
    assert copy.sheet1.acell("A1").value == "hers"
    assert revisions[-1]["lastModifyingUser"]["emailAddress"] == "ann@shop.example"
    assert revisions[-1]["modifiedTime"] == "2026-03-20T09:10:00.000Z"
    emails = [one.get("emailAddress") for one in book.list_permissions()]
    assert "ann@shop.example" in emails


def test_drive_notices_what_people_type_later_than_what_programs_write(book):
    google, url = book.google, f"{book.google.url}/drive/v3/files/{book.id}?fields=modifiedTime"
    google.clock.freeze("2030-01-01T00:00:00+00:00")
    google.drive.lag = google.drive.lag.__class__(seconds=180)

    def modified():
        return book.session.get(url).json()["modifiedTime"][:16]

    try:
        book.put("Orders!A1", [["No"]])
        assert modified() == "2030-01-01T00:00"
        google.clock.advance(60)
        google.act(book.id, "edit", cell="B2", value="typed")
        assert modified() == "2030-01-01T00:00"
        google.clock.advance(181)
        assert modified() == "2030-01-01T00:01"
    finally:
        google.drive.lag = google.drive.lag.__class__(0)


def test_a_csv_replaces_a_workbook_and_comes_out_again(google):
    client = client_of(google, UserCredentials("anything"))
    book = client.create("Import")

    client.import_csv(book.id, 'a,"b, c"\n1,2')

    assert client.open_by_key(book.id).sheet1.title == "Import"
    assert book.export(ExportFormat.CSV) == b'a,"b, c"\r\n1,2'
    assert book.export(ExportFormat.PDF).startswith(b"%PDF")


# ---------------------------------------------------------------- what a test can do to it


def test_something_happens_between_a_read_and_the_write_after_it(book):
    book.google.between(book.id, "sort", tab="Orders", range="A2:D4", column="D")

    before = book.values("Orders!A2:A4")
    again = book.values("Orders!A2:A4")
    book.put("Orders!C2", [["Packed"]])

    assert before == again == [["1001"], ["1002"], ["1003"]]
    assert book.values("Orders!A2:C2") == [["1003", "Hill Street", "Packed"]]


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        ("429", 429, False),
        ("503_before", 503, False),
        ("503_after", 503, True),
        ("html502", 502, False),
        ("401", 401, False),
        ("403", 403, False),
        ("404", 404, False),
    ],
)
def test_a_fault_spoils_the_next_write_only(book, kind, status, done):
    book.google.fail(kind, on="write")

    assert book.values("Orders!A2") == [["1001"]]
    answer = book.send("PUT", "/values/Orders!A2", {"values": [["x"]]}, valueInputOption="RAW")

    assert answer.status_code == status
    assert "Retry-After" not in answer.headers
    assert book.values("Orders!A2") == [["x" if done else "1001"]]
    assert [one.fault for one in book.google.log] == ["", kind, ""]


def test_a_connection_breaks_after_the_write_was_done(book):
    book.google.fail("reset", on="write", bytes=40)

    with pytest.raises(requests.ConnectionError):
        book.put("Orders!A2", [["x"]])

    assert book.values("Orders!A2") == [["x"]]


def test_a_minutes_quota_runs_out_and_comes_back(book):
    google = book.google
    google.clock.freeze("2026-03-20T09:00:05+00:00")
    google.quotas.on = True

    codes = [book.send("GET", "/values/Orders!A1").status_code for _ in range(61)]
    answer = book.send("GET", "/values/Orders!A1")
    write = book.send("PUT", "/values/Orders!A1", {"values": [["y"]]}, valueInputOption="RAW")
    google.clock.advance(60)

    assert codes == [200] * 60 + [429]
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert answer.json()["error"]["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert write.status_code == 200
    assert book.send("GET", "/values/Orders!A1").status_code == 200


def test_an_old_version_comes_back_whole(book):
    book.google.act(book.id, "delete_rows", at=2, count=3)
    book.google.act(book.id, "rename_tab", title="Broken")
    assert book.values("Broken") == [ORDERS[0]]

    book.google.act(book.id, "restore", version=1)

    assert book.values()[1:] == [[str(cell) for cell in row] for row in ORDERS[1:]]


def test_a_protected_cell_is_closed_to_people_but_not_to_the_owner(book):
    area = {"startColumnIndex": 0, "endColumnIndex": 1}
    book.batch({"addProtectedRange": {"protectedRange": {"range": area, "description": "ours"}}})

    with pytest.raises(Exception, match="protected cell"):
        book.google.act(book.id, "edit", user="bob@shop.example", cell="A2", value="9")
    book.google.act(book.id, "edit", cell="A2", value="owner's")

    assert book.values("Orders!A2") == [["owner's"]]


def test_every_call_is_on_record_with_its_size(book):
    book.values()
    book.batch(note(0, 0, "x"))

    read, write = book.google.log

    assert (read.kind, read.api, read.status) == ("read", "values.get", 200)
    assert (write.kind, write.api) == ("write", "batchUpdate")
    assert write.received > 100 < read.sent


def test_the_control_path_does_the_same_over_http(google):
    def control(name, **asked):
        answer = requests.post(f"{google.url}/_control/{name}", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    made = control("seed", title="By hand", tabs={"T": [["a"], ["b"]]})["id"]
    control("act", id=made, action="edit", cell="A1", value="z", user="ann@shop.example")
    control("barrier", id=made, action="clear", range="A2", when="before_read")
    control("fault", kind="503_before", on="read", skip=1)
    control("clock", now="2026-03-20T09:00:00Z")
    url = f"{google.url}/v4/spreadsheets/{made}/values/T"
    answers = [requests.get(url, headers={"Authorization": "Bearer x"}) for _ in range(2)]

    assert answers[0].json()["values"] == [["z"]]
    assert answers[1].status_code == 503
    assert control("log")["counts"]["read"] >= 2
    shown = control("workbook", id=made)
    assert shown["tabs"][0]["cells"] == [{"r": 0, "c": 0, "t": "z"}]
    assert shown["versions"][1]["user"] == "ann@shop.example"
    assert (
        requests.post(f"{google.url}/_control/act", json={"id": "x", "action": "y"}).status_code
        == 404
    )


def test_an_answer_is_one_packet_and_the_connection_stays(book):
    path = f"/v4/spreadsheets/{book.id}/values/Orders"
    asked = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n".encode()

    with socket.create_connection(("127.0.0.1", book.google.port)) as line:
        for _ in range(2):
            line.sendall(asked)
            packet = line.recv(1_000_000)
            head, _, body = packet.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            assert json.loads(body)["range"] == "Orders!A1:Z1000"


def test_it_listens_on_this_machine_only():
    with pytest.raises(ValueError, match="loopback only"):
        Server(host="0.0.0.0")


def test_five_thousand_rows_are_read_and_changed_quickly(google):
    rows = [[f"{n}", "customer", "New", n, *["x"] * 12] for n in range(5000)]
    book = Book(google, {"Orders": rows})
    target = f"/v4/spreadsheets/{book.id}/values/Orders?" + urlencode(
        {"valueRenderOption": "UNFORMATTED_VALUE"}
    )
    token = {"authorization": "Bearer x"}

    started = time.process_time()
    read = google.answer("GET", target, token, b"")
    spent = time.process_time() - started
    started = time.process_time()
    book.google.act(book.id, "edit", cell="C2500", value="Ready")
    edited = time.process_time() - started

    assert read.status == 200
    assert spent < 2
    assert edited < 0.5


def test_an_api_key_opens_only_what_is_shared_with_everybody(google):
    shared, private = google.seed("Open", {"T": [["x"]]}), google.seed("Closed", shared={})

    def status(book):
        return requests.get(f"{google.url}/v4/spreadsheets/{book}/values/T?key=abc").status_code

    assert (status(shared), status(private)) == (200, 403)


def test_older_clients_are_answered_in_the_words_of_drive_v2(book):
    url = f"{book.google.url}/drive/v2/files/{book.id}"

    copy = book.session.post(f"{url}/copy", json={"title": "A second"}).json()
    asked = {"value": "ann@shop.example", "type": "user", "role": "reader"}
    book.session.post(f"{url.replace(book.id, copy['id'])}/permissions", json=asked)
    people = book.session.get(f"{url.replace(book.id, copy['id'])}/permissions").json()["items"]

    assert copy["title"] == "A second"
    assert people[-1]["emailAddress"] == "ann@shop.example"
    assert book.session.delete(url.replace(book.id, copy["id"])).status_code == 204


def test_values_may_not_leave_the_range_or_the_grid(book):
    def said(cells, rows):
        sent = {"values": rows}
        answer = book.send("PUT", f"/values/{cells}", sent, valueInputOption="RAW")
        return answer.json()["error"]["message"]

    within = "Requested writing within range [{}], but tried writing to {}"
    assert said("Orders!A2:B2", [[1], [2]]) == within.format("Orders!A2:B2", "row [3]")
    assert said("Orders!A2:B2", [[1, 2, 3]]) == within.format("Orders!A2:B2", "column [C]")
    assert said("Orders!A1000", [[1], [2]]) == within.format("Orders!A1000", "row [1001]")
    area = {"startRowIndex": 998, "endRowIndex": 2000, "endColumnIndex": 1}
    book.batch({"repeatCell": {"range": area, "cell": {"note": "x"}, "fields": "note"}})
    assert book.ok("GET")["sheets"][0]["properties"]["gridProperties"]["rowCount"] == 1000


def test_an_index_below_the_first_is_refused(book):
    asked = {"range": {"startRowIndex": -1}, "cell": {}, "fields": "note"}

    assert "startRowIndex[-1] must be >= 0" in book.refused({"repeatCell": asked})


def test_a_range_without_a_cell_is_taken_and_changes_nothing(book):
    empty = {"startRowIndex": 3, "endRowIndex": 3}

    book.batch(
        {"repeatCell": {"range": empty, "cell": {"note": "x"}, "fields": "note"}},
        {"copyPaste": {"source": empty, "destination": {"endRowIndex": 1}}},
        {"sortRange": {"range": empty, "sortSpecs": [{"dimensionIndex": 0}]}},
    )

    assert book.values() == [[str(cell) for cell in row] for row in ORDERS]
