"""Keeping the shop alive at the terminal: worker, tables, demo, backup, restore."""

import logging
from pathlib import Path

import click

import backup
import migrate
import worker
from cli.base import Refusal, Verb, app_settings


@click.command("worker", cls=Verb, short_help="Do what the outbox asks for, until stopped.")
@click.option("--once", is_flag=True, help="Only what is due now, then end.")
def work(*, once: bool) -> None:
    """Send, read and tidy up until SIGTERM or Ctrl-C; as many at once as you like."""
    logging.getLogger("inhands.worker").info("worker started")
    tried = worker.run(app_settings(), once=once)
    if once:
        click.echo(f"{tried} rows of the outbox tried.")


@click.command("migrate", cls=Verb, short_help="Bring the tables up to date.")
@click.option("--check", is_flag=True, help="Only say whether they are; exit code 1 if not.")
@click.option("--make", "name", metavar="NAME", help="Write the next file from models.py instead.")
def migrate_tables(*, check: bool, name: str | None) -> None:
    """Apply the migrations that are missing, in order."""
    if name:
        path = migrate.make_migration(name)
        click.echo(f"Written: {path}. Read it." if path else "There is nothing to migrate.")
    elif check:
        _check_tables()
    else:
        applied = migrate.apply_migrations()
        click.echo(f"Applied: {', '.join(applied)}." if applied else "The tables are up to date.")


def _check_tables() -> None:
    missing = migrate.pending()
    if missing:
        raise Refusal(f"Not applied: {', '.join(missing)}. Run `flask migrate`.")
    different = migrate.differences()
    if different:
        raise Refusal(
            f"The tables are not what models.py says ({'; '.join(different)}): write the migration "
            "with `flask migrate --make NAME`."
        )
    click.echo("The tables are what the code expects.")


@click.command("demo", cls=Verb, short_help="Fill the shop with the demo.")
@click.option("--if-empty", is_flag=True, help="Only an empty shop; a filled one is left alone.")
def demo_shop(*, if_empty: bool) -> None:
    """Fill the shop with customers, products and orders to look at."""
    import demo  # large, and nobody else needs it

    words = str(demo.fill(if_empty=if_empty))
    if words:
        click.echo(words)


@click.command("backup", cls=Verb, short_help="Copy the whole shop into one file: backup FILE.")
@click.argument("file", type=click.Path(path_type=Path))
def back_up(file: Path) -> None:
    """Copy the shop into one new file, while it runs."""
    made = backup.write(file.resolve(), app_settings())
    click.echo(f"{_size(file)} with {sum(made.rows.values()):,} rows: {file}")


@click.command("restore", cls=Verb, short_help="Put a backup back: restore FILE.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Also where a shop is; it is backed up first.")
def restore_backup(file: Path, *, replace: bool) -> None:
    """Check a backup, then put it in the place of the shop."""
    restored = backup.restore(file.resolve(), app_settings(), replace=replace)
    if restored.kept:
        click.echo(f"What was here before is kept: {restored.kept}")
    if restored.migrated:
        click.echo(f"Brought up to date: {', '.join(restored.migrated)}.")
    rows = sum(restored.manifest.rows.values())
    click.echo(f"Restored {rows:,} rows of {restored.manifest.made_at[:16]}. Restart the services.")


def _size(file: Path) -> str:
    size = file.stat().st_size
    return f"{size / 1_000_000:,.1f} MB" if size > 1_000_000 else f"{size / 1000:,.0f} kB"
