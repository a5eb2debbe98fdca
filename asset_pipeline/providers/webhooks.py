"""Whether a webhook is Replicate's: its signature and its age, by Replicate's guide "Verify webhooks".

Pure: it knows no clock and no network. What a webhook says is never looked at here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from asset_pipeline.errors import WebhookHeaderError, WebhookSecretError, WebhookSignatureError, WebhookTimeError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
WINDOW_S = 300
_PREFIX = "whsec_"
# What is signed joins its parts by dots. An id without any leaves one way only to take it apart again.
_MESSAGE_ID = re.compile(r"[!-\-/-~]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,12}")
# Each with its version before the comma; those of other versions than ours simply match nothing.
_SIGNATURES = re.compile(r"v[0-9a-z]+,[!-~]+( v[0-9a-z]+,[!-~]+){0,31}")


def signing_key(secret: str) -> bytes:
    """Return the key in a secret: base64 after `whsec_`.

    Raises:
        WebhookSecretError: It has another form; the message does not show it.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True) if secret.startswith(_PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise WebhookSecretError(
            f"the secret of the webhooks is not {_PREFIX} followed by base64",
            fix="copy it whole from replicate.com/account/webhook, or leave REPLICATE_WEBHOOK_SECRET unset to have it"
            " asked of Replicate",
        )
    return key


def sign(secret: str, message_id: str, *, timestamp: str, body: bytes) -> str:
    """Return the signature of a webhook, as its header has it.

    Args:
        secret: `whsec_…`.
        message_id: Of this message; the same whenever it is sent again.
        timestamp: Unix time in whole seconds, as the header has it.
        body: Exactly as it is sent.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(signing_key(secret), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def verify(secret: str, headers: Mapping[str, str], *, body: bytes, now_s: float) -> None:
    """Return if a webhook is Replicate's and fresh; any one of its signatures is enough, as secrets are rotated.

    Args:
        secret: `whsec_…`.
        headers: By lower-case name.
        body: Exactly as it came.
        now_s: Unix time.

    Raises:
        WebhookHeaderError: A header is missing or malformed.
        WebhookTimeError: It is more than five minutes old, or that far in the future.
        WebhookSignatureError: It was signed with another secret, or changed since.
        WebhookSecretError: The secret is none.
    """
    message_id = _header(headers, ID, _MESSAGE_ID)
    timestamp = _header(headers, TIMESTAMP, _SECONDS)
    signatures = _header(headers, SIGNATURE, _SIGNATURES).split(" ")
    age_s = now_s - int(timestamp)
    if abs(age_s) > WINDOW_S:
        when = f"{age_s:.0f} s ago" if age_s > 0 else f"{-age_s:.0f} s in the future"
        raise WebhookTimeError(f"it was signed {when}; {WINDOW_S} s are allowed", fix="set the clock of this machine")
    expected = sign(secret, message_id, timestamp=timestamp, body=body).encode()
    # Without a short cut: how long it takes tells nothing of how much was right.
    if not sum(hmac.compare_digest(expected, one.encode()) for one in signatures):
        raise WebhookSignatureError("none of its signatures is made with our secret over this body")


def _header(headers: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    value = headers.get(name)
    if value is None:
        raise WebhookHeaderError(f"{name} is missing")
    if not form.fullmatch(value):
        raise WebhookHeaderError(f"{name} is malformed")
    return value
