"""A printer that is killed at random while many papers are printed; what became of each."""

import random
import threading
from collections import Counter
from dataclasses import dataclass

from dock import printing
from models import Paper, Printer, PrintJob
from tests import shop
from worker import run
from workflow import engine, print_jobs

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
#: Less than in a shop, so that a thousand papers take minutes.
QUICK = printing.Patience(
    first_look=0.05,
    poll=0.02,
    off=0.05,
    longest_off=0.1,
    broke_off=0.3,
    crashed=0.3,
    longest_poll=0.1,
)


@dataclass
class Told:
    """How often the printer was killed, and the states of all print jobs."""

    kills: int
    states: Counter

    def words(self):
        return ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))


def a_paper(title="Traveler 1042"):
    kept = engine.store_file(PDF, "application/pdf")
    return Paper.create(kind="traveler", title=title, shows=title, file=kept)


def settled():
    return not PrintJob.select().where(PrintJob.state.in_(print_jobs.OPEN)).exists()


def kill_at_random(printer, settings, papers, seed=7):
    """Print while the printer is killed again and again.

    Raises:
        AssertionError: a paper came out twice, or counts as printed and did not come out.
    """
    before, printing.PATIENCE = printing.PATIENCE, QUICK
    try:
        kills = _print_and_kill(printer, settings, papers, random.Random(seed))
    finally:
        printing.PATIENCE = before
    came_out = Counter(name.partition(" try ")[0] for name in printer.printed)
    states = Counter()
    for job in PrintJob.select():
        times = came_out[job.name.partition(" try ")[0]]
        assert times <= 1, f"{job.name} came out {times} times"
        assert job.state in ("printed", "check", "failed"), f"{job.name} is {job.state}"
        assert job.state != "printed" or times == 1, f"{job.name} did not come out"
        states[job.state] += 1
    return Told(kills, states)


def _print_and_kill(printer, settings, papers, chance):
    row = Printer.create(name="Killed", address=printer.address)
    for number in range(papers):
        print_jobs.ask(a_paper(f"Paper {number}"), row, shop.BOSS)
    over, kills = threading.Event(), []

    def kill():
        while not over.wait(chance.uniform(0.1, 1.5)):
            printer.kill()
            kills.append(1)
            over.wait(chance.uniform(0, 0.3))
            printer.start()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        while not settled():
            run(settings, once=True)
    finally:
        over.set()
        killer.join()
    return len(kills)
