"""Who has the file open: the lock files of LibreOffice and Excel, read, respected, never deleted.

LibreOffice: ``.~lock.NAME#`` holds ``user,login,host,DD.MM.YYYY HH:MM,profile;``, commas and the
like behind a backslash (source: svl/lockfilecommon.cxx).  Excel and newer LibreOffices:
``~$NAME``, 165 bytes, the user's name padded with blanks and again in UTF-16 (source:
svl/msodocumentlockfile.cxx).
"""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import clock
from sync.sheets.shapes import HeldError

OUR_NAME = "Inhands"
_OURS = "inhands:"  # where LibreOffice names a profile, we name our process
_OLD = timedelta(days=1)
_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has the file open, as the lock file ``path`` says."""

    name: str
    path: Path
    since: datetime | None = None

    @property
    def words(self) -> str:
        """For people: "open by Ann since 16:58"; an old lock is asked about."""
        said = f"open by {self.name or 'somebody'}"
        if self.since is None:
            return said
        here = clock.local(self.since)
        today = here.date() == clock.today()
        said += f" since {here:%H:%M}" if today else f" since {here.day} {here:%B, %H:%M}"
        if clock.now() - self.since > _OLD:
            said += (
                f"; if nobody has it open any more, delete {self.path.name} in the folder"
                f" {self.path.parent}"
            )
        return said


def holder_of(file: Path) -> Holder | None:
    """Who has the file open in a spreadsheet program, or None."""
    office, excel = _office_lock(file), file.with_name(f"~${file.name}")
    return _read_office(office) or _read_excel(excel)


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold the file, for LibreOffice to see, while we write it.

    Raises:
        HeldError: somebody has it open, or another process of ours writes it at this moment.
    """
    lock = _office_lock(file)
    holder = holder_of(file)
    if holder is not None:
        raise HeldError(f"{file.name} is {holder.words}: what is new waits until it is closed.")
    try:
        number = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as taken:
        if not _is_left_over(lock):
            raise HeldError(f"{file.name} is being opened by somebody at this moment.") from taken
        lock.unlink(missing_ok=True)
        raise HeldError(f"{file.name} was left locked by us; it goes on with the next try.") from (
            taken
        )
    except PermissionError as refused:
        raise HeldError(
            f"We may not write into the folder {file.parent}: let the account the shop runs under"
            " create files there."
        ) from refused
    try:
        with os.fdopen(number, "w", encoding="utf-8") as out:
            out.write(_our_words())
        yield
    finally:
        with suppress(FileNotFoundError):
            lock.unlink()


def _our_words() -> str:
    moment = f"{datetime.now():%d.%m.%Y %H:%M}"  # noqa: DTZ005 - lock files hold local times
    host = re.sub(r"([\\,;])", r"\\\1", socket.gethostname())
    return f"{OUR_NAME},{OUR_NAME.lower()},{host},{moment},{_OURS}{os.getpid()};"


def _office_lock(file: Path) -> Path:
    return file.with_name(f".~lock.{file.name}#")


def _read_office(lock: Path) -> Holder | None:
    fields = _fields(lock)
    if fields is None or _is_left_over(lock):
        return None
    name = next((text for text in fields[:3] if text), "")
    return Holder(name[:80], lock, _moment(fields[3] if len(fields) > 3 else "", lock))


def _fields(lock: Path) -> list[str] | None:
    try:
        said = lock.read_bytes()[:_LARGEST].decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError:  # it is there, and nobody else may read it
        return []
    entry = re.split(r"(?<!\\);", said, maxsplit=1)[0]
    return [re.sub(r"\\(.)", r"\1", text).strip() for text in re.split(r"(?<!\\),", entry)]


def _is_left_over(lock: Path) -> bool:
    """Whether a lock is our own, of a process of this machine that ended without taking it away."""
    fields = _fields(lock) or []
    if len(fields) < 5 or fields[0] != OUR_NAME or fields[2] != socket.gethostname():
        return False
    number = fields[4].removeprefix(_OURS)
    return number.isdecimal() and not _lives(int(number))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read_excel(lock: Path) -> Holder | None:
    try:
        said = lock.read_bytes()[:_LARGEST]
    except FileNotFoundError:
        return None
    except OSError:  # Excel keeps it open for itself
        return Holder("", lock, _changed(lock))
    long = said[0] if said else 0
    name = said[1 : 1 + min(long, 54)].decode("cp1252", "replace").strip("\x00 ")
    wide = said[55:57]
    if len(wide) == 2 and 0 < int.from_bytes(wide, "little") <= 54:
        end = 57 + 2 * int.from_bytes(wide, "little")
        name = said[57:end].decode("utf-16-le", "replace").strip("\x00 ") or name
    return Holder(name[:80], lock, _changed(lock))


def _moment(text: str, lock: Path) -> datetime | None:
    try:
        return datetime.strptime(text, "%d.%m.%Y %H:%M").astimezone()
    except ValueError:
        return _changed(lock)


def _changed(lock: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(lock.stat().st_mtime).astimezone()
    except OSError:
        return None
