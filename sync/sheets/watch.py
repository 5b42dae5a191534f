"""Keeps every shared sheet as long as the worker runs: a thread each, one process per sheet."""

import logging
import os
import secrets
import socket
import threading

from peewee import PeeweeException

import clock
import models
from errors import ShopError
from models import SheetLink
from sync.sheets import authors, turns

_SLICE_SECONDS, _SHORTEST_SECONDS = 1.0, 0.05
_SHORT = 200
log = logging.getLogger("inhands.sheets")


class SheetWatch:
    """All shared sheets of the shop; start it and stop it with the worker."""

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._stopping = threading.Event()
        self._at_work: dict[int, threading.Thread] = {}
        self._thread = threading.Thread(target=self._run, name="sheet watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self, seconds: float = 10) -> None:
        """End; a cycle at hand is finished, or found by the next read."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._at_work = {k: t for k, t in self._at_work.items() if t.is_alive()}
            pause = _SLICE_SECONDS
            try:
                pause = self._begin_what_is_due()
            except PeeweeException as problem:
                log.warning("The shared sheets cannot be looked up: %s", _line(problem))
                models.drop_connection()
            self._stopping.wait(pause)
        for thread in self._at_work.values():
            thread.join(10)
        models.close()

    def _begin_what_is_due(self) -> float:
        """Begin it; the seconds until something else is due, but never longer than a slice."""
        links = list(SheetLink.select())
        newest = turns.newest_event() if links else 0
        pause = _SLICE_SECONDS
        for link in links:
            due = turns.due_at(link, newest) if link.id not in self._at_work else None
            if due is None:
                continue
            left = (due - clock.now()).total_seconds()
            if left > 0:
                pause = min(pause, max(left, _SHORTEST_SECONDS))
                continue
            name = f"sheet {link.id}"
            work = threading.Thread(target=self._work, args=(link.id,), name=name, daemon=True)
            self._at_work[link.id] = work
            work.start()
        return pause

    def _work(self, link_id: int) -> None:
        """One cycle in a thread of its own: a sheet that does not answer holds up no other."""
        owner = f"{self.owner}:{link_id}"
        try:
            link = turns.take(link_id, owner)
            if link is None:  # another process keeps it; perhaps it dies
                self._stopping.wait(5 * _SLICE_SECONDS)
                return
            try:
                turns.run(link)
                authors.fill_in(link)
            finally:
                turns.give_back(link_id, owner)
        except ShopError as problem:
            log.warning("Shared sheet %s: %s", link_id, problem)
        except PeeweeException as problem:
            log.warning("Shared sheet %s: %s", link_id, _line(problem))
            models.drop_connection()
        except Exception:
            log.exception("Shared sheet %s", link_id)
            self._stopping.wait(5 * _SLICE_SECONDS)
        finally:
            models.close()


def _line(problem: BaseException) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0][:_SHORT]
