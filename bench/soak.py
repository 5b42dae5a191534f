"""``python -m bench.soak``: broken files, a printer killed at random, then the random walks.

Files by the hundred thousand, a thousand papers for a printer that is killed again and again; one
walk over all actions, one over a shared sheet with moved rows, crashes and lost calls, 20 seeds of
10,000 steps each.  ``SOAK_PARTS`` names the parts to do: files, printer, shop, sheets; server: the
walk of the sheet over HTTP against our Sheets server; workbook: the same in a real file that
another program saves, for a tenth of the steps.  ``SOAK_FIRST`` is the first seed.
"""

import os
import tempfile
import time
from pathlib import Path

from pydantic import SecretStr

import models
from errors import UnreadableError
from settings import Settings
from sync.readers import Workbook, read_safely
from sync.sources import spreadsheet
from tests import mutants, random_kills
from tests.manager_file import ManagersFile
from tests.manager_google import ManagersGoogle
from tests.printers import IppPrinter
from tests.sheet_walk import Walk as SheetWalk
from tests.walk import Walk

SEEDS = int(os.environ.get("SOAK_SEEDS", "20"))
FIRST = int(os.environ.get("SOAK_FIRST", "1"))
STEPS = int(os.environ.get("SOAK_STEPS", "10000"))
FILES = int(os.environ.get("SOAK_FILES", "100000"))
PAPERS = int(os.environ.get("SOAK_PAPERS", "1000"))
PARTS = os.environ.get("SOAK_PARTS", "files printer shop sheets server workbook").split()
_CALM = 150  # steps between two stretches in which sheet and shop must come to agree
_LONGEST = 60.0  # seconds; a file's own limit


def spoil(files: int) -> None:
    """Read broken files; one that is neither rows nor a sentence, or that hangs, stops the soak."""
    read = slowest = 0.0
    for seed in range(files):
        start = time.monotonic()
        try:
            spreadsheet.drafts_of(read_safely(mutants.mutant(seed), f"mutant {seed}"))
            spreadsheet.drafts_of(Workbook("xlsx", (mutants.wild(seed),)))
            read += 1
        except UnreadableError:
            pass  # a sentence is an answer
        slowest = max(slowest, time.monotonic() - start)
        if slowest > _LONGEST:
            raise AssertionError(f"mutant {seed} took {slowest:.0f} seconds")
    print(f"{files} broken files: {read:.0f} read, none broke the reader, slowest {slowest:.1f} s")


def kill_the_printer(papers: int) -> None:
    """Print while the printer is killed; a paper that came out twice or got lost stops the soak."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        home = Path(folder) / "printer"
        home.mkdir()
        Path(folder).chmod(0o755)
        settings = Settings(
            instance_dir=Path(folder),
            database_url=f"sqlite:///{folder}/shop.db",
            secret_key=SecretStr("soak"),
        )
        models.connect(settings.database_url)
        models.create_tables()
        printer = IppPrinter(home).start()
        try:
            told = random_kills.kill_at_random(printer, settings, papers)
        finally:
            printer.kill()
            models.disconnect()
    print(f"{papers} papers, the printer killed {told.kills} times: {told.words()}")


def shop(seed: int) -> None:
    """Walk over all actions; an invariant that does not hold stops the walk."""
    walk = Walk(seed).open_shop()
    for _ in range(STEPS):
        walk.step()
    done, refused = sum(walk.done.values()), sum(walk.refused.values())
    print(f"seed {seed}: {done} done, {refused} refused")


def sheets(seed: int) -> None:
    """Walk over a shared sheet; a value that is lost, or no agreement in the end, stops it."""
    _walk_sheet(SheetWalk(seed).open_shop(), seed, STEPS)


def server(seed: int) -> None:
    """The same over HTTP: what the manager moves, and what we write, must be what a read tells."""
    with ManagersGoogle() as book:
        _walk_sheet(SheetWalk(seed, workbook=book).open_shop(), seed, STEPS)


def workbook(seed: int) -> None:
    """The same in a workbook file; after each write the file must say what was written."""
    with tempfile.TemporaryDirectory() as folder:
        book = ManagersFile(Path(folder) / "live.xlsx")
        _walk_sheet(SheetWalk(seed, workbook=book).open_shop(), seed, STEPS // 10)


def _walk_sheet(walk: SheetWalk, seed: int, steps: int) -> None:
    for step in range(1, steps + 1):
        walk.step()
        if step % _CALM == 0:
            walk.calm()
    walk.calm()
    calls = f"{walk.book.reads} reads, {walk.book.writes} writes"
    print(f"sheet, seed {seed}: {steps} steps, {walk.done['killed']} times killed, {calls}")


def main() -> None:
    """Each seed in a shop of its own."""
    if "files" in PARTS:
        spoil(FILES)
    if "printer" in PARTS:
        kill_the_printer(PAPERS)
    for part in (shop, sheets, server, workbook):
        for seed in range(FIRST, FIRST + SEEDS) if part.__name__ in PARTS else ():
            with tempfile.TemporaryDirectory() as folder:
                models.connect(f"sqlite:///{Path(folder) / 'walk.db'}")
                models.create_tables()
                part(seed)
                models.close()


if __name__ == "__main__":
    main()
