"""HTTP with the manners that money needs: a paid request is sent once and its answer sorted; a free one may repeat.

Sorting is by one question: did the provider certainly do nothing? Only then may the same be asked for again.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

from asset_pipeline.errors import PipelineError
from asset_pipeline.ledger import Accepted, Cause, Lost, Rejected, Reply
from asset_pipeline.redaction import clean_body, redact

CONNECT_TIMEOUT_S = 10.0
# An answer to a chat or a new prediction has kilobytes, with a small file inside it some megabytes.
MAX_ANSWER_BYTES = 16_000_000
GET_ATTEMPTS = 5
# Bytes of a page that is no JSON which are looked at for what it says.
MAX_SAID = 65_536
GET_WAIT_S = 0.25
GET_MAX_WAIT_S = 10.0
_TRANSIENT = frozenset({404, 408, 425, 429, 500, 502, 503, 504, 524, 529})
# The key is not valid, or the credit is used up: so it will be for every request.
_ACCOUNT = frozenset({401, 402})
# Errors before the first byte of the request is on the wire.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# As JSON writes one; whole ones of two halves are found as well.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_SECONDS_IN_TEXT = re.compile(r"(?:~|in )(\d+(?:\.\d+)?) ?s")


class GetError(PipelineError):
    """A free request failed for good; nothing was spent by it."""


@dataclass(frozen=True)
class Answer:
    """A complete answer to a paid request.

    Args:
        status: HTTP status.
        headers: By lower-case name.
        raw: The body as it came.
        body: The body parsed, or None where it is not JSON.
    """

    status: int
    headers: Mapping[str, str]
    raw: bytes
    body: Any

    @property
    def detail(self) -> str:
        """What the provider says is wrong, in one line."""
        said: Any = None
        if isinstance(self.body, dict):
            error = self.body.get("error")
            said = self.body.get("detail") or (error.get("message") if isinstance(error, dict) else error)
        text = str(said or self.raw[:MAX_SAID].decode(errors="replace"))
        # Cleaned before it is cut: half a key would not be known any more.
        return f"HTTP {self.status}: {redact(' '.join(text.split()))[:300]}"


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - whatever came
    """Parse a body, or return None; keys given twice are taken as they last came, as in recorded answers.

    Our own secrets are taken out first, should somebody send them back; and halves of characters, which no database
    takes: one in a reason would keep its call from ever being closed.
    """
    try:
        body = json.loads(clean_body(raw))
        if _HALF.search(raw):
            body = json.loads(json.dumps(body, ensure_ascii=False).encode(errors="ignore"))
    except (ValueError, RecursionError):
        return None
    return body


def retry_after_s(answer: Answer) -> float | None:
    """Return when to come back, in seconds: by the header (seconds or a date), the body, or its text."""
    found = _SECONDS_IN_TEXT.search(answer.detail)
    in_body = answer.body.get("retry_after") if isinstance(answer.body, dict) else None
    header = answer.headers.get("retry-after", "")
    for hint in (header, _until(header), in_body, found and found[1]):
        seconds = _seconds(hint)
        if seconds is not None:
            return seconds
    return None


def _until(date: str) -> float | None:
    """Return the seconds until a date as HTTP writes it, none where it has passed; None where it is no date."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else None


def _seconds(hint: object) -> float | None:
    """Return a wait, or None for a negative, an endless or an unreadable one."""
    if isinstance(hint, bool) or not isinstance(hint, int | float | str):
        return None
    try:
        seconds = float(hint)
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < math.inf else None


def open_client(*, base_url: str, token: str | None, transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Return a client.

    Args:
        base_url: What paths are relative to.
        token: Sent as bearer token; None for downloads, which must not leak it.
        transport: How requests travel.
    """
    headers = {"User-Agent": "asset-pipeline"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return httpx.AsyncClient(
        base_url=base_url,
        headers=headers,
        transport=transport,
        timeout=httpx.Timeout(30.0, connect=CONNECT_TIMEOUT_S),
        follow_redirects=False,
    )


async def post_once(
    client: httpx.AsyncClient,
    path: str,
    body: Mapping[str, Any],
    *,
    deadline_s: float,
    headers: Mapping[str, str] | None = None,
    id_header: str | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer | Rejected | Lost:
    """Send one paid request, exactly once.

    The headers are read before the body, so that an answer which is cut, endless or too slow is lost under its id.

    Args:
        client: An open client.
        path: Relative to the client's base address.
        body: Sent as JSON.
        deadline_s: For all of it; keep-alive bytes do not extend it.
        headers: Sent besides the client's own.
        id_header: The answer's header that names the provider's id of the call, in lower case, if it has one.
        max_bytes: Longest answer that is taken.

    Returns:
        The complete answer; or `Rejected` where nothing was sent; or `Lost` where it may have been taken.
    """
    received: dict[str, str] = {}
    raw = bytearray()
    timeout = httpx.Timeout(deadline_s, connect=CONNECT_TIMEOUT_S)
    try:
        async with (
            asyncio.timeout(deadline_s),
            client.stream("POST", path, json=body, timeout=timeout, headers=headers) as response,
        ):
            received = {name.lower(): value for name, value in response.headers.items()}
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > max_bytes:
                    return Lost(f"the answer is longer than {max_bytes:,} bytes", received.get(id_header or ""))
    except _NOT_SENT as error:
        return Rejected(f"not reachable: {_said(error)}", retry=True, cause=Cause.DOWN)
    except TimeoutError:
        return Lost(f"no answer within {deadline_s:.0f} s", received.get(id_header or ""))
    except httpx.HTTPError as error:
        return Lost(f"the connection broke: {_said(error)}", received.get(id_header or ""))
    return Answer(response.status_code, received, bytes(raw), parse_json(bytes(raw)))


def sort_refusal(answer: Answer, *, retryable: frozenset[int]) -> Rejected | Lost:
    """Sort an answer that is not a success.

    Args:
        answer: With a status outside 200 to 299.
        retryable: Statuses that say "certainly nothing done, try later".
    """
    if answer.status in retryable:
        cause = Cause.THROTTLED if answer.status < 500 else Cause.DOWN
        return Rejected(answer.detail, retry=True, retry_after_s=retry_after_s(answer), cause=cause)
    if answer.status in _ACCOUNT:
        return Rejected(answer.detail, cause=Cause.ACCOUNT)
    if 400 <= answer.status < 500 and answer.status != 408:
        return Rejected(answer.detail)
    return Lost(answer.detail)


async def get_json(
    client: httpx.AsyncClient,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    attempts: int = GET_ATTEMPTS,
    may_be_absent: bool = False,
) -> Any:  # noqa: ANN401 - whatever came
    """Ask for something free, patiently: transient failures, and 404 right after a creation, are asked again.

    Args:
        client: An open client.
        path: Relative to the client's base address.
        params: Of the query.
        attempts: How often at most.
        may_be_absent: A 404 is an answer: there is no such thing.

    Returns:
        The body, parsed; None where there may be none and is none.

    Raises:
        GetError: It did not work.
    """
    try:
        async for attempt in stamina.retry_context(
            on=_wait_hint,
            attempts=attempts,
            wait_initial=GET_WAIT_S,
            wait_max=GET_MAX_WAIT_S,
            timeout=120.0,
        ):
            with attempt:
                response = await client.get(path, params=params)
                if may_be_absent and response.status_code == 404:
                    return None
                response.raise_for_status()
                parsed = parse_json(response.content)
                if parsed is None:
                    raise httpx.DecodingError("the answer is not JSON", request=response.request)
                return parsed
    except httpx.HTTPError as error:
        raise GetError(f"GET {path} failed: {_said(error)}") from error
    raise AssertionError("stamina ends by returning or raising")


def _wait_hint(error: Exception) -> bool | float:
    """Tell stamina whether to try again, and after how many seconds where the provider says so."""
    if isinstance(error, httpx.HTTPStatusError):
        response = error.response
        if response.status_code not in _TRANSIENT:
            return False
        headers = {name.lower(): value for name, value in response.headers.items()}
        hint = retry_after_s(Answer(response.status_code, headers, response.content, parse_json(response.content)))
        return True if hint is None else min(hint, GET_MAX_WAIT_S)
    return isinstance(error, httpx.HTTPError)


@asynccontextmanager
async def stream_get(client: httpx.AsyncClient, url: str) -> AsyncIterator[httpx.Response]:
    """Open a download, uncompressed; the body is read by the caller, under its own size limit."""
    async with client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response:
        yield response


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


__all__ = [
    "Accepted",
    "Answer",
    "GetError",
    "Reply",
    "get_json",
    "open_client",
    "parse_json",
    "post_once",
    "retry_after_s",
    "sort_refusal",
    "stream_get",
]
