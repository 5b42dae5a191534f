"""Secrets of others (passwords, tokens) in our database, unreadable without this shop's own secret.

A copy of the database, such as a backup, does not give them away.  Who loses SECRET_KEY types
the passwords again.
"""

import base64
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken

from errors import ShopError
from settings import get_settings


def seal(text: str) -> str:
    """A secret as it is stored; nothing stays nothing."""
    return _lock().encrypt(text.encode()).decode() if text else ""


def unseal(stored: str) -> str:
    """The secret again.

    Raises:
        ShopError: it was sealed with another SECRET_KEY.
    """
    if not stored:
        return ""
    try:
        return _lock().decrypt(stored.encode()).decode()
    except (InvalidToken, ValueError) as problem:
        raise ShopError(
            "The stored password cannot be read: SECRET_KEY has changed since it was typed. "
            "Type the password of this mailbox again under Set-up, Mailboxes."
        ) from problem


def _lock() -> Fernet:
    secret = get_settings().secret_key.get_secret_value()
    return Fernet(base64.urlsafe_b64encode(sha256(f"mailbox:{secret}".encode()).digest()))
