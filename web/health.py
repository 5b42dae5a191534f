"""For those who watch the shop: does the process run, is it ready, what does it count.

``/metrics`` answers only the networks of the setting METRICS_FROM (this machine by default).
With several web processes set PROMETHEUS_MULTIPROC_DIR to an empty folder, so that all of them
count together; what is read from the database is the same in each.
"""

import os
import shutil
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import peewee
from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import clock
import migrate
import models
from models import Job, OutboxRow
from web.logs import seconds_so_far

FREE_BYTES_NEEDED = 50 * 1024 * 1024
health = Blueprint("health", __name__)

_counted = CollectorRegistry()
_REQUESTS = Counter(
    "inhands_requests_total", "Requests answered", ["endpoint", "status"], registry=_counted
)
_SECONDS = Histogram(
    "inhands_request_seconds",
    "Time to answer",
    ["endpoint"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_counted,
)


def count_requests(app: Flask) -> None:
    """Count every answer, and the seconds it took, by endpoint."""

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        _REQUESTS.labels(endpoint, response.status_code).inc()
        _SECONDS.labels(endpoint).observe(seconds_so_far())
        return response


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process runs; nothing else is asked."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Whether requests can be answered: database, migrations, room on the disk."""
    reasons = list(_why_not_ready())
    status = 503 if reasons else 200
    return jsonify(status="not ready" if reasons else "ok", reasons=reasons), status


@health.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus."""
    if not _may_read_metrics(request.remote_addr or ""):
        abort(403)
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Passing(_counted))
    registry.register(_Shop())
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


def _why_not_ready() -> Iterator[str]:
    try:
        models.database.execute_sql("SELECT 1")
        missing = migrate.pending()
        if missing:
            yield f"migrations are missing: {', '.join(missing)}; run `make migrate`"
    except (peewee.OperationalError, peewee.InterfaceError, OSError):
        yield "the database does not answer"
    finally:
        models.close()
    folder = current_app.config["INSTANCE_DIR"]
    if not os.access(folder, os.W_OK):
        yield f"{folder} cannot be written"
    elif shutil.disk_usage(folder).free < FREE_BYTES_NEEDED:
        yield f"the disk of {folder} is nearly full"


def _may_read_metrics(address: str) -> bool:
    networks = current_app.config["METRICS_FROM"].replace(",", " ").split()
    try:
        visitor = ip_address(address)
    except ValueError:
        return False
    return any(visitor in ip_network(network, strict=False) for network in networks)


class _Passing(Collector):
    """The figures of this process."""

    def __init__(self, counted: CollectorRegistry) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        return iter(self._counted.collect())


class _Shop(Collector):
    """What the database knows; nothing while it does not answer."""

    def collect(self) -> Iterator[Metric]:
        try:
            yield from (_outbox(), _age(), _jobs())
        except (peewee.OperationalError, peewee.InterfaceError):
            yield GaugeMetricFamily("inhands_database_up", "The database answers", value=0)
        else:
            yield GaugeMetricFamily("inhands_database_up", "The database answers", value=1)


def _outbox() -> Metric:
    waiting = OutboxRow.done_at.is_null() & OutboxRow.dead_at.is_null()
    family = GaugeMetricFamily("inhands_outbox_rows", "Rows of the outbox", labels=["state"])
    family.add_metric(["waiting"], OutboxRow.select().where(waiting).count())
    family.add_metric(["dead"], OutboxRow.select().where(OutboxRow.dead_at.is_null(False)).count())
    return family


def _age() -> Metric:
    waiting = OutboxRow.done_at.is_null() & OutboxRow.dead_at.is_null()
    oldest = OutboxRow.select(peewee.fn.MIN(OutboxRow.run_at)).where(waiting).scalar()
    seconds = 0.0
    if oldest is not None:
        moment = OutboxRow.run_at.python_value(oldest)
        seconds = max(0.0, (clock.now() - moment).total_seconds())
    return GaugeMetricFamily(
        "inhands_outbox_oldest_seconds", "How long the oldest waiting row is due", value=seconds
    )


def _jobs() -> Metric:
    family = GaugeMetricFamily("inhands_open_jobs", "Open jobs", labels=["stage"])
    number = peewee.fn.COUNT(Job.id).alias("number")
    counted = Job.select(Job.stage, number).where(Job.closed_at.is_null()).group_by(Job.stage)
    found: Any = counted.dicts()
    for row in found:
        family.add_metric([row["stage"]], row["number"])
    return family
