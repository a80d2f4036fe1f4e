"""Tickets: short-lived messages to the chat that cannot be forged.

A ticket is `PAYLOAD.SIGNATURE`: JSON as unpadded base64url, and the HMAC-SHA256 of a prefix and the payload under
the secret that Plone and the chat share, in hexadecimal.  This module needs only the standard library.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time

#: Signed together with the payload, so that signatures for other purposes are invalid here.
PREFIX = b"piratechat ticket 1\n"
#: Seconds for which a ticket is valid.
LIFETIME = 60


def ticket(secret: str, purpose: str, **values: object) -> str:
    """Return a ticket with `values`, which the chat accepts once, for `purpose`."""
    whole = {"purpose": purpose, "expires": int(time.time()) + LIFETIME, "once": secrets.token_hex(16), **values}
    payload = base64.urlsafe_b64encode(json.dumps(whole, separators=(",", ":")).encode()).rstrip(b"=")
    return f"{payload.decode()}.{hmac.new(secret.encode(), PREFIX + payload, hashlib.sha256).hexdigest()}"
