"""The kinds of requests that ``spreadsheets.batchUpdate`` takes; importing declares them."""

from sheets_emulator.requests import (
    dimensions,
    filling,
    finding,
    marks,
    moving,
    ranges,
    shifting,
    tabs,
)

__all__ = ["dimensions", "filling", "finding", "marks", "moving", "ranges", "shifting", "tabs"]
