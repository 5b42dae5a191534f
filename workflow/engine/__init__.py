"""The only writer of orders, jobs and tasks: one function for each thing a person can do.

``orders`` (create, change) · ``release`` (release, credit) · ``work`` (record, finish, reopen) ·
``decisions`` · ``plans`` · ``stops`` (hold, cancel) · ``artwork`` (files, proofs) · ``shipments`` ·
``customers`` (what they ask and are told).
Each public function checks the actor's rights, locks the order, decides by the pure rules beside
this package, and writes rows, event and outbox in one transaction.  The other files are theirs.
"""

from workflow.engine.artwork import (
    Said,
    add_artwork,
    add_version,
    approve_proof,
    proof_sent,
    proof_viewed,
    request_change,
    send_proof,
    store_file,
    use_artwork,
    waive_proof,
)
from workflow.engine.customers import (
    ask_shop,
    note_delivered,
    reply_inquiry,
    tell_late,
)
from workflow.engine.decisions import decide
from workflow.engine.orders import (
    Matches,
    OrderChange,
    change_order,
    create_order,
    mark_notes_read,
    settle_problem,
)
from workflow.engine.plans import acknowledge_change, change_job, change_job_date, plan_task
from workflow.engine.purges import purge_file
from workflow.engine.release import credit_check, release, release_credit, why_not_released
from workflow.engine.reports import ItemWork, Report
from workflow.engine.shipments import Box, Handover, record_shipment, void_shipment
from workflow.engine.stops import HoldWords, cancel_job, cancel_line, cancel_order, end_hold, hold
from workflow.engine.work import finish_task, record, reopen_task

__all__ = [
    "Box",
    "Handover",
    "HoldWords",
    "ItemWork",
    "Matches",
    "OrderChange",
    "Report",
    "Said",
    "acknowledge_change",
    "add_artwork",
    "add_version",
    "approve_proof",
    "ask_shop",
    "cancel_job",
    "cancel_line",
    "cancel_order",
    "change_job",
    "change_job_date",
    "change_order",
    "create_order",
    "credit_check",
    "decide",
    "end_hold",
    "finish_task",
    "hold",
    "mark_notes_read",
    "note_delivered",
    "plan_task",
    "proof_sent",
    "proof_viewed",
    "purge_file",
    "record",
    "record_shipment",
    "release",
    "release_credit",
    "reopen_task",
    "reply_inquiry",
    "request_change",
    "send_proof",
    "settle_problem",
    "store_file",
    "tell_late",
    "use_artwork",
    "void_shipment",
    "waive_proof",
    "why_not_released",
]
