"""The official clients, unchanged but for the address, chat with the sandbox's OpenRouter; one chat is one call."""

from decimal import Decimal
from typing import Literal

import openai
import openrouter
import pytest
from pydantic import BaseModel

from asset_pipeline_tests.unit.sandbox.support import LUNA

MESSAGES = [{"role": "user", "content": "Describe a compass."}]
CARELESS = "openrouter's own default is to send a request again for an hour"


class Part(BaseModel):
    """A part of a thing."""

    name: str
    material: Literal["brass", "steel"]


class Thing(BaseModel):
    """What the model is to say, with all that strict structured outputs allow."""

    title: str
    weight_g: float
    count: int
    is_old: bool
    note: str | None
    parts: list[Part]


@pytest.fixture
def client(sandbox):
    """OpenAI's client, pointed at the sandbox; its own retries would be further purchases."""
    with openai.OpenAI(base_url=f"{sandbox.url}/api/v1", api_key="sandbox", max_retries=0) as one:
        yield one


@pytest.fixture
def official(sandbox):
    """OpenRouter's client, pointed at the sandbox, with its retries off."""
    from openrouter.utils import BackoffStrategy, RetryConfig

    never = RetryConfig("none", BackoffStrategy(1, 1, 1.0, 1), retry_connection_errors=False)
    with openrouter.OpenRouter(
        api_key="sandbox", server_url=f"{sandbox.url}/api/v1", retry_config=never, timeout_ms=20_000
    ) as one:
        yield one


def test_openais_client_gets_structured_output_as_its_own_type(client, sandbox):
    answer = client.chat.completions.parse(model=LUNA, messages=MESSAGES, response_format=Thing, max_tokens=500)
    thing = answer.choices[0].message.parsed
    assert isinstance(thing, Thing)
    assert all(isinstance(part, Part) for part in thing.parts)
    (call,) = sandbox.invoice()
    assert call["id"] == answer.id
    assert Decimal(call["usd"]) == Decimal(str(answer.usage.model_extra["cost"])) > 0


def test_openais_client_reaches_openrouters_own_parameters(client, sandbox):
    preferences = {"only": ["novita/fp8"], "require_parameters": True, "max_price": {"prompt": 0.2, "completion": 0.8}}
    answer = client.chat.completions.create(
        model="deepseek/deepseek-v4.1-flash",
        messages=MESSAGES,
        max_tokens=300,
        extra_body={"provider": preferences, "reasoning": {"effort": "low", "exclude": True}},
    )
    assert answer.model_extra["provider"] == "NovitaAI"
    assert answer.usage.completion_tokens_details.reasoning_tokens == 60
    assert len(sandbox.invoice()) == 1


def test_openais_client_raises_its_own_errors_for_what_is_refused(client, sandbox):
    with pytest.raises(openai.BadRequestError, match="nobody/nothing is not a valid model ID"):
        client.chat.completions.create(model="nobody/nothing", messages=MESSAGES)
    with pytest.raises(openai.BadRequestError, match=r"Unrecognized key\(s\) in object: 'Provider'"):
        client.chat.completions.create(model=LUNA, messages=MESSAGES, extra_body={"Provider": {}})
    strict = {"provider": {"require_parameters": True}}
    with pytest.raises(openai.NotFoundError, match="No endpoints found that can handle the requested parameters"):
        client.chat.completions.create(
            model="xiaomi/mimo-v2.6-flash",
            messages=MESSAGES,
            response_format={"type": "json_object"},
            extra_body=strict,
        )
    sandbox.script({"fault": "throttled", "on": "chat"})
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model=LUNA, messages=MESSAGES)
    assert sandbox.invoice() == []


def test_openais_client_lists_the_models(client):
    assert LUNA in {model.id for model in client.models.list()}


def test_openrouters_client_chats_and_looks_up_the_bill(official, sandbox):
    schema = Thing.model_json_schema()
    wanted = {"type": "json_schema", "json_schema": {"name": "thing", "strict": True, "schema": schema}}
    answer = official.chat.send(model=LUNA, messages=MESSAGES, max_tokens=500, response_format=wanted)
    assert isinstance(Thing.model_validate_json(answer.choices[0].message.content), Thing)
    (call,) = sandbox.invoice()
    assert (call["id"], Decimal(call["usd"])) == (answer.id, Decimal(str(answer.usage.cost)))
    bill = official.generations.get_generation(id=answer.id)
    assert Decimal(str(bill.data.total_cost)) == Decimal(call["usd"])


@pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")  # the client's own, of a key that it requires
def test_openrouters_client_knows_the_providers_and_the_key(official):
    listed = official.endpoints.list(author="deepseek", slug="deepseek-v4.1-flash")
    assert {one.tag for one in listed.data.endpoints} >= {"deepseek", "novita/fp8", "together/fast"}
    assert official.api_keys.get_current_key_metadata().data.usage == 0


def test_a_lost_answer_is_bought_once_as_long_as_the_clients_retries_are_off(official, sandbox):
    sandbox.script({"fault": "lost_answer", "on": "chat", "times": 0})
    with pytest.raises(openrouter.errors.OpenRouterError):
        official.chat.send(model=LUNA, messages=MESSAGES, max_tokens=500)
    assert len(sandbox.invoice()) == 1, CARELESS
