"""Replicate's HTTP API, as far as images need it. Facts: Replicate's HTTP reference and recorded answers.

The plain asynchronous POST is used, never `Prefer: wait`: the id must come at once, because it is all that leads
back to a paid prediction. Which keys an answer has varies by model and age, so everything but the id may be absent.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import httpx

from asset_pipeline.errors import ImageError
from asset_pipeline.ledger import Accepted, Held, Lost, Reply
from asset_pipeline.providers.http import Answer, GetError, get_json, post_once, sort_refusal, stream_get

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
DELIVERY_HOST = "replicate.delivery"
MAX_PAGES = 200
_RETRYABLE = frozenset({429})


@dataclass(frozen=True)
class Prediction:
    """A prediction, as one answer shows it.

    Args:
        id: Opaque.
        status: `starting`, `processing`, or one of `TERMINAL`; others may come.
        output: Any JSON: text, list, mapping, nested, or None.
        error: What went wrong; may be None on a failed one.
        metrics: Times and billing counters; not all are numbers.
        version: 64 hex digits, `hidden`, or an internal name.
        data_removed: Output and input are gone, an hour after completion.
    """

    id: str
    status: str
    output: Any
    error: str | None
    metrics: Mapping[str, Any]
    version: str | None
    data_removed: bool

    @property
    def is_terminal(self) -> bool:
        """Whether it will not change any more; an unknown status is not the end."""
        return self.status in TERMINAL

    def output_urls(self) -> list[str]:
        """Return every address in the output, wherever it is."""
        return list(_addresses(self.output))


def _addresses(output: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(output, str):
        if output.startswith(("http://", "https://", "data:")):
            yield output
    elif isinstance(output, list):
        for item in output:
            yield from _addresses(item)
    elif isinstance(output, dict):
        for item in output.values():
            yield from _addresses(item)


def _is_whole(data: bytes | bytearray, headers: httpx.Headers) -> bool:
    """Say whether a file has the MD5 that its headers announce, where they do: `x-goog-hash`, else a plain `ETag`."""
    digest = hashlib.md5(data, usedforsecurity=False)
    announced = re.search(r"md5=([A-Za-z0-9+/]{22}==)", headers.get("x-goog-hash", ""))
    if announced:
        return base64.b64encode(digest.digest()).decode() == announced[1]
    tag = re.fullmatch(r'"([0-9a-f]{32})"', headers.get("etag", ""))
    return tag is None or tag[1] == digest.hexdigest()


def parse_prediction(body: Any) -> Prediction | None:  # noqa: ANN401 - any JSON
    """Return the prediction in a body, or None where there is none."""
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        return None
    metrics = body.get("metrics")
    error = body.get("error")
    version = body.get("version")
    return Prediction(
        id=body["id"],
        status=str(body.get("status", "")),
        output=body.get("output"),
        error=None if error is None else str(error),
        metrics=metrics if isinstance(metrics, dict) else {},
        version=version if isinstance(version, str) else None,
        data_removed=bool(body.get("data_removed")),
    )


def parse_time(text: str) -> datetime:
    """Return a time with 3, 4, 6 or 9 fractional digits; all of them have been recorded."""
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    return datetime.fromisoformat(cut)


class ReplicateClient:
    """Creates, follows and downloads predictions.

    Args:
        api: Client with the token, on the API's base address.
        files: Client without the token, for downloads.
        request_timeout_s: Deadline of one request, in seconds.
        max_download_bytes: Largest file that is taken.
        cancel_after_s: Age at which Replicate is to end a prediction by itself.
    """

    def __init__(
        self,
        api: httpx.AsyncClient,
        files: httpx.AsyncClient,
        *,
        request_timeout_s: float,
        max_download_bytes: int,
        cancel_after_s: int,
    ) -> None:
        self._api = api
        self._files = files
        self._timeout_s = request_timeout_s
        self._max_bytes = max_download_bytes
        self._cancel_after_s = cancel_after_s

    async def create(self, held: Held) -> Reply:
        """Create the prediction that a hold is for, once.

        Args:
            held: The committed hold; its intent names the model and carries the input.

        Returns:
            `Accepted` with the prediction's id, or why there is none.
        """
        name, _, version = held.intent.model.partition(":")
        body: dict[str, Any] = {"input": held.intent.request["input"]}
        path = f"/models/{name}/predictions"
        if version:
            path, body = "/predictions", {"version": version} | body
        bound_s = min(self._cancel_after_s, held.intent.request.get("cancel_after_s", self._cancel_after_s))
        headers = {"Cancel-After": str(bound_s)}
        answer = await post_once(self._api, path, body, deadline_s=self._timeout_s, headers=headers)
        if not isinstance(answer, Answer):
            return answer
        if answer.status not in (200, 201, 202):
            return sort_refusal(answer, retryable=_RETRYABLE)
        prediction = parse_prediction(answer.body)
        if prediction is None:
            return Lost(f"HTTP {answer.status}, but the answer has no prediction id")
        return Accepted(prediction.id, answer.body, answer.raw)

    async def get(self, prediction_id: str) -> Prediction:
        """Return a prediction as it is now.

        Raises:
            GetError: It could not be looked up.
        """
        body = await get_json(self._api, f"/predictions/{prediction_id}")
        prediction = parse_prediction(body)
        if prediction is None:
            raise GetError(f"the answer about prediction {prediction_id} is no prediction")
        return prediction

    async def created_since(self, moment: datetime) -> AsyncIterator[tuple[Prediction, Mapping[str, Any]]]:
        """Yield the predictions created since a moment (UTC), newest first, each with its input.

        Raises:
            GetError: They could not be listed, not to the end, or the next page lies on another host.
        """
        path = "/predictions"
        params: Mapping[str, str] | None = {"created_after": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        for _ in range(MAX_PAGES):
            page = await get_json(self._api, path, params=params)
            for item in page.get("results") or []:
                prediction = parse_prediction(item)
                if prediction:
                    yield prediction, item.get("input") or {}
            path, params = page.get("next"), None
            if not path:
                return
            if urlsplit(path).netloc not in ("", self._api.base_url.netloc.decode()):
                raise GetError(f"the next page of predictions is said to be at {urlsplit(path).netloc!r}")
        raise GetError(f"there are more than {MAX_PAGES} pages of predictions")

    def may_download(self, url: str) -> bool:
        """Say whether files are taken from an address: Replicate's delivery hosts, and the API's own host."""
        host = urlsplit(url).hostname or ""
        return host == DELIVERY_HOST or host.endswith(f".{DELIVERY_HOST}") or host == self._api.base_url.host

    async def download(self, url: str) -> bytes:
        """Return a file, complete.

        Raises:
            ImageError: The host is not allowed, the file is too large, or its `data:` address cannot be read.
            httpx.HTTPError: It could not be fetched or came incomplete; trying again costs nothing.
        """
        if url.startswith("data:"):
            return self._inside(url)
        if not self.may_download(url):
            raise ImageError(f"files are not taken from {urlsplit(url).hostname!r}")
        async with stream_get(self._files, url) as response:
            if response.is_redirect:
                raise ImageError(f"files are not taken from where {urlsplit(url).hostname!r} sends us")
            response.raise_for_status()
            data = bytearray()
            async for chunk in response.aiter_raw():
                data += chunk
                if len(data) > self._max_bytes:
                    raise ImageError(f"the file is larger than {self._max_bytes:,} bytes")
            announced = response.headers.get("content-length")
            if announced is not None and announced.isdigit() and int(announced) != len(data):
                raise httpx.RemoteProtocolError(f"{len(data)} of {announced} bytes came", request=response.request)
            if not _is_whole(data, response.headers):
                raise httpx.RemoteProtocolError(
                    "the file's checksum is not the one announced", request=response.request
                )
        return bytes(data)

    def _inside(self, url: str) -> bytes:
        """Return the file that a `data:` address holds."""
        head, comma, text = url.partition(",")
        try:
            data = base64.b64decode(text, validate=True) if head.endswith(";base64") else unquote_to_bytes(text)
        except ValueError:
            data = b""
        if not comma or not data:
            raise ImageError("the file within the answer cannot be read")
        if len(data) > self._max_bytes:
            raise ImageError(f"the file is larger than {self._max_bytes:,} bytes")
        return data
