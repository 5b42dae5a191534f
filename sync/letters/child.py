"""The limited child that reads mails from outside: a script, run by path, never imported.

Takes one framed mail after the other from its standard input and answers each with a letter; it
dies rather than taking more memory, time or files than it was given.
"""

import resource
import sys
from pathlib import Path


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up, for good, what reading mails does not need."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform.startswith("linux"):  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def main(memory_bytes: int, cpu_seconds: int, most: int) -> None:
    """Read mails until there are no more."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    # Imported after the limits: everything below runs within them.
    limit(memory_bytes, cpu_seconds)
    from sync.letters import reading, wire

    given, out = sys.stdin.buffer, sys.stdout.buffer
    while raw := wire.read_frame(given, most):
        wire.send(out, reading.understand(raw))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
