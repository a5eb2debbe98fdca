"""Takes secrets out of texts before anybody keeps or shows them: those this process knows, and what looks like one.

Texts that come from outside (answers, errors) are cleaned where they enter; whatever writes for people cleans again.
"""

from __future__ import annotations

import base64
import json
import re
import traceback
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

MASK = "[redacted]"
# A shorter value, such as `test`, would be found in words that have nothing to do with it.
MIN_SECRET = 8
MIN_SECRET_PATH = 16

# Each with words of which one must be there, in lower case: to look for those is a hundred times as fast.
_KEYS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    # Keys as Replicate, OpenRouter and Replicate's webhooks write them.
    (
        ("r8_", "sk-or-v1-", "whsec_"),
        re.compile(r"(?<![A-Za-z0-9])(r8_|sk-or-v1-|whsec_)[A-Za-z0-9_+/=-]{6,}"),
        rf"\g<1>{MASK}",
    ),
    # Keys of others, which somebody may have put in the wrong place.
    (
        ("sk-", "gho_", "ghp_", "ghs_", "ghu_", "github_pat_", "glpat-", "hf_", "xox", "akia", "aiza", "eyj"),
        re.compile(
            r"(?<![A-Za-z0-9])(?:sk-(?:[a-z0-9]{2,8}-){0,2}[A-Za-z0-9_]{16,}[A-Za-z0-9_-]*"
            r"|(?:gh[opsu]_|github_pat_|glpat-|hf_|xox[abprs]-)[A-Za-z0-9_-]{16,}"
            r"|AKIA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)"
        ),
        MASK,
    ),
)
_LOOKS_SECRET = (
    *_KEYS,
    # Credentials of a header, without its name.
    (
        ("bearer", "basic", "token"),
        re.compile(r"(?i)\b(bearer|basic|token)(\s{1,4}|%20)(?=[^\s\"'<>,;]*\d)[^\s\"'<>,;]{8,}"),
        rf"\g<1>\g<2>{MASK}",
    ),
    # What signs or opens an address: X-Goog-Signature, X-Amz-Credential, token, sig, key, ...
    (
        ("=",),
        re.compile(
            r"(?i)([?&;](?:[\w.-]{0,40}(?:signature|token|secret|credential|password|policy|api[-_]?key)[\w.-]{0,40}"
            r"|sig|key|auth)=)[^&\s\"'<>#]+"
        ),
        rf"\g<1>{MASK}",
    ),
    (("://",), re.compile(r"(?<=://)[^/\s@:]{1,300}:[^/\s@]{1,300}(?=@)"), MASK),
    # A name that says what follows, as in a header, in JSON or in YAML; the digit tells it from a sentence.
    (
        ("authorization", "cookie", "key", "token", "secret", "passw", "signature"),
        re.compile(
            r"(?i)\b((?:authorization|cookie|x-[\w-]{0,40}(?:key|token|signature)|webhook-signature"
            r"|(?:api|access|secret|private)[-_]?(?:key|token)|client[-_]?secret|auth[-_]?token|password|passwd)"
            r"\b[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:v1,)?)(?!\S{0,20}\[redacted\])(?=[^\s\"'<>,;&]*\d)[^\s\"'<>,;&]{8,}"
        ),
        rf"\g<1>{MASK}",
    ),
    # A file, inside an address or bare: no secret, but nothing that belongs into a message either. No path, no hash and
    # no id is so long without a dot.
    ((";base64,",), re.compile(r"(data:[\w/+.-]{0,80};base64,)[A-Za-z0-9+/=_-]{24,}"), rf"\g<1>{MASK}"),
    (("",), re.compile(r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/]{256,}|[A-Za-z0-9_-]{256,})={0,2}"), MASK),
)


class _Memory:
    """What the whole process knows, like its logs: the longest first, so that no part is replaced before the whole."""

    forms: tuple[str, ...] = ()


_memory = _Memory()


class RedactedError(Exception):
    """Stands in for an error whose text, or that of an error behind it, held a secret."""


def remember(*secrets: str) -> None:
    """Let no text show these values from now on, in plain, URL-encoded, JSON or base64; short ones are ignored."""
    forms = {form for secret in secrets if len(secret) >= MIN_SECRET for form in _forms(secret)}
    if not forms <= set(_memory.forms):
        _memory.forms = tuple(sorted({*forms, *_memory.forms}, key=len, reverse=True))


def remember_address(url: str | None) -> None:
    """Let no text show an address that opens something by itself, as a chat's webhook does; its host may be shown."""
    parts = urlsplit(url or "")
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    remember(url or "", *([path] if len(path) >= MIN_SECRET_PATH else []))


def forget_all() -> None:
    """Know no secret any more."""
    _memory.forms = ()


def redact(text: str) -> str:
    """Return a text without secrets: known values in any form, and whatever looks like one."""
    text = without_known(text)
    lower = text.lower()
    for words, pattern, clean in _LOOKS_SECRET:
        if any(word in lower for word in words):
            text = pattern.sub(clean, text)
    return text


def holds_key(text: str) -> bool:
    """Say whether a text holds a secret that is known, or what can be nothing but a key; words never do."""
    return without_known(text) != text or any(pattern.search(text) for _, pattern, _ in _KEYS)


def without_keys(text: str) -> str:
    """Return a text without secrets where it holds a key; any other is as it was, whatever its words look like."""
    return redact(text) if holds_key(text) else text


def redact_tree(value: Any) -> Any:  # noqa: ANN401 - anything that is JSON
    """Return JSON, or what becomes JSON, in which no text shows a secret."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: redact_tree(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [redact_tree(one) for one in value]
    return value


def without_known(text: str) -> str:
    """Return a text without the values that this process knows; nothing else of it changes, so it suits data."""
    for form in _memory.forms:
        if form in text:
            text = text.replace(form, MASK)
    return text


def clean_body(raw: bytes) -> bytes:
    """Return an answer's body without the values that this process knows, should somebody send them back."""
    for form in _memory.forms:
        if form.encode() in raw:
            raw = raw.replace(form.encode(), MASK.encode())
    return raw


def clean_error(error: BaseException) -> BaseException:
    """Return an error that may be shown with its traceback: itself, or what stands in for it if it holds a secret."""
    text = "".join(traceback.format_exception(error))
    if redact(text) == text:
        return error
    return RedactedError(f"{type(error).__name__}: {redact(str(error))}").with_traceback(error.__traceback__)


def _forms(secret: str) -> set[str]:
    quoted = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lower = {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in quoted}
    return {secret, *quoted, *lower, json.dumps(secret)[1:-1], *_in_base64(secret.encode())}


def _in_base64(value: bytes) -> set[str]:
    """Return what a value looks like inside base64, at each of the three places where it can begin in a group."""
    found = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + value).decode().rstrip("=")
        # The first characters depend on what comes before, the last one on what follows.
        whole = encoded[(before * 8 + 5) // 6 :][: (len(value) * 8 - (-before * 8) % 6) // 6]
        found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {form for form in found if len(form) >= MIN_SECRET}
