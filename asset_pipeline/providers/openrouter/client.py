"""OpenRouter's client: asks a model once, and looks up prices, bills and the key.

An answer says what it cost (`usage.cost`); its id is all that leads back to it, as nothing else can be looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx

from asset_pipeline.ledger import Accepted, Held, Lost, Reply
from asset_pipeline.providers.http import Answer, get_json, post_once
from asset_pipeline.providers.openrouter.bodies import amount, items, mapping
from asset_pipeline.providers.openrouter.endpoints import Endpoint, parse_endpoints
from asset_pipeline.providers.openrouter.key import KeyInformation, parse_key
from asset_pipeline.providers.openrouter.pictures import Picture, with_pictures
from asset_pipeline.providers.openrouter.refusals import GENERATION_ID, sort_refusal_of

# A generation is often not known for half a second, sometimes for minutes; about two of them are waited.
LOOK_UP_ATTEMPTS = 16


class OpenRouterClient:
    """Asks models, and looks up prices and bills.

    Args:
        api: Client with the key, on the API's base address.
        request_timeout_s: Total deadline of one answer, in seconds.
    """

    def __init__(self, api: httpx.AsyncClient, *, request_timeout_s: float) -> None:
        self.api = api
        self._timeout_s = request_timeout_s

    async def chat(self, held: Held, *, pictures: Sequence[Picture] = ()) -> Reply:
        """Ask the model that a hold is for, once.

        Args:
            held: The call.
            pictures: Those that its request refers to.

        Returns:
            `Accepted` with the generation's id and the body, or why there is no answer.
        """
        answer = await post_once(
            self.api,
            "/chat/completions",
            with_pictures(held.intent.request, pictures),
            deadline_s=self._timeout_s,
            id_header=GENERATION_ID,
        )
        if not isinstance(answer, Answer):
            return answer
        if not 200 <= answer.status < 300:
            return sort_refusal_of(answer)
        body = answer.body
        generation_id = answer.headers.get(GENERATION_ID) or mapping(body).get("id")
        if not generation_id:
            return Lost(f"HTTP {answer.status}, but the answer has no id: {answer.detail}")
        if not isinstance(body, dict):
            return Lost(f"generation {generation_id}: the answer cannot be read", str(generation_id))
        return Accepted(str(generation_id), body, answer.raw)

    async def generation_cost(self, generation_id: str) -> Decimal | None:
        """Return what a generation cost, or None where OpenRouter does not say.

        Raises:
            GetError: It could not be looked up.
        """
        body = await get_json(self.api, "/generation", params={"id": generation_id}, attempts=LOOK_UP_ATTEMPTS)
        bill = mapping(mapping(body).get("data"))
        return amount(bill.get("total_cost"), bill)

    async def key_usage(self) -> Decimal | None:
        """Return what the key has used so far, in USD, or None where OpenRouter does not say; it lags by minutes.

        Raises:
            GetError: It could not be looked up.
        """
        return (await self.key_information()).usage

    async def key_information(self) -> KeyInformation:
        """Return what OpenRouter says of the key.

        Raises:
            GetError: It could not be looked up.
        """
        return parse_key(await get_json(self.api, "/key"))

    async def picture_endpoints(self, model: str) -> Sequence[Mapping[str, Any]]:
        """Return the providers of a model of `POST /images`, as they come; documented, and never recorded.

        Raises:
            GetError: They could not be looked up.
        """
        body = await get_json(self.api, f"/images/models/{quote(model, safe='/:')}/endpoints")
        return items(mapping(mapping(body).get("data")).get("endpoints"))

    async def endpoints(self, model: str) -> Sequence[Endpoint]:
        """Return the providers of a model.

        Raises:
            GetError: They could not be looked up.
        """
        return parse_endpoints(await get_json(self.api, f"/models/{quote(model, safe='/:')}/endpoints"))
