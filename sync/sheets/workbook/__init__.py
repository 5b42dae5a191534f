"""The shared sheet in a workbook file: no account anywhere, LibreOffice or Excel and a folder."""

from sync.sheets.workbook.backend import WorkbookBackend

__all__ = ["WorkbookBackend"]
