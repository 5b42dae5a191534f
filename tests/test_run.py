"""`make run`, as a person sees it: it starts, says where it is, stops, and keeps the data."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

import clock
import models
from settings import ROOT
from tests import invariants
from tests.services import free_port, leave, locked, wait_until

pytestmark = [pytest.mark.pure, pytest.mark.slow]

READY = "Ctrl-C stops it"


@pytest.fixture(scope="session")
def first_run(run_folder):
    """What the first run left and said; it takes long, so all processes of the tests share it."""
    home = run_folder / "first-run"
    home.mkdir(exist_ok=True)
    with locked(home):
        if not (home / "seen.json").exists():
            seen = look_at_a_first_run(home)
            (home / "seen.json").write_text(json.dumps(seen))
    return home, json.loads((home / "seen.json").read_text())


def look_at_a_first_run(home):
    with running(home / "instance", home) as run:
        with urllib.request.urlopen(f"{run.address}/healthz") as answer:
            status = answer.status
        children = run.children
        ended = run.stop(signal.SIGINT)
    gone = [is_gone(pid) for pid in children.values()]
    return {
        "status": status,
        "children": list(children),
        "gone": gone,
        "ended": ended,
        "said": run.said,
    }


@pytest.fixture
def instance(first_run, tmp_path):
    """The folder of a shop with its demo, of this test's own."""
    return shutil.copytree(first_run[0] / "instance", tmp_path / "instance")


class Run:
    """A running serve.py and what it has said so far."""

    def __init__(self, process, log):
        self.process, self.log = process, log

    @property
    def said(self):
        return self.log.read_text()

    @property
    def address(self):
        return re.search(r"Inhands is at (\S+)", self.said)[1]

    @property
    def children(self):
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {_command(int(pid)): int(pid) for pid in listed.split()}

    def stop(self, number):
        self.process.send_signal(number)
        return self.process.wait(30)


def _command(pid):
    return "worker" if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes() else "web"


@contextmanager
def running(instance, tmp_path, **environment):
    log = tmp_path / "said.txt"
    environment = {**os.environ, "INSTANCE_DIR": str(instance), **environment}
    environment.setdefault("PORT", str(free_port()))
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "serve.py"], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
    run = Run(process, log)
    try:
        wait_until(lambda: READY in run.said or process.poll() is not None, "the start", 400)
        yield run
    finally:
        if process.poll() is None:
            run.stop(signal.SIGTERM)


def is_gone(pid):
    return not Path(f"/proc/{pid}").exists()


def test_the_first_run_starts_a_shop_with_its_demo_and_stops_on_ctrl_c(first_run):
    _home, seen = first_run

    assert seen["status"] == 200
    assert set(seen["children"]) == {"web", "worker"}
    assert "@" in seen["said"], "the demo's log-ins are shown"
    assert seen["ended"] == 0
    assert all(seen["gone"])
    assert "Traceback" not in seen["said"]


def test_a_second_run_makes_nothing_anew_and_shows_the_log_ins_again(instance, tmp_path):
    with running(instance, tmp_path) as run:
        ended = run.stop(signal.SIGTERM)

    assert "The tables are up to date" in run.said
    assert "Applied" not in run.said
    assert "@" in run.said
    assert ended == 0


@pytest.fixture
def demo_shop(instance):
    """The database of the demo shop, which the first run made."""
    opened = models.connect(f"sqlite:///{instance / 'inhands.db'}")
    yield opened
    leave(opened)


def test_the_demo_shop_has_something_of_everything(demo_shop):
    orders = models.Order.select()
    stages = {order.stage for order in orders}
    production = models.Department.select().where(models.Department.work == "production")
    open_jobs = models.Job.select().where(models.Job.closed_at.is_null())
    today = clock.today()
    seen = models.IncomingFile.select(models.IncomingFile.state).distinct()

    assert orders.count() >= 150
    assert stages == {"review", "sourcing", "production", "finishing", "done"}
    assert models.Department.select().count() >= 8
    assert production.count() >= 4
    assert models.Customer.select().count() == 40
    assert models.Product.select().count() == 200
    assert models.Variant.select(models.Variant.size).distinct().count() > 5
    assert open_jobs.where(models.Job.due_date < today).count() > 3
    assert open_jobs.where(models.Job.firm).count() > 3
    assert models.Hold.select().where(models.Hold.ended_at.is_null()).count() > 2
    assert models.DraftProblem.select().count() > 0
    assert {row.state for row in seen} >= {"accepted", "needs_person", "duplicate", "rejected"}
    for department in models.Department.select().where(models.Department.active):
        tasks = models.Task.select().where(models.Task.department == department)
        assert tasks.count() > 0, f"{department.name} has nothing to do"


def test_every_order_of_the_demo_shop_is_what_its_rows_say(demo_shop):
    for order in models.Order.select():
        invariants.check(order.id, told=False)  # its mails were sent long ago


def test_a_taken_port_means_the_next_one(instance, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        with running(instance, tmp_path, PORT=str(taken)) as run:
            address = run.address

    assert address != f"http://127.0.0.1:{taken}"
    assert f"Port {taken} is taken" in run.said


@pytest.mark.parametrize("name", ["web", "worker"])
def test_when_one_of_the_two_dies_the_other_is_stopped(instance, tmp_path, name):
    with running(instance, tmp_path) as run:
        children = run.children
        os.kill(children[name], signal.SIGKILL)
        ended = run.process.wait(30)

    assert ended == 1
    assert "ended by itself" in run.said
    assert all(is_gone(pid) for pid in children.values())


@pytest.mark.parametrize("command", [["serve.py"], ["-m", "flask", "migrate"]])
def test_a_bad_setting_stops_the_start_with_its_name(tmp_path, command):
    environment = {**os.environ, "INSTANCE_DIR": str(tmp_path), "PAGE_SIZE": "many"}

    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert ended.returncode == 2
    assert "Setting PAGE_SIZE must be a whole number from 5 to 500" in ended.stderr
    assert "Traceback" not in ended.stderr
