"""The file itself: taken whole and never half-written, replaced whole and never under a hand."""

import hashlib
import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from errors import UnreadableError
from sync.readers.live import LARGEST_FILE
from sync.sheets.shapes import BrokenError, HeldError, MovedError, UnreachableError

#: So long a file that cannot be read is taken for one that is just being written.
PATIENCE_SECONDS = 60
#: File systems that count in two seconds (FAT, some shares) hide a second change within them.
COARSEST_SECONDS = 2.0
_SHORTEST_WAIT = 0.02
_CONFLICTED = re.compile(
    r"conflicted copy|in conflict|sync-conflict|SFConflict|_Conflict\b|\(\d\)$", re.IGNORECASE
)

Mark = tuple[int, int, int]  # size, time of change, inode: cheap to ask for


@dataclass(frozen=True, slots=True)
class Bytes:
    """What a file held at one moment; ``token`` is made of all of it."""

    content: bytes
    token: str
    mark: Mark
    settled: bool  # its time of change is old enough to tell a later change by


def mark_of(file: Path) -> Mark | None:
    """Size, time and inode of a file, or None while it is not there."""
    try:
        known = file.stat()
    except OSError:
        return None
    return known.st_size, known.st_mtime_ns, known.st_ino


def take(file: Path) -> Bytes:
    """The whole of a file nobody is writing at the moment.

    Raises:
        UnreachableError: its folder or it is not there, or it is being written; try again.
        BrokenError: it is gone, too large, or may not be read; a person must act.
    """
    before = mark_of(file)
    if before is None:
        raise _missing(file)
    if before[0] > LARGEST_FILE:
        raise BrokenError(
            f"{file.name} has {before[0] // 1_000_000} MB, more than the"
            f" {LARGEST_FILE // 1_000_000} MB of a sheet people share: move pictures and old rows"
            " into another file."
        )
    try:
        content = file.read_bytes()
    except PermissionError as refused:
        raise HeldError(f"{file.name} may not be read: another program holds it.") from refused
    except OSError as problem:
        raise UnreachableError(f"{file.name} cannot be read: {problem.strerror}.") from problem
    age = time.time() - before[1] / 1e9
    if age < COARSEST_SECONDS:
        time.sleep(_SHORTEST_WAIT)
    if mark_of(file) != before or len(content) != before[0]:
        raise UnreachableError(f"{file.name} is being written at this moment.")
    token = hashlib.sha256(content).hexdigest()
    return Bytes(content, token, before, settled=age > COARSEST_SECONDS)


def whole(file: Path, found: Bytes, problem: UnreadableError) -> UnreachableError | BrokenError:
    """What it means that a file cannot be read: it is half-written, or a person must act."""
    fresh = time.time() - found.mark[1] / 1e9 < PATIENCE_SECONDS
    if fresh and (not found.content or (found.content[:2] == b"PK" and _is_torn(file))):
        return UnreachableError(f"{file.name} is not written to its end yet.")
    return BrokenError(f"{file.name} cannot be read. {problem}")


@contextmanager
def replacing(file: Path, expected: Bytes, content: bytes) -> Iterator[None]:
    """Write a file beside this one, run the block, and put it in this one's place.

    Raises:
        MovedError: the file is no longer what was expected; nothing was written.
        HeldError: a program holds it.
        UnreachableError: the disk is full, or the share went away.
    """
    beside = file.with_name(f".~{file.name}.inhands")
    try:
        with beside.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if expected.content:
            shutil.copymode(file, beside)
        yield
        if mark_of(file) != (expected.mark if expected.content else None):
            raise MovedError(f"{file.name} was saved by somebody at this very moment.")
        beside.replace(file)
        _keep_folder(file.parent)
    except PermissionError as refused:
        raise HeldError(f"{file.name} may not be written: another program holds it.") from refused
    except OSError as problem:
        raise UnreachableError(
            f"{file.name} could not be written ({problem.strerror}); nothing of it was changed."
        ) from problem
    finally:
        with suppress(OSError):
            beside.unlink()


def warnings(file: Path) -> list[str]:
    """What lies beside the file and should not: copies of sync clients, saves of another kind."""
    try:
        beside = [one.name for one in file.parent.iterdir() if one.name != file.name]
    except OSError:
        return []
    stem, said = file.stem.casefold(), []
    for name in sorted(beside):
        other, _, kind = name.rpartition(".")
        if name.startswith((".", "~$")) or not other.casefold().startswith(stem):
            continue
        if kind.casefold() in ("xlsx", "xlsm") and _CONFLICTED.search(other):
            said.append(
                f"'{name}' lies beside the sheet: two people saved at once. Copy what is missing"
                f" into {file.name} and delete it."
            )
        elif kind.casefold() in ("ods", "xls") and other.casefold() == stem:
            said.append(
                f"'{name}' lies beside the sheet: only what is saved in {file.name} counts. Copy"
                " what is missing there and delete it."
            )
    return said


def _missing(file: Path) -> UnreachableError | BrokenError:
    if not file.parent.is_dir():
        return UnreachableError(
            f"The folder {file.parent} is not there: connect the share it lies on, or say where"
            " the file is now."
        )
    if time.time() - file.parent.stat().st_mtime < PATIENCE_SECONDS:
        return UnreachableError(f"{file.name} is not in the folder {file.parent} at the moment.")
    return BrokenError(
        f"{file.name} is no longer in the folder {file.parent}: put it back, or press Recreate to"
        " have a new one written."
    )


def _is_torn(file: Path) -> bool:
    """Whether an archive ends too early, or in the middle of two versions."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.testzip() is not None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError):
        return True


def _keep_folder(folder: Path) -> None:
    """Let the new name of the file outlive a power cut, where the system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
