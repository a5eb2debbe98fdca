"""The sandbox's language models see pictures: by their colours alone, and paid by the picture, not by its bytes."""

import base64
import io
import json

import pytest
from PIL import Image

from asset_pipeline.sandbox.eyes import PICTURE_TOKENS

MODEL = "google/gemini-3.5-flash-lite"
NAMES = {"sees": {"type": "string"}, "problem": {"type": "string"}, "score": {"type": "number"}}
FORM = {"type": "json_schema", "json_schema": {"name": "sight", "schema": {"type": "object", "properties": NAMES}}}
WORDS = {"type": "text", "text": "What do you see?"}


def shown(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def ask(sandbox, *urls, form=FORM):
    parts = [WORDS, *({"type": "image_url", "image_url": {"url": url}} for url in urls)]
    wanted = {"response_format": form} if form else {}
    return sandbox.say(model=MODEL, messages=[{"role": "user", "content": parts}], **wanted)


def sight(response):
    return json.loads(response.json()["choices"][0]["message"]["content"])


def noise(side=64):
    return Image.effect_noise((side, side), 80)


def test_a_flat_picture_scores_low_with_what_is_wrong_and_another_one_high(quick):
    flat = sight(ask(quick, shown(Image.new("RGB", (64, 64), "teal"))))
    assert flat["score"] == 1
    assert "flat" in flat["problem"]
    good = sight(ask(quick, shown(noise())))
    assert 7 <= good["score"] <= 9.5
    assert good["problem"] == ""


def test_the_same_picture_is_scored_the_same_every_time(quick):
    url = shown(noise())
    assert sight(ask(quick, url)) == sight(ask(quick, url))


def test_a_picture_is_paid_by_the_picture_and_not_by_its_bytes(quick):
    tokens = [
        ask(quick, *urls).json()["usage"]["prompt_tokens"]
        for urls in ([], [shown(noise(8))], [shown(noise(256))], [shown(noise(8)), shown(noise(9))])
    ]
    assert tokens == [tokens[0] + PICTURE_TOKENS * count for count in (0, 1, 1, 2)]


@pytest.mark.parametrize(
    "url", ["https://example.com/a.png", "data:image/png;base64,bm8=", "data:image/png;base64,?", ""]
)
def test_what_is_no_picture_in_the_request_is_refused(quick, url):
    refused = ask(quick, url)
    assert refused.status_code == 400
    assert "data URLs" in refused.json()["error"]["message"]


def test_who_shows_a_picture_and_asks_for_plain_words_gets_them(quick):
    assert "nothing to say" in ask(quick, shown(noise()), form=None).json()["choices"][0]["message"]["content"]
