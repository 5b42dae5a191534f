"""How often somebody behind a private link may try, and write."""

from flask import abort

import auth

#: In five minutes, by address; a token cannot be guessed, but nobody shall try.
TRIES_PER_ADDRESS = 120
#: Pictures of proofs load many at a time, and every one of them needs the link.
PICTURES_PER_ADDRESS = 600
WRITES_PER_LINK = 30


def not_too_often(key: str, limit: int) -> None:
    """Stop somebody who tries too often."""
    if not auth.may_try(key, limit):
        abort(429, "There were too many attempts. Wait five minutes, then try again.")
