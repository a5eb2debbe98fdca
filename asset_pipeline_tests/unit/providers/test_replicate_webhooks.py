"""A prediction is created with the address that is told of its end, which names the call; or with none."""

import json

import httpx
import pytest
import respx

from asset_pipeline.ledger import Accepted
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline_tests.unit.providers.support import REPLICATE, client, held, run

OFFICIAL = f"{REPLICATE}/models/black-forest-labs/flux-dev/predictions"
VERSIONED = f"{REPLICATE}/predictions"
HOOK = "https://hooks.example.com/webhooks/replicate"
INPUT = {"prompt": "a compass", "seed": 7}


def created(webhook_url, model="black-forest-labs/flux-dev"):
    """Create a prediction; return the body that was sent, and the call."""
    routes = [
        respx.post(url).mock(return_value=httpx.Response(201, json={"id": "p1"})) for url in (OFFICIAL, VERSIONED)
    ]
    asked = held(model, input=INPUT)

    async def main():
        async with client(REPLICATE) as api:
            return await ReplicateClient(
                api,
                api,
                request_timeout_s=30,
                max_download_bytes=1,
                download_timeout_s=1,
                cancel_after_s=60,
                webhook_url=webhook_url,
            ).create(asked)

    assert isinstance(run(main()), Accepted)
    (call,) = [call for route in routes for call in route.calls]
    return json.loads(call.request.content), asked.call_id


@respx.mock
@pytest.mark.parametrize("model", ["black-forest-labs/flux-dev", "stability-ai/sdxl:7762fd07"])
def test_the_end_and_only_the_end_is_to_be_told_to_an_address_that_names_the_call(model):
    body, call_id = created(HOOK, model)
    assert body["webhook"] == f"{HOOK}?call={call_id}"
    assert body["webhook_events_filter"] == ["completed"]
    assert body["input"] == INPUT  # what is bought is the same with a webhook and without


@respx.mock
def test_what_the_address_asks_for_itself_is_kept():
    body, call_id = created(f"{HOOK}?route=a%2Fb")
    assert body["webhook"] == f"{HOOK}?route=a%2Fb&call={call_id}"


@respx.mock
def test_without_an_address_nothing_is_asked_for():
    assert created(None)[0] == {"input": INPUT}
