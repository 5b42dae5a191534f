"""The limited child that reads bytes from outside: a script, run by path, never imported.

Reads the file from its standard input, writes ``wire`` lines to its standard output, and dies
rather than taking more memory, time or files than it was given.
"""

import resource
import sys
from pathlib import Path


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up, for good, what reading one file does not need."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform.startswith("linux"):  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def main(memory_bytes: int, cpu_seconds: int) -> None:
    """Read the file on the standard input and say what stands in it, or why not."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    # Imported after the limits: everything below runs within them.
    limit(memory_bytes, cpu_seconds)
    from errors import UnreadableError
    from sync.readers import reading, wire

    out = sys.stdout.buffer
    try:
        book = reading.read_table_file(sys.stdin.buffer.read(), "")
        for line in wire.encode(book):
            out.write(line.encode() + b"\n")
    except UnreadableError as error:
        out.write(wire.refusal(str(error)).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
