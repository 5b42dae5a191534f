"""The sheet at the terminal: for now, a Google of our own to develop against."""

from typing import Any

import click

from cli.base import Refusal


@click.group("sheets", short_help="The sheet that managers work in.")
def sheets() -> None:
    """Everything about the shared sheet."""


@sheets.command("emulator", short_help="A Sheets server on this machine, to try things on.")
@click.option("--port", default=8009, show_default=True, help="Where it listens, on loopback only.")
@click.option("--empty", is_flag=True, help="Without the small workbook to begin with.")
def emulator(*, port: int, empty: bool) -> None:
    """Answer as Google Sheets and Drive do, until stopped; the page lets you be the manager."""
    from sheets_emulator import Server

    try:
        server = Server(port=port)
    except OSError as problem:
        said = f"Port {port} cannot be used ({problem}). Choose another with --port."
        raise Refusal(said) from problem
    if not empty:
        server.seed("Live orders", {"Orders": _DEMO}, file_id="demo-workbook")
    click.echo(f"Sheets emulator at {server.url} (Ctrl-C stops it; nothing is kept).")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("Stopped.")


_DEMO: list[list[Any]] = [
    ["Order", "Customer", "Status", "Due", "Pieces"],
    ["1001", "Riverside Rowing Club", "In work", "2026-12-04", 48],
    ["1002", "Café Morgenrot", "Proof sent", "2026-12-11", 120],
    ["1003", "Hill Street School", "Ready", "2026-11-27", 30],
]
