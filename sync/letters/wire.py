"""Letters on their way out of the child: one line of JSON, then the bytes of the parts. Pure."""

import json
from dataclasses import asdict
from typing import IO

from sync.letters.letter import Bounce, Letter, Part

_LENGTH = 8


class BrokenWireError(Exception):
    """The other side ended in the middle, or says what no child of ours says."""


def write_frame(out: IO[bytes], content: bytes) -> None:
    """Some bytes, their length before them."""
    out.write(len(content).to_bytes(_LENGTH, "big"))
    out.write(content)


def read_frame(stream: IO[bytes], most: int) -> bytes:
    """The bytes of one frame; empty at the end.

    Raises:
        BrokenWireError: the stream ends too early, or the frame is larger than ``most``.
    """
    head = stream.read(_LENGTH)
    if not head:
        return b""
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > most:
        raise BrokenWireError(f"a frame of {length} bytes")
    content = stream.read(length)
    if len(content) < length:
        raise BrokenWireError("the stream ended")
    return content


def send(out: IO[bytes], letter: Letter) -> None:
    """Write a letter."""
    words = asdict(letter)
    for part in words["parts"]:
        part["content"] = len(part["content"])
    write_frame(out, json.dumps(words).encode())
    for piece in letter.parts:
        out.write(piece.content)
    out.flush()


def receive(stream: IO[bytes], most: int) -> Letter:
    """Read a letter.

    Raises:
        BrokenWireError: the child ended, or the letter is larger than ``most``.
    """
    head = read_frame(stream, most)
    if not head:
        raise BrokenWireError("the child ended")
    try:
        words = json.loads(head)
        sizes = [int(part["content"]) for part in words["parts"]]
        if sum(sizes) > most or min(sizes, default=0) < 0:
            raise BrokenWireError(f"parts of {sum(sizes)} bytes")
        contents = [stream.read(size) for size in sizes]
        if [len(content) for content in contents] != sizes:
            raise BrokenWireError("the stream ended")
        return _letter(words, contents)
    except (ValueError, TypeError, KeyError) as problem:
        raise BrokenWireError(str(problem)) from problem


def _letter(words: dict[str, object], contents: list[bytes]) -> Letter:
    parts = words.pop("parts")
    said = words.pop("bounce")
    assert isinstance(parts, list)
    pieces = tuple(Part(**{**p, "content": c}) for p, c in zip(parts, contents, strict=True))
    bounce = None
    if isinstance(said, dict):
        bounce = Bounce(**{**said, "message_ids": tuple(said["message_ids"])})
    rest = {key: tuple(v) if isinstance(v, list) else v for key, v in words.items()}
    return Letter(**rest, parts=pieces, bounce=bounce)  # type: ignore[arg-type]
