"""What customers see, who have no account: pages behind a private link, and nothing else."""

from flask import Blueprint

from portal import answers, pages, proofs


def blueprint() -> Blueprint:
    """The pages of customers; ``auth.OPEN`` lets this blueprint through without a log-in."""
    portal = Blueprint("portal", __name__)
    answers.add_to(portal)
    pages.add_to(portal)
    proofs.add_to(portal)
    return portal
