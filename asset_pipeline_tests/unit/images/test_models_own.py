"""What a spec says to its model itself: it comes before our own values, and is checked before anything is paid."""

import pytest

from asset_pipeline.images.models import ModelInput, built_in, choose_input, unknown_model
from asset_pipeline.results import Failed

RECRAFT = "recraft-ai/recraft-v3"
GPT = "openai/gpt-image-1.5"
FLUX_FLEX = "black-forest-labs/flux-2-flex"


def ask(model, **own):
    """Return what a model is asked with further input."""
    return choose_input(model, size=(64, 64), prompt="A lantern", own=own)


@pytest.mark.parametrize(
    ("model", "own"),
    [
        (RECRAFT, {"style": "digital_illustration"}),
        (GPT, {"quality": "high", "background": "opaque"}),
        (FLUX_FLEX, {"guidance": 7, "prompt_upsampling": True, "output_quality": 80}),
        ("black-forest-labs/flux-2-dev", {"go_fast": False}),
        ("google/imagen-4", {"output_format": "jpg"}),
    ],
)
def test_it_comes_before_what_is_sent_of_our_own_accord(model, own):
    chosen = ask(model, **own)
    assert isinstance(chosen, ModelInput)
    assert own.items() <= chosen.values.items()
    without = choose_input(model, size=(64, 64), prompt="A lantern")
    assert chosen.output == without.output


@pytest.mark.parametrize(
    ("model", "own", "said"),
    [
        (
            RECRAFT,
            {"style": "digital_ilustration"},
            ["style", "'digital_ilustration'", "did you mean 'digital_illustration'"],
        ),
        (RECRAFT, {"styl": "any"}, ["no input 'styl'", "did you mean 'style'"]),
        (GPT, {"quality": "best"}, ["quality", "'best'", "low, medium, high, auto"]),
        (FLUX_FLEX, {"steps": 51}, ["steps is 51", "50 or less"]),
        (FLUX_FLEX, {"guidance": 1}, ["guidance is 1", "1.5 or more"]),
        (FLUX_FLEX, {"steps": "many"}, ["steps is 'many'", "a whole number"]),
        (FLUX_FLEX, {"prompt_upsampling": "no"}, ["prompt_upsampling is 'no'", "true or false"]),
        ("ideogram-ai/ideogram-v3-turbo", {"magic_prompt_option": True}, ["magic_prompt_option is True", "quotes"]),
    ],
)
def test_what_the_model_does_not_take_is_said_with_key_value_and_what_is_allowed(model, own, said):
    failed = ask(model, **own)
    assert isinstance(failed, Failed)
    for words in (model, *said):
        assert words in failed.reason


@pytest.mark.parametrize("model", [RECRAFT, GPT, "somebody/new", "stability-ai/sdxl"])
@pytest.mark.parametrize(
    "key", ["prompt", "negative_prompt", "seed", "aspect_ratio", "width", "size", "num_outputs", "max_images"]
)
def test_what_the_pipeline_decides_cannot_be_said_by_a_spec(model, key):
    failed = ask(model, **{key: 1})
    assert isinstance(failed, Failed)
    assert f"{key!r} cannot be set" in failed.reason


def test_all_that_is_wrong_is_said_at_once():
    failed = ask(FLUX_FLEX, steps=0, guidance=99, stile="any")
    assert [key in failed.reason for key in ("steps", "guidance", "stile")] == [True, True, True]


def test_a_model_of_which_nothing_is_known_is_told_what_the_spec_says():
    chosen = ask("somebody/new", style="flat")
    assert chosen.values == {"prompt": "A lantern", "style": "flat"}
    assert unknown_model("somebody/new").problems(chosen.values) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"prompt": "A"}, []),
        ({}, ["'prompt'"]),
        ({"prompt": "A", "width": 1000}, ["width is 1000; it must be a multiple of 16"]),
        ({"prompt": "A", "megapixels": "1"}, ["no input 'megapixels'"]),
        ({"prompt": "A", "resolution": "3 MP", "steps": 0}, ["resolution is '3 MP'", "steps is 0"]),
        ({"prompt": "A", "seed": 5}, []),
    ],
)
def test_a_whole_input_is_checked_and_keys_that_would_be_dropped_in_silence_are_wrong(values, said):
    problems = built_in(FLUX_FLEX).problems(values)
    assert len(problems) == len(said)
    assert all(words in problem for words, problem in zip(said, problems, strict=True))
