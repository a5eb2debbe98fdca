"""OpenRouter's client: one request, whose answer is taken, certainly refused, lost, or an error inside a 200."""

import json

import httpx
import pytest
import respx

from asset_pipeline.ledger import Accepted, Lost
from asset_pipeline.providers.openrouter import parse_chat
from asset_pipeline_tests.unit.providers.support import HTML, OPENROUTER, held, openrouter, run

CHAT = f"{OPENROUTER}/chat/completions"
REQUEST = {"model": "openai/gpt-6-luna", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 50}
# As recorded, shortened.
BODY = {
    "id": "gen-1764926476-0N0195qHFzGljvYKVijc",
    "provider": "OpenAI",
    "model": "openai/gpt-4o-mini",
    "choices": [{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": "Hello"}}],
    "usage": {"prompt_tokens": 29, "completion_tokens": 33, "cost": 0.00002415, "is_byok": False},
}


def chat():
    async def main():
        async with openrouter() as client:
            return await client.chat(held(REQUEST["model"], **REQUEST))

    return run(main())


def answered(response):
    """Ask once and return what is made of the response."""
    with respx.mock:
        respx.post(CHAT).mock(return_value=response)
        return chat()


@respx.mock
def test_the_request_is_sent_as_it_was_held_for():
    route = respx.post(CHAT).mock(return_value=httpx.Response(200, json=BODY))
    got = chat()
    assert got == Accepted(BODY["id"], BODY, route.calls[0].response.content)
    assert json.loads(route.calls[0].request.content) == REQUEST
    assert route.calls[0].request.headers["authorization"] == "Bearer secret"


def test_the_id_in_the_header_comes_first():
    got = answered(httpx.Response(200, json=BODY, headers={"X-Generation-Id": "gen-header"}))
    assert got.provider_call_id == "gen-header"


def test_keep_alive_newlines_before_the_answer_are_nothing():
    assert isinstance(answered(httpx.Response(200, text="\n\n\n   " + json.dumps(BODY))), Accepted)


@pytest.mark.parametrize("text", ["", "\n\n\n   \n", HTML, '{"id": "gen-1", "cho', "[]", "null", '{"choices": []}'])
def test_a_200_that_cannot_be_read_is_lost(text):
    assert isinstance(answered(httpx.Response(200, text=text)), Lost)


def test_a_200_that_cannot_be_read_says_its_id_where_the_header_has_one():
    got = answered(httpx.Response(200, text='{"id": "gen-1", "cho', headers={"X-Generation-Id": "gen-1"}))
    assert got == Lost("generation gen-1: the answer cannot be read", "gen-1")


@pytest.mark.parametrize(
    "body",
    [
        {"id": "gen-1", "error": {"code": 502, "message": "Provider returned error"}},
        {"id": "gen-1", "choices": [], "usage": None},
        {"id": "gen-1", "choices": None, "model": None, "error": {"message": "Rate limited", "code": 429}},
        {"id": "gen-1", "choices": [None]},
        {"id": "gen-1", "choices": [{}]},
        {"id": "gen-1", "choices": [{"message": None}]},
        {"id": "gen-1", "choices": [{"message": {"content": None}}]},
        {"id": "gen-1", "choices": [{"message": {"content": [{"type": "image_url"}, {"type": "text", "text": None}]}}]},
        {"id": "gen-1", "choices": {"0": {}}},
        {"id": "gen-1", "choices": [{"message": "Hello"}]},
    ],
)
def test_an_error_inside_a_200_is_an_answer_without_words_whose_cost_is_looked_up(body):
    """It may be paid, so it is not refused; nor is it free, as nothing says so."""
    got = answered(httpx.Response(200, json=body))
    assert isinstance(got, Accepted)
    answer = parse_chat(got.body)
    assert (answer.text, answer.cost_usd) == ("", None)
    assert bool(answer.error) == bool(body.get("error"))


def test_an_error_inside_a_200_without_an_id_is_lost_with_its_reason():
    got = answered(httpx.Response(200, json={"error": {"code": 429, "message": "Provider returned error"}}))
    assert isinstance(got, Lost)
    assert "Provider returned error" in got.reason


def answer_of(*, content="Hello", **choice):
    message = {"role": "assistant", "content": content, "refusal": choice.pop("refusal", None)}
    return parse_chat(BODY | {"choices": [{"finish_reason": "stop", "message": message} | choice]})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hello", "Hello"),
        ("", ""),
        (None, ""),
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}], "Hello"),
        ([{"type": "reasoning"}, "stray", {"type": "text", "text": "Hello"}], "Hello"),
        ([], ""),
        ({"text": "Hello"}, ""),
        (7, ""),
    ],
)
def test_the_words_may_come_whole_or_in_parts(content, text):
    assert answer_of(content=content).text == text


def test_a_refusal_and_how_an_answer_ended_are_kept():
    refused = answer_of(content=None, refusal="I can't help with that.")
    assert (refused.refusal, refused.text) == ("I can't help with that.", "")
    assert answer_of(refusal="").refusal is None
    error = answer_of(content="Hel", finish_reason="error", error={"code": 502, "message": "cut"})
    assert (error.finish_reason, error.text, error.error) == ("error", "Hel", "cut")
    assert answer_of(finish_reason="content_filter").finish_reason == "content_filter"
    assert answer_of(finish_reason=None).finish_reason == ""


def test_the_model_that_answered_is_the_one_that_is_named():
    assert answer_of().model == "openai/gpt-4o-mini"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"code": 429, "message": "Rate\n limited"}, "Rate limited"),
        ({"code": "server_error"}, "server_error"),
        ({"metadata": {}}, "no reason given"),
        ("plain words", "plain words"),
        ({}, None),
        (None, None),
    ],
)
def test_what_went_wrong_inside_an_answer_is_said_whatever_shape_it_has(error, said):
    assert parse_chat(BODY | {"error": error}).error == said
