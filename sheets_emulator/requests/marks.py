"""Developer metadata: hidden marks on the workbook, a tab, a row or a column."""

from typing import Any

from sheets_emulator import masks
from sheets_emulator.a1 import Area
from sheets_emulator.answers import invalid
from sheets_emulator.requests.batch import Batch, handles, update_mask
from sheets_emulator.workbook import Sheet, Workbook, tab_of

Json = dict[str, Any]


@handles("createDeveloperMetadata")
def create(batch: Batch, arguments: Json) -> Json:
    """A new mark."""
    wanted = arguments.get("developerMetadata", {})
    if not wanted.get("metadataKey"):
        raise invalid("DeveloperMetadata.metadataKey must be specified.")
    key = wanted.get("metadataId")
    if key is not None and any(item["metadataId"] == key for item in batch.book.metadata):
        raise invalid(f"DeveloperMetadata with ID {key} already exists.")
    item: Json = {"metadataId": key or batch.book.fresh_id(), "metadataKey": wanted["metadataKey"]}
    if wanted.get("metadataValue"):
        item["metadataValue"] = wanted["metadataValue"]
    item["location"] = _location(batch, wanted.get("location", {}))
    item["visibility"] = _visibility(wanted)
    batch.book.metadata.append(item)
    return {"developerMetadata": item}


def _visibility(wanted: Json) -> str:
    visibility = str(wanted.get("visibility", ""))
    if visibility not in ("DOCUMENT", "PROJECT"):
        raise invalid("DeveloperMetadata.visibility must be specified.")
    return visibility


def _location(batch: Batch, wanted: Json) -> Json:
    if wanted.get("spreadsheet"):
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if span := wanted.get("dimensionRange"):
        sheet = batch.book.sheet(span.get("sheetId", 0))
        start, end = span.get("startIndex", 0), span.get("endIndex", 0)
        if end - start != 1 or end > sheet.size(span.get("dimension", "ROWS")):
            raise invalid("DeveloperMetadata may only be on one row or one column.")
        place: Json = {"sheetId": sheet.id} if sheet.id else {}
        place |= {"dimension": span["dimension"], "startIndex": start, "endIndex": end}
        kind = "ROW" if span["dimension"] == "ROWS" else "COLUMN"
        return {"locationType": kind, "dimensionRange": place}
    if "sheetId" in wanted:
        gid = batch.book.sheet(wanted["sheetId"]).id
        return {"locationType": "SHEET"} | ({"sheetId": gid} if gid else {})
    raise invalid("DeveloperMetadata.location must be specified.")


@handles("updateDeveloperMetadata")
def update(batch: Batch, arguments: Json) -> Json:
    """Change all marks that the filters find."""
    mask = update_mask(arguments, "DeveloperMetadata")
    wanted = arguments.get("developerMetadata", {})
    found = []
    for n, item in enumerate(batch.book.metadata):
        if any(_fits(batch.book, item, one) for one in arguments.get("dataFilters", [])):
            new = masks.merged(item, wanted, mask)
            new["location"] = (
                _location(batch, new["location"]) if "location" in new else item["location"]
            )
            new["metadataId"] = wanted.get("metadataId", item["metadataId"])
            batch.book.metadata[n] = new
            found.append(new)
    return {"developerMetadata": found} if found else {}


@handles("deleteDeveloperMetadata")
def delete(batch: Batch, arguments: Json) -> Json:
    """All marks that the filter finds go."""
    wanted = arguments.get("dataFilter", {})
    gone = [item for item in batch.book.metadata if _fits(batch.book, item, wanted)]
    batch.book.metadata = [item for item in batch.book.metadata if item not in gone]
    return {"deletedDeveloperMetadata": gone} if gone else {}


# ---------------------------------------------------------------- looking up


def search(book: Workbook, filters: list[Json]) -> list[Json]:
    """Marks that any filter finds, each with the filters that found it."""
    matched = []
    for item in book.metadata:
        fits = [one for one in filters if _fits(book, item, one)]
        if fits:
            matched.append({"developerMetadata": item, "dataFilters": fits})
    return matched


def _fits(book: Workbook, item: Json, data_filter: Json) -> bool:
    lookup = data_filter.get("developerMetadataLookup")
    if lookup is not None:
        return _looked_up(item, lookup)
    sheet, area = area_of_filter(book, data_filter)
    place = area_of_mark(book, item)
    if place is None or place.sheet_id != sheet.id:
        return False
    return place.within(*_size(sheet)).touches(area.within(*_size(sheet)))


def _looked_up(item: Json, lookup: Json) -> bool:
    for name in ("metadataId", "metadataKey", "metadataValue", "visibility"):
        if name in lookup and item.get(name) != lookup[name]:
            return False
    if "locationType" in lookup and item["location"]["locationType"] != lookup["locationType"]:
        return False
    place = lookup.get("metadataLocation")
    return place is None or _at_place(item, place, lookup.get("locationMatchingStrategy", ""))


def _at_place(item: Json, place: Json, strategy: str) -> bool:
    where = item["location"]
    if place.get("spreadsheet"):
        return bool(where.get("spreadsheet")) or strategy == "INTERSECTING_LOCATION"
    span = place.get("dimensionRange")
    if span is None:
        same = tab_of(item) == place.get("sheetId", 0)
        return same and (strategy == "INTERSECTING_LOCATION" or where["locationType"] == "SHEET")
    own = where.get("dimensionRange")
    if not own or tab_of(item) != span.get("sheetId", 0) or own["dimension"] != span["dimension"]:
        return False
    start, end = span.get("startIndex", 0), span.get("endIndex", 10**9)
    if strategy == "INTERSECTING_LOCATION":
        return bool(own["startIndex"] < end and start < own["endIndex"])
    return bool((own["startIndex"], own["endIndex"]) == (start, end))


def _size(sheet: Sheet) -> tuple[int, int]:
    return sheet.row_count, sheet.column_count


def area_of_mark(book: Workbook, item: Json) -> Area | None:
    """The cells that a mark stands for; None for one on the whole workbook."""
    gid = tab_of(item)
    if gid is None:
        return None
    span = item["location"].get("dimensionRange")
    if not span:
        return Area(gid)
    if span["dimension"] == "ROWS":
        return Area(gid, span["startIndex"], span["endIndex"])
    return Area(gid, None, None, span["startIndex"], span["endIndex"])


def area_of_filter(book: Workbook, data_filter: Json) -> tuple[Sheet, Area]:
    """The cells of a filter that names a range.

    Raises:
        ApiError: it names none.
    """
    if "a1Range" in data_filter:
        return book.resolve(data_filter["a1Range"])
    if "gridRange" in data_filter:
        area = Area.from_json(data_filter["gridRange"])
        return book.sheet(area.sheet_id), area
    raise invalid("A data filter must be specified.")


def areas(book: Workbook, data_filter: Json) -> list[tuple[Sheet, Area]]:
    """All cells that a filter stands for."""
    if "developerMetadataLookup" not in data_filter:
        return [area_of_filter(book, data_filter)]
    found = []
    for item in book.metadata:
        if _fits(book, item, data_filter):
            area = area_of_mark(book, item)
            if area is not None:
                found.append((book.sheet(area.sheet_id), area))
    return found
