"""Replicate's HTTP API, as far as images need it. Facts: Replicate's HTTP reference and recorded answers.

The plain asynchronous POST is used, never `Prefer: wait`: the id must come at once, because it is all that leads
back to a paid prediction. What answers mean is read in `prediction`, files are fetched by `downloads`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from asset_pipeline.ledger import Accepted, Cause, Held, Lost, Rejected, Reply
from asset_pipeline.ledger.replies import Room
from asset_pipeline.providers.downloads import Downloads, Sink
from asset_pipeline.providers.http import Answer, GetError, get_json, parse_json, post_once, sort_refusal
from asset_pipeline.providers.numbers import number
from asset_pipeline.providers.prediction import Prediction, parse_prediction

DEPLOYMENTS = "deployments/"
MAX_PAGES = 200
_CREATED = frozenset({200, 201, 202})
# Throttled before anything was created, so free (found by others who compared their bills).
_RETRYABLE = frozenset({429})


class ReplicateClient:
    """Creates and follows predictions, and looks up what is free to look up.

    Args:
        api: Client with the token, on the API's base address.
        files: Client without the token, for downloads.
        request_timeout_s: Deadline of one request, in seconds.
        max_download_bytes: Largest file that is taken.
        download_timeout_s: Deadline of one file, in seconds.
        cancel_after_s: Age at which Replicate is to end a prediction by itself.
        webhook_url: Where it is to tell of the end of a prediction, if anywhere.
    """

    def __init__(
        self,
        api: httpx.AsyncClient,
        files: httpx.AsyncClient,
        *,
        request_timeout_s: float,
        max_download_bytes: int,
        download_timeout_s: float,
        cancel_after_s: int,
        webhook_url: str | None = None,
    ) -> None:
        self._api = api
        self._downloads = Downloads(
            files, own_host=api.base_url.host, max_bytes=max_download_bytes, timeout_s=download_timeout_s
        )
        self._timeout_s = request_timeout_s
        self._cancel_after_s = cancel_after_s
        self._webhook_url = webhook_url

    async def create(self, held: Held) -> Reply:
        """Create the prediction that a hold is for, once.

        Args:
            held: The committed hold; its intent names the model and carries the input, and may carry a `version`.

        Returns:
            `Accepted` with the prediction's id, or why there is none.
        """
        asked = held.intent.request
        path, by_version = _route(held.intent.model, asked.get("version"))
        body = {**by_version, "input": asked["input"], **self._webhook(held.call_id)}
        bound_s = min(self._cancel_after_s, asked.get("cancel_after_s", self._cancel_after_s))
        headers = {"Cancel-After": str(bound_s)}
        answer = await post_once(self._api, path, body, deadline_s=self._timeout_s, headers=headers)
        if not isinstance(answer, Answer):
            return answer
        if answer.status not in _CREATED:
            return _refusal(answer, path)
        prediction = parse_prediction(answer.body)
        if prediction is None:
            return Lost(f"HTTP {answer.status}, but the answer has no prediction id")
        return Accepted(prediction.id, answer.body, answer.raw, room=_room(answer.headers))

    def _webhook(self, call_id: str) -> Mapping[str, Any]:
        """Return what asks for a webhook at the end; its address names the call, in case the answer is lost."""
        if self._webhook_url is None:
            return {}
        url = httpx.URL(self._webhook_url).copy_add_param("call", call_id)
        return {"webhook": str(url), "webhook_events_filter": ["completed"]}

    async def get(self, prediction_id: str) -> Prediction:
        """Return a prediction as it is now.

        Raises:
            GetError: It could not be looked up.
        """
        return _the_prediction(await get_json(self._api, f"/predictions/{_name(prediction_id)}"), prediction_id)

    async def cancel(self, prediction_id: str) -> Prediction:
        """Ask Replicate to end a prediction, and return it; one that runs by the second is charged until then.

        What happens to one that has ended is not documented; the answer says what it is.

        Raises:
            GetError: Whether it is canceled is not known.
        """
        path = f"/predictions/{_name(prediction_id)}/cancel"
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._api.post(path)
                response.raise_for_status()
        except (httpx.HTTPError, TimeoutError) as error:
            raise GetError(f"POST {path} failed: {str(error) or type(error).__name__}") from error
        return _the_prediction(parse_json(response.content), prediction_id)

    async def created_since(self, moment: datetime) -> AsyncIterator[tuple[Prediction, Mapping[str, Any]]]:
        """Yield the predictions created since a moment (UTC), newest first, each with its input.

        No page of this list was ever recorded; its shape is the documented one.

        Raises:
            GetError: They could not be listed, not to the end, or the next page lies on another host.
        """
        path = "/predictions"
        params: Mapping[str, str] | None = {"created_after": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        for _ in range(MAX_PAGES):
            page = _the_mapping(await get_json(self._api, path, params=params), "the list of predictions")
            results = page.get("results")
            for item in results if isinstance(results, list) else []:
                prediction = parse_prediction(item)
                if prediction:
                    yield prediction, prediction.given
            path, params = page.get("next") or "", None
            if not path:
                return
            if urlsplit(path).netloc not in ("", self._api.base_url.netloc.decode()):
                raise GetError(f"the next page of predictions is said to be at {urlsplit(path).netloc!r}")
        raise GetError(f"there are more than {MAX_PAGES} pages of predictions")

    async def account(self) -> Mapping[str, Any]:
        """Return whose token it is: `type`, `username`, `name`; what credit is left, no endpoint says.

        Raises:
            GetError: It could not be looked up.
        """
        return _the_mapping(await get_json(self._api, "/account"), "the answer about the account")

    async def model(self, name: str) -> Mapping[str, Any] | None:
        """Return a model, with its newest version and that one's schema; None where there is none of this name.

        Raises:
            GetError: It could not be looked up.
        """
        return await self._find(f"/models/{_name(name)}")

    async def version(self, name: str, version_id: str) -> Mapping[str, Any] | None:
        """Return one version of a model; None where there is none.

        Raises:
            GetError: It could not be looked up.
        """
        return await self._find(f"/models/{_name(name)}/versions/{_name(version_id)}")

    async def webhook_secret(self) -> str:
        """Return what Replicate signs the account's webhooks with, `whsec_…`.

        Raises:
            GetError: It could not be looked up; what came instead is not shown.
        """
        body = await get_json(self._api, "/webhooks/default/secret")
        key = body.get("key") if isinstance(body, dict) else None
        if not isinstance(key, str) or not key:
            raise GetError("the answer about the webhooks' secret has no key")
        return key

    async def download(self, url: str, into: Sink) -> None:
        """Write a file into a sink, complete; see `Downloads.fetch`."""
        await self._downloads.fetch(url, into)

    async def _find(self, path: str) -> Mapping[str, Any] | None:
        found = await get_json(self._api, path, may_be_absent=True)
        return None if found is None else _the_mapping(found, f"the answer about {path}")


def _route(model: str, version: str | None) -> tuple[str, Mapping[str, str]]:
    """Return where a model's predictions are created, and what of the body that takes.

    A version has an endpoint of its own; an official model and a deployment are named in the path, without one.
    """
    if model.startswith(DEPLOYMENTS):
        return f"/{_name(model)}/predictions", {}
    name, _, pinned = model.partition(":")
    if pinned or version:
        return "/predictions", {"version": pinned or str(version)}
    return f"/models/{_name(name)}/predictions", {}


def _refusal(answer: Answer, path: str) -> Rejected | Lost:
    """Sort a refusal; where a model's name alone is not known there, say what may be missing."""
    reply = sort_refusal(answer, retryable=_RETRYABLE)
    if isinstance(reply, Rejected) and answer.status == 404 and path.startswith("/models/"):
        hint = "Replicate runs only official models by their name; others need a version: owner/name:<64 hex digits>"
        return replace(reply, reason=f"{reply.reason} ({hint})", cause=Cause.NOT_FOUND)
    return reply


def _room(headers: Mapping[str, str]) -> Room | None:
    """Return how much more Replicate would take now, where both of its headers say so."""
    remaining, reset_s = (number(headers.get(f"ratelimit-{name}")) for name in ("remaining", "reset"))
    return None if remaining is None or reset_s is None else Room(int(remaining), float(reset_s))


def _name(text: str) -> str:
    """Return a name as part of a path; it stays one, whatever is in it."""
    return "/".join(quote(part, safe="") for part in text.split("/") if part not in (".", ".."))


def _the_prediction(body: Any, prediction_id: str) -> Prediction:  # noqa: ANN401 - any JSON
    prediction = parse_prediction(body)
    if prediction is None:
        raise GetError(f"the answer about prediction {prediction_id} is no prediction")
    return prediction


def _the_mapping(body: Any, what: str) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    if not isinstance(body, dict):
        raise GetError(f"{what} is not what is documented")
    return body
