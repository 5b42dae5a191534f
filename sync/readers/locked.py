"""Office files with a password: Excel's own default is tried, any other is asked for. Pure.

Runs in the limited child only; the parent asks for it by ``safely.read_safely`` and
``safely.unlock_safely``.
"""

import io

from errors import UnreadableError

LONGEST_PASSWORD = 255
WRONG = "This is not the password of the file. Look for capitals and spaces, and try again."
UNSUPPORTED = "The file is locked in a way we cannot open: send a copy without a password."
_DEFAULT = "VelvetSweatshop"  # what Excel takes for "protected, but open to all"
_ASKED_FOR = (
    "The file is password-protected: ask the sender for a copy without a password, or for the"
    " password."
)
_OFFICE = (b"PK", b"\xd0\xcf")


def unlock(content: bytes) -> bytes:
    """The plain workbook inside one that Excel locked with its own password.

    Raises:
        UnreadableError: it needs a password.
    """
    try:
        return open_with(content, _DEFAULT)
    except UnreadableError as error:
        raise UnreadableError(_ASKED_FOR) from error


def open_with(content: bytes, password: str) -> bytes:
    """The plain file inside an encrypted one, opened with what its sender said.

    Raises:
        UnreadableError: another password, or a kind of lock we cannot open.
    """
    # Imported here: only encrypted files need it.
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    plain = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(content))
        file.load_key(password=password[:LONGEST_PASSWORD], verify_password=True)
        file.decrypt(plain)
    except InvalidKeyError as error:
        raise UnreadableError(WRONG) from error
    except (
        DecryptionError,
        FileFormatError,
        ParseError,
        ValueError,
        KeyError,
        OSError,
        IndexError,
        TypeError,
        AttributeError,
        NotImplementedError,
        EOFError,
    ) as error:  # fmt: skip - a stranger's bytes, built unlike their kind
        raise UnreadableError(WRONG if "assword" in str(error) else UNSUPPORTED) from error
    if plain.getvalue()[:2] not in _OFFICE:
        raise UnreadableError(UNSUPPORTED)
    return plain.getvalue()
