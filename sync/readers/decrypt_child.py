"""The limited child that opens a file with its password: a script, run by path, never imported."""

import io
import json
import sys
from pathlib import Path


def main(memory_bytes: int, cpu_seconds: int) -> None:
    """Decrypt the file on the standard input, or say with a word why not."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

    from sync.readers.child import limit

    limit(memory_bytes, cpu_seconds)
    password = json.loads(sys.stdin.buffer.readline())["password"]
    made, out = io.BytesIO(), sys.stdout.buffer
    try:
        locked = msoffcrypto.OfficeFile(io.BytesIO(sys.stdin.buffer.read()))
        locked.load_key(password=password, verify_password=True)
        locked.decrypt(made)
    except InvalidKeyError:
        out.write(b"wrong\n")
    except (DecryptionError, ValueError, KeyError, OSError, AttributeError, NotImplementedError):
        out.write(b"unsupported\n")
    except Exception as error:  # noqa: BLE001 - a stranger's bytes: whatever the parser meets
        out.write(b"wrong\n" if "assword" in str(error) else b"unsupported\n")
    else:
        out.write(b"ok\n" + made.getvalue())
    out.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
