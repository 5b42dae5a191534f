"""A Sheets and Drive server of our own on loopback, to develop and test against.

    from sheets_emulator import Server

    with Server() as google:
        book = google.seed("Live orders", {"Orders": [["Order", "Status"], ["1001", "New"]]})
        google.act(book, "edit", cell="Orders!B2", value="In work")

It keeps workbooks in memory and answers as Google does: see docs/SHEETS.md.
"""

from sheets_emulator.google import Answer, Google, Logged
from sheets_emulator.server import Server

__all__ = ["Answer", "Google", "Logged", "Server"]
