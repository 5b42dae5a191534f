"""One file that holds the whole shop: made while it runs, checked before it is put back.

A backup is a zip of two: ``manifest.json`` says what it is (which database, which migrations, how
many rows), ``shop.db`` or ``shop.dump`` is the database itself.  It holds everything but the
settings, the secret key and mails kept as files.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import clock
import migrate
import models
from errors import BlockedError, ShopError
from ops import copies
from ops.copies import Counts
from settings import Settings

PRODUCT, FORMAT = "Inhands", 1
MANIFEST = "manifest.json"
PARTS = {"sqlite": "shop.db", "postgresql": "shop.dump"}
MIGRATIONS = "schema_migration"
#: A shop with rows here is somebody's shop.
_PRECIOUS = ("orders", "customers", "products", "people", "incoming_files")


class BackupError(ShopError):
    """A backup could not be made or is not what it should be; the sentence says why."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    database: str
    made_at: str
    migrations: list[str]
    rows: Counts
    product: str = PRODUCT
    format: int = FORMAT


@dataclass(frozen=True)
class Restored:
    """What was put back, where the shop that was there before is kept, and what was migrated."""

    manifest: Manifest
    kept: Path | None = None
    migrated: list[str] = field(default_factory=list)


# ---------------------------------------------------------------- making


def write(target: Path, settings: Settings) -> Manifest:
    """Copy the shop as it is at this moment into one new file.

    Raises:
        BackupError: the file is there already, or cannot be written.
        CopyError: the database could not be copied.
    """
    if target.exists():
        raise BackupError(f"{target} is there already: take another name, or move it away.")
    try:
        with _workroom(target.parent) as room:
            kind = _kind(settings)
            part = room / PARTS[kind]
            names = [*_table_names(), MIGRATIONS]
            if kind == "sqlite":
                rows = copies.copy_sqlite(_sqlite_file(settings), part, names)
            else:
                rows = copies.copy_postgresql(settings.database_url, part, names)
            rows.pop(MIGRATIONS, None)
            manifest = Manifest(kind, clock.now().isoformat(), _applied(), rows)
            _pack(room / "backup.zip", manifest, part)
            # Not rename(): it would replace a file somebody else made meanwhile.
            os.link(room / "backup.zip", target)
    except OSError as problem:
        raise BackupError(f"{target} cannot be written: {problem.strerror}.") from problem
    return manifest


def _pack(target: Path, manifest: Manifest, part: Path) -> None:
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=3) as file:
        file.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")
        file.write(part, part.name)
    target.chmod(0o600)  # customers' addresses are in it
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _applied() -> list[str]:
    if not models.database.table_exists(MIGRATIONS):
        return []
    found = models.database.execute_sql(f"SELECT name FROM {MIGRATIONS} ORDER BY name")
    return [str(row[0]) for row in found]


# ---------------------------------------------------------------- putting back


def restore(source: Path, settings: Settings, *, replace: bool = False) -> Restored:
    """Put a backup in the place of the shop, and bring its tables up to date.

    The backup is checked first.  A shop that is there is replaced only when ``replace`` says so,
    and is itself backed up before.

    Raises:
        BackupError: the file is no backup, is damaged, or does not fit; nothing was changed.
        BlockedError: there is a shop already.
    """
    manifest = read_manifest(source)
    _require_fitting(manifest, source, settings)
    filled = _filled_tables()
    if filled and not replace:
        raise BlockedError(
            "Nothing was restored",
            [
                f"there is a shop already ({', '.join(filled)})",
                "stop it and say --replace; what is there now is backed up first",
            ],
        )
    with _workroom(settings.instance_dir) as room:
        part = _unpack(source, manifest, room)
        kept = _keep_the_old(settings) if filled else None
        models.disconnect()
        if manifest.database == "sqlite":
            copies.load_sqlite(part, _sqlite_file(settings))
        else:
            names = {*_table_names(), *manifest.rows, MIGRATIONS}
            copies.load_postgresql(part, settings.database_url, sorted(names))
    migrated = migrate.apply_migrations() if manifest.migrations else []
    return Restored(manifest, kept, migrated)


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself.

    Raises:
        BackupError: it is no backup of ours, or one of a newer version.
    """
    try:
        with zipfile.ZipFile(source) as file:
            said: Any = json.loads(file.read(MANIFEST))
        manifest = Manifest(**said)
    except OSError as problem:
        raise BackupError(f"{source} cannot be read: {problem.strerror}.") from problem
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as problem:
        raise BackupError(f"{source} is not a backup made with `flask backup`.") from problem
    if manifest.product != PRODUCT or manifest.database not in PARTS:
        raise BackupError(f"{source} is not a backup made with `flask backup`.")
    if manifest.format > FORMAT:
        raise BackupError(f"{source} was made by a newer Inhands: restore it with that version.")
    return manifest


def _require_fitting(manifest: Manifest, source: Path, settings: Settings) -> None:
    here = _kind(settings)
    if manifest.database != here:
        raise BackupError(
            f"{source} holds a shop on {manifest.database}, but DATABASE_URL is {here}: "
            "restore it into a database of the same kind."
        )
    known = {path.stem for path in migrate.DIRECTORY.glob("[0-9]*.py")}
    newer = [name for name in manifest.migrations if name not in known]
    if newer:
        raise BackupError(
            f"{source} was made by a newer Inhands ({', '.join(newer)}): "
            "restore it with that version."
        )


def _unpack(source: Path, manifest: Manifest, room: Path) -> Path:
    try:
        with zipfile.ZipFile(source) as file:
            part = Path(file.extract(PARTS[manifest.database], room))
    except (OSError, zipfile.BadZipFile, KeyError, EOFError) as problem:
        raise BackupError(f"{source} is damaged ({problem}): take another backup.") from problem
    if manifest.database == "sqlite":
        _require_same_rows(part, manifest, source, room)
    return part


def _require_same_rows(part: Path, manifest: Manifest, source: Path, room: Path) -> None:
    """Read the whole copy once, before anything is replaced by it."""
    found = copies.copy_sqlite(part, room / "check.db", list(manifest.rows))
    if found != manifest.rows:
        wrong = [n for n in manifest.rows if found.get(n) != manifest.rows[n]]
        raise BackupError(f"{source} is damaged (rows of {', '.join(wrong)}): take another backup.")


def _keep_the_old(settings: Settings) -> Path:
    folder = settings.instance_dir / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"before-restore-{clock.now():%Y%m%d-%H%M%S-%f}.zip"
    write(kept, settings)
    return kept


def _filled_tables() -> list[str]:
    """What is there already, in words: "orders: 12"; empty for an empty shop."""
    found = []
    for table in models.TABLES:
        name = table._meta.table_name
        if name in _PRECIOUS and models.database.table_exists(name):
            count = table.select().count()
            if count:
                found.append(f"{name.replace('_', ' ')}: {count:,}")
    return found


# ---------------------------------------------------------------- where things are


def _kind(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite") else "postgresql"


def _sqlite_file(settings: Settings) -> Path:
    return Path(unquote(urlsplit(settings.database_url).path[1:]))


def _table_names() -> list[str]:
    return [str(table._meta.table_name) for table in models.TABLES]


@contextmanager
def _workroom(folder: Path) -> Iterator[Path]:
    """A folder of our own on the same disk, gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".inhands-", dir=folder) as room:
        yield Path(room)
