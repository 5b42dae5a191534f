"""The limited child that patches a stranger's workbook: a script, run by path, never imported.

Reads a line of JSON and the file from its standard input, writes a word and the new file, or the
reason why not, to its standard output.
"""

import json
import resource
import sys
from pathlib import Path


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up, for good, what patching one file does not need."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform.startswith("linux"):  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def main(memory_bytes: int, cpu_seconds: int) -> None:
    """Patch the file on the standard input, or say why not."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    limit(memory_bytes, cpu_seconds)
    from documents.annotate.notes import Note, RefusedError
    from documents.annotate.surgery import annotate

    asked = json.loads(sys.stdin.buffer.readline())
    notes = [Note(*note) for note in asked["notes"]]
    out = sys.stdout.buffer
    try:
        made = annotate(
            sys.stdin.buffer.read(), notes, author=asked["author"], marker=asked["marker"]
        )
        out.write(b"ok\n" + made)
    except RefusedError as error:
        out.write(b"refused\n" + str(error).encode())
    out.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
