"""The limited child that reads bytes from outside: a script, run by path, never imported by it.

It waits, with everything imported, for jobs on a socket. Each job brings the file and a pipe for
the answer; a copy of the process (a fork) takes limits, reads, writes ``wire`` lines and ends. So a
file that kills its reader kills only that copy, and the next file begins with a clean one.
"""

import gc
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

JOB_BYTES = 4096


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up, for good, what reading one file does not need."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform.startswith("linux"):  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def serve(jobs: socket.socket) -> None:
    """Do one job after the other, each in a copy of this process, until the parent goes away."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from errors import UnreadableError as UnreadableError  # everything is imported once
    from sync.readers import live as live
    from sync.readers import reading as reading
    from sync.readers import wire as wire

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the copies
    while True:
        said, files, _flags, _sender = socket.recv_fds(jobs, JOB_BYTES, 2)
        if len(files) != 2:
            return
        if os.fork() == 0:
            jobs.close()
            _do(json.loads(said), *files)
        for file in files:
            os.close(file)


def _do(job: dict[str, Any], given: int, answer: int) -> None:
    """Read one file within its limits and end, whatever happens."""
    gc.disable()  # what is left behind ends with the process
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, float(job["wall"]))  # nobody catches its alarm
        limit(int(job["memory"]), int(job["cpu"]))
        _answer(job, given, answer)
    finally:
        os._exit(0)


def _answer(job: dict[str, Any], given: int, answer: int) -> None:
    from errors import UnreadableError
    from sync.readers import live, locked, reading, wire

    with open(given, "rb") as file, open(answer, "wb") as out:
        try:
            if job["task"] == "unlock":
                plain = locked.open_with(file.read(), str(job["password"]))
                out.write(wire.DONE + b"\n" + plain)
                return
            if job["task"] == "live":
                lines = live.encode(live.read_live(file.read(), job["titles"]))
            else:
                lines = wire.encode(reading.read_table_file(file.read(), ""))
            for line in lines:
                out.write(line.encode() + b"\n")
        except UnreadableError as error:
            out.write(wire.refusal(str(error)).encode() + b"\n")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
