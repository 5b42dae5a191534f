"""``python -m bench.soak``: the random walk over all actions, 20 seeds of 10,000 steps."""

import os
import tempfile
from pathlib import Path

import models
from tests.walk import Walk

SEEDS = int(os.environ.get("SOAK_SEEDS", "20"))
STEPS = int(os.environ.get("SOAK_STEPS", "10000"))


def main() -> None:
    """Walk, each seed in a shop of its own; an invariant that does not hold stops the walk."""
    for seed in range(1, SEEDS + 1):
        with tempfile.TemporaryDirectory() as folder:
            models.connect(f"sqlite:///{Path(folder) / 'walk.db'}")
            models.create_tables()
            walk = Walk(seed).open_shop()
            for _ in range(STEPS):
                walk.step()
            models.close()
            done, refused = sum(walk.done.values()), sum(walk.refused.values())
            print(f"seed {seed}: {done} done, {refused} refused")


if __name__ == "__main__":
    main()
