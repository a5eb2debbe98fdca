"""What a language model is asked about a finished picture, and how its word becomes a check."""

import base64
import io
import json

import jsonschema
import pytest
from PIL import Image

from asset_pipeline.images.checks.check import Bound
from asset_pipeline.images.vision import check_of, read_sight, reduced, vision_question
from asset_pipeline.providers.language_prices import dearest
from asset_pipeline.providers.openrouter.endpoints import Endpoint
from asset_pipeline.providers.openrouter.pictures import Picture, with_pictures
from asset_pipeline.providers.openrouter.routing import Format
from asset_pipeline.results import Failed
from asset_pipeline.settings.checks import Policy, VisionRule
from asset_pipeline.specs import ImageType
from asset_pipeline_tests.support.wanted import wanted

RULE = VisionRule()
NO_SCORES = (True, "8", -0.1, 10.1, float("nan"))
GOOD = {"sees": "A lantern.", "problem": "", "score": 8}


def png(size=(64, 64), colour=(200, 30, 30), mode="RGB"):
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def key(question):
    return question.content_key(mode="sandbox", reasoning=None)


def worst(question, **pricing):
    endpoint = Endpoint("one", {"prompt": "0.000001", "completion": "0.000002", **pricing})
    return question.worst_usd(dearest([endpoint], as_of="2026-01-01"))


@pytest.mark.parametrize("kind", ImageType)
def test_it_says_what_was_wanted_what_to_avoid_and_what_a_score_means(kind):
    question = vision_question(wanted(type=kind), Picture(png()), RULE)
    told, asked = (message["content"] for message in question.messages)
    for words in ("Title: Lantern", "Description: A light that is carried.", "64x64", "Avoid: text, people"):
        assert words in asked
    assert all(f"\n{score}: " in told for score in (2, 5, 8, 10))
    assert "transparent" not in asked
    assert "transparent" in vision_question(wanted(transparent=True), Picture(png()), RULE).messages[1]["content"]


@pytest.mark.parametrize("form", Format)
def test_what_is_kept_has_the_hash_of_the_picture_and_what_is_sent_has_the_picture(form):
    picture = Picture(png())
    kept = {"model": RULE.model, **vision_question(wanted(), picture, RULE).form(form)}
    sent = with_pictures(kept, [picture])
    assert "base64" not in json.dumps(kept)
    words, shown = sent["messages"][-1]["content"]
    assert words == kept["messages"][-1]["content"][0]
    head, _, data = shown["image_url"]["url"].partition(",")
    assert (shown["type"], head) == ("image_url", "data:image/png;base64")
    assert base64.b64decode(data) == picture.data
    assert kept["messages"][-1]["content"][1]["image_url"]["bytes"] == len(picture.data)


def test_another_picture_wish_or_model_is_another_question_and_a_dearer_hold_is_not():
    question = vision_question(wanted(), Picture(png()), RULE)
    same = vision_question(wanted(), Picture(png()), VisionRule(image_tokens=1, threshold=9))
    others = [
        vision_question(wanted(), Picture(png(colour=(0, 0, 0))), RULE),
        vision_question(wanted(title="Lamp"), Picture(png()), RULE),
        vision_question(wanted(), Picture(png()), VisionRule(model="maker/other")),
    ]
    assert key(same) == key(question)
    assert len({key(one) for one in (question, *others)}) == 4


def test_the_hold_has_the_ceiling_of_a_picture_whatever_its_bytes_and_what_a_picture_costs_besides():
    small, large = (vision_question(wanted(), Picture(data), RULE) for data in (b"", b"x" * 1_000_000))
    assert worst(small) == worst(large) > 40_000 * worst(small) / 43_000
    plain = worst(small)
    assert float(worst(small, image="0.005") - plain) == pytest.approx(0.005)
    assert float(worst(small, image_token="0.000003") - plain) == pytest.approx(40_000 * 0.000002)


@pytest.mark.parametrize("price", ["-1", "a little"])
def test_a_picture_whose_price_cannot_be_read_is_not_shown(price):
    endpoint = Endpoint("one", {"prompt": "0.000001", "completion": "0.000002", "image": price})
    assert dearest([endpoint], as_of="2026-01-01") is None


@pytest.mark.parametrize(("size", "shown"), [((1500, 400), (512, 137)), ((64, 64), (64, 64)), ((400, 4000), (51, 512))])
def test_a_picture_is_shown_no_larger_than_wanted_and_never_enlarged(size, shown):
    with Image.open(io.BytesIO(reduced(png(size), 512).data)) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", shown, "RGB")


def test_what_is_seen_through_is_shown_on_a_ground_that_hides_neither_light_nor_dark():
    with Image.open(io.BytesIO(reduced(png(colour=(255, 255, 255, 0), mode="RGBA"), 512).data)) as picture:
        assert picture.getpixel((0, 0)) == (128, 128, 128)


def test_the_same_picture_is_sent_in_the_same_bytes():
    assert reduced(png(), 512).data == reduced(png(), 512).data


@pytest.mark.parametrize(
    ("score", "problem", "passed", "text"),
    [
        (8, "", True, "A lantern."),
        (6, "The handle is cut off.", True, "The handle is cut off."),
        (5.9, "The handle is cut off.", False, "The handle is cut off."),
    ],
)
def test_the_score_is_the_checks_value_and_its_text_the_problem_or_what_is_seen(score, problem, passed, text):
    sight = read_sight(GOOD | {"score": score, "problem": problem})
    check = check_of(sight, RULE)
    assert (check.name, check.value, check.threshold, check.bound) == ("vision", score, 6, Bound.AT_LEAST)
    assert (check.passed, check.policy, check.text) == (passed, Policy.REVIEW, text)


def test_an_answer_in_the_wanted_form_is_read():
    jsonschema.validate(GOOD, vision_question(wanted(), Picture(b""), RULE).schema)


@pytest.mark.parametrize(
    "value",
    [None, [], {}, GOOD | {"score": None}, *(GOOD | {"score": one} for one in NO_SCORES)],
)
def test_an_answer_without_a_score_from_0_to_10_is_of_no_use(value):
    assert isinstance(read_sight(value), Failed)
