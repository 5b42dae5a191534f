"""Fetches a mailbox until somebody kills it: ``python -m tests.mortal_fetcher SETTINGS NAME``."""

import json
import os
import sys

import models
from sync.channels import inbox as folder
from sync.channels.imap import Connection


def main() -> int:
    words, name = json.loads(sys.argv[1]), sys.argv[2]
    models.connect(words["database_url"])
    taken = folder.take(folder.called(name).id, f"mortal {os.getpid()}")
    with Connection(taken) as connection:
        folder.fetch(connection)
    return 0


if __name__ == "__main__":
    sys.exit(main())
