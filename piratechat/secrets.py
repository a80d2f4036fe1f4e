"""Secrets that the ini file does not have: made once, and kept."""

import hashlib
import logging
import os
import secrets

log = logging.getLogger(__name__)


#: Signs cookies.
NAME = "secret"
#: Opens the operator's page.
OPERATOR = "operator-secret"


def derived_key(secret: str, purpose: bytes) -> bytes:
    """Return a key of 64 bytes for one `purpose` (16 bytes at most): from it neither `secret` nor others are found."""
    return hashlib.blake2b(secret.encode(), person=purpose).digest()


def kept_secret(folder: str, name: str = NAME) -> str:
    """Return the secret `name` in `folder`, made if there is none; only the owner of the file can read it."""
    path = os.path.join(folder, name)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    try:
        with open(path) as file:
            return file.read().strip()
    except FileNotFoundError:
        pass
    # Written whole before it has its name: another process may be looking for it.
    made = f"{path}.{os.getpid()}"
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(made, path)
        log.warning("There is no %s in the ini file: one was made and is kept in %s", name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(made)
    with open(path) as file:
        return file.read().strip()
