"""Pictures inside answers of OpenRouter: found wherever they are, costing what is said, and never taken for free."""

import base64
from decimal import Decimal

import pytest

from asset_pipeline.images.models import choose_input, via
from asset_pipeline.providers.openrouter_images import (
    generation_id_of,
    image_request,
    is_generation_id,
    parse_image_answer,
)
from asset_pipeline.providers.prices import PriceTable

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
TEXT = base64.b64encode(PICTURE).decode()
ADDRESS = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{TEXT}"}}
CHAT_MODELS = ("openrouter:google/gemini-2.5-flash-image", "openrouter:google/gemini-3.1-flash-lite-image")


def chat(message, **choice):
    """Return an answer of a chat, as recorded."""
    return {"choices": [{"finish_reason": "stop", "message": message} | choice], "usage": {"cost": 0.0387}}


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"b64_json": TEXT, "media_type": "image/png"}]},
        {"data": [{"b64_json": base64.encodebytes(PICTURE).decode()}]},
        {"data": [{"b64_json": TEXT.rstrip("=")}]},
        {"data": [{"url": f"data:image/png;base64,{TEXT}"}]},
        chat({"content": "", "images": [ADDRESS]}),
        chat({"content": [{"type": "text", "text": "Here"}, ADDRESS]}),
        chat({"content": "", "images": [ADDRESS]}, finish_reason="error", error={"message": "late"}),
    ],
)
def test_a_picture_is_found_wherever_it_is(body):
    assert parse_image_answer(body).data == PICTURE


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"data": []}, "it brought no picture"),
        ({"data": [{"url": "https://elsewhere.example/1.png"}]}, "cannot be decoded"),
        ({"data": [{"b64_json": "?!"}]}, "cannot be decoded"),
        ({"data": [{"b64_json": "iVBORw0KGgo\u2026"}]}, "cannot be decoded"),
        ({"error": {"code": 502, "message": "Provider returned error"}}, "an error: Provider returned error"),
        (chat({"content": "I cannot"}, finish_reason="content_filter"), "no picture (content_filter)"),
        (chat({"content": "", "refusal": "not that"}), "it refused: not that"),
        ({}, "it brought no picture"),
        ({"choices": "?", "data": {"a": 1}}, "it brought no picture"),
    ],
)
def test_why_there_is_none_is_said(body, said):
    answer = parse_image_answer(body)
    assert answer.data is None
    assert said in answer.problem


@pytest.mark.parametrize(
    ("usage", "error", "cost"),
    [
        ({"cost": 0.0387}, None, "0.0387"),
        ({"cost": 0}, None, None),
        ({"cost": 0}, {"message": "x"}, "0"),
        ({"cost": 0, "completion_tokens": 1290}, {"message": "x"}, None),
        ({"cost": None}, None, None),
        ({"cost": 0.03, "is_byok": True}, None, None),
        (None, None, None),
    ],
)
def test_a_cost_is_what_is_said_and_a_zero_is_believed_beside_an_error_without_tokens_only(usage, error, cost):
    body = {"usage": usage} | ({"error": error} if error else {})
    assert parse_image_answer(body).cost_usd == (None if cost is None else Decimal(cost))


def test_an_answer_without_an_id_gets_one_of_its_own_that_is_not_openrouters():
    assert generation_id_of("gen-1", b"...") == "gen-1"
    made = generation_id_of(None, b"...")
    assert made == generation_id_of(None, b"...") != generation_id_of(None, b"other")
    assert (is_generation_id("gen-1"), is_generation_id(made)) == (True, False)


@pytest.mark.parametrize("model", CHAT_MODELS)
def test_what_is_held_covers_all_the_tokens_that_a_request_allows(model):
    """At $30 per million tokens of a picture, as an answer showed; the prompt at its longest, a token per byte."""
    chosen = choose_input(model, size=(64, 64), prompt="x" * 2500)
    request = image_request(model, chosen.values, via=via(model))
    most = request["body"]["max_tokens"] * Decimal("0.00003") + 2500 * Decimal("0.0000003")
    assert PriceTable().image(model, chosen.values).worst_usd(chosen.output) >= most
