"""Recorded conversations with Google, held against our own server.

The recordings are other people's and stay outside the project: ``../shared/data/sheets``.
"""

import json
import runpy
import sys
from pathlib import Path

import pytest

from sheets_emulator import Server

pytestmark = pytest.mark.pure

SHARED = Path(__file__).parents[3] / "shared"
RECORDED = SHARED / "data" / "sheets" / "recorded_head.jsonl"
TOOL = SHARED / "tools" / "replay_recorded.py"


@pytest.mark.skipif(not RECORDED.exists(), reason="the recordings are not here")
def test_the_server_answers_recorded_conversations_as_google_did(tmp_path, monkeypatch):
    found = tmp_path / "found.json"

    with Server() as google:
        told = ["replay", google.url, "--data", str(RECORDED), "--json", str(found)]
        monkeypatch.setattr(sys, "argv", told)
        with pytest.raises(SystemExit):
            runpy.run_path(str(TOOL), run_name="__main__")

    total = json.loads(found.read_text())["total"]
    assert total["n"] > 1500
    assert total["core"] / total["n"] >= 0.98
    assert total["strict"] / total["n"] >= 0.95
