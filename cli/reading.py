"""``flask orders read``: what stands in order files, printed; no database is asked."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from errors import ShopError, UnreadableError
from sync import sources, transcript
from sync.drafts import OrderDraft, Problem
from sync.readers.sniff import refuse, sniff
from sync.sources import Incoming, Source

_AT_ONCE = 2


@click.command("read", short_help="Read order files and print what stands in them.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per file.")
def read_orders(files: tuple[Path, ...], as_json: bool) -> None:
    """Read files as they would be read from mail or upload, without writing anything.

    A file that cannot be read has its reason among its problems, and does not stop the others.
    """
    # The reading itself happens in other processes: two threads keep both of them busy.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file, (drafts, problems) in zip(files, pool.map(_read, files), strict=True):
            if as_json:
                said = transcript.of_file(str(file), drafts, problems)
                click.echo(json.dumps(said, ensure_ascii=False))
            else:
                _tell(file, drafts, problems)


def _read(file: Path) -> tuple[Sequence[OrderDraft], Sequence[Problem]]:
    try:
        document = Incoming(file.name, file.read_bytes())
        return list(_source(document).read(document)), ()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return (), (Problem("file", "lines", f"The file cannot be opened: {reason}."),)
    except ShopError as problem:
        return (), (Problem("file", "lines", str(problem)),)
    except Exception as broken:  # noqa: BLE001
        # The next file is still to be read; this one's reason is said like any other.
        reason = f"the reader stopped at something unexpected ({type(broken).__name__}: {broken})"
        return (), (Problem("file", "lines", f"{reason}; please report it with the file"),)


def _source(document: Incoming) -> Source:
    source = sources.recognise(document)
    if source is None:
        refuse(sniff(document.content))
        raise UnreadableError("Nobody here reads such a file: send an xlsx, xls or csv file.")
    return source


def _tell(file: Path, drafts: Sequence[OrderDraft], problems: Sequence[Problem]) -> None:
    for draft in drafts:
        name = draft.po_number or "no number"
        click.echo(f"{file}: order {name}, {draft.customer or 'no customer'}")
        for line in draft.lines:
            named = line.values.get("sku") or line.values.get("description") or "?"
            click.echo(f"  {line.address}: {line.quantity or '?'} x {named}")
    for problem in [*problems, *(p for draft in drafts for p in draft.problems)]:
        click.echo(f"  {problem.address}, {problem.field}: {problem.message}")
