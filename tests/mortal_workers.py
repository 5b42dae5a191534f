"""Workers that are killed at random moments, again and again, until somebody says stop.

Run as a program of its own: ``python -m tests.mortal_workers SETTINGS_JSON SEED SECONDS``.  It
prints how many it killed.  A closed standard input is the word to let the last ones end in peace.
"""

import json
import os
import random
import select
import signal
import sys
import time

import models
import worker
from settings import Settings

AT_ONCE = 3


def main() -> int:
    words, seed, seconds = json.loads(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    # A lease this short is refused in a shop; here nobody wants to wait for it.
    settings = Settings(**words).model_copy(
        update={"worker_lease_seconds": 1, "worker_poll_seconds": 0.05}
    )
    chance = random.Random(seed)
    alive: set[int] = set()
    killed, last_kill = 0, time.monotonic() + seconds
    while not select.select([sys.stdin], [], [], chance.uniform(0.01, 0.25))[0]:
        if time.monotonic() < last_kill and len(alive) == AT_ONCE:
            victim = chance.choice(sorted(alive))
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            alive.remove(victim)
            killed += 1
        while len(alive) < AT_ONCE:
            alive.add(_born(settings))
    for process in alive:
        os.kill(process, signal.SIGTERM)
    codes = {os.waitpid(process, 0)[1] for process in alive}
    sys.stdout.write(f"{killed} {sorted(codes)}\n")
    return 0


def _born(settings: Settings) -> int:
    process = os.fork()
    if process:
        return process
    models.connect(settings.database_url)
    worker.run(settings)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
