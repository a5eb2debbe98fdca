"""Sessions that outlive the server: what a person's cookie says is signed with a key that the token gives.

Nothing is stored but which sessions were ended early. Whoever changes the token ends all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from asset_pipeline.folders import FolderFile

NONCE_BYTES = 18
MAX_COOKIE = 2048
MAX_NAME = 80


@dataclass(frozen=True)
class Session:
    """Who is signed in.

    Args:
        reviewer: The name they gave.
        nonce: Names the session.
        expires_at_s: When it ends, as Unix time.
    """

    reviewer: str
    nonce: str
    expires_at_s: int


class Sessions:
    """Makes and reads sessions.

    Args:
        token: What people sign in with.
        lifetime_s: How long a session lasts, in seconds.
        ended: File of the sessions that were ended early; it is private, and small.
        now_s: The clock, as Unix time.
    """

    def __init__(
        self, token: SecretStr, *, lifetime_s: int, ended: FolderFile, now_s: Callable[[], float] = time.time
    ) -> None:
        self._token = token.get_secret_value().encode()
        self._lifetime_s = lifetime_s
        self._file = ended
        self._now_s = now_s
        self._guard = threading.Lock()
        self._ended: dict[str, int] = self._read_ended()
        # Cookies of one host are shared by all its ports: two projects must not sign each other's people out.
        self.project = self._mac("project", b"")[:12]
        self.cookie = f"review_{self.project}"

    @property
    def lifetime_s(self) -> int:
        """How long a session lasts, in seconds."""
        return self._lifetime_s

    def is_token(self, given: str) -> bool:
        """Say whether this is the token, in a time that tells nothing about it."""
        return hmac.compare_digest(_digest(given.encode()), _digest(self._token))

    def open(self, reviewer: str) -> Session:
        """Return a new session."""
        expires = int(self._now_s()) + self._lifetime_s
        return Session(reviewer, secrets.token_urlsafe(NONCE_BYTES), expires)

    def seal(self, session: Session) -> str:
        """Return what the cookie holds."""
        said = json.dumps([session.reviewer, session.nonce, session.expires_at_s]).encode()
        body = base64.urlsafe_b64encode(said).decode().rstrip("=")
        return f"{body}.{self._mac('session', body.encode())}"

    def read(self, cookie: str | None) -> Session | None:
        """Return the session that a cookie stands for; None where it stands for none, or for one that has ended."""
        body, dot, mac = (cookie or "").partition(".")
        if not dot or len(body) > MAX_COOKIE or not body.isascii() or not mac.isascii():
            return None
        if not hmac.compare_digest(mac, self._mac("session", body.encode())):
            return None
        # Signed by us, so of our form.
        session = Session(*json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
        is_over = session.expires_at_s <= self._now_s() or session.nonce in self._ended
        return None if is_over else session

    def csrf(self, session: Session) -> str:
        """Return what each change in this session must carry."""
        return self._mac("csrf", session.nonce.encode())

    def is_csrf(self, session: Session, given: str) -> bool:
        """Say whether this is what the session's changes must carry."""
        return given.isascii() and hmac.compare_digest(given, self.csrf(session))

    def end(self, session: Session) -> None:
        """End a session for all who hold its cookie, after a restart too."""
        with self._guard:
            now = self._now_s()
            self._ended = {nonce: at for nonce, at in self._ended.items() if at > now}
            self._ended[session.nonce] = session.expires_at_s
            self._file.write(json.dumps(self._ended).encode())

    def _read_ended(self) -> dict[str, int]:
        return dict(json.loads(self._file.read())) if self._file.is_file() else {}

    def _mac(self, purpose: str, message: bytes) -> str:
        key = hmac.digest(self._token, f"asset-pipeline review {purpose}".encode(), hashlib.sha256)
        return hmac.new(key, message, hashlib.sha256).hexdigest()


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


def clean_name(given: str) -> str:
    """Return a reviewer's name as it is kept: printable, on one line, and not endless."""
    return " ".join("".join(c if c.isprintable() else " " for c in given).split())[:MAX_NAME]
