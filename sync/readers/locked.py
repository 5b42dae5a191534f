"""Encrypted workbooks: Excel's own default password is tried, any other one is asked for. Pure."""

import io

from errors import UnreadableError

_DEFAULT = "VelvetSweatshop"  # what Excel takes for "protected, but open to all"


def unlock(content: bytes, password: str = "") -> bytes:
    """The plain workbook inside an encrypted one.

    Args:
        content: the encrypted file.
        password: what the sender said, or nothing.

    Raises:
        UnreadableError: it needs another password.
    """
    # Imported here: only encrypted files need it.
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    for word in filter(None, (password, _DEFAULT)):
        plain = io.BytesIO()
        try:
            file = msoffcrypto.OfficeFile(io.BytesIO(content))
            file.load_key(password=word)
            file.decrypt(plain)
        except (
            DecryptionError, FileFormatError, InvalidKeyError, ParseError, ValueError, KeyError,
            OSError, IndexError, TypeError, AttributeError, NotImplementedError, EOFError,
        ):  # fmt: skip
            continue  # not this word, or not built as its kind is
        if plain.getvalue()[:2] in (b"PK", b"\xd0\xcf"):
            return plain.getvalue()
    raise UnreadableError(
        "The file is password-protected: ask the sender for a copy without a password, or for the"
        " password."
    )
