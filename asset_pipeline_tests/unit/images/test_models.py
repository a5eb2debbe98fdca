"""What image models are asked: an input they take, whose shape loses least when it is cropped."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_pipeline.images.finish import crop_box
from asset_pipeline.images.models import MODELS, choose_input
from asset_pipeline.providers.prices import Output, PriceTable
from asset_pipeline.sandbox.tariff import IMAGE_MODELS, check_input, output_size

SIZES = [(48, 48), (64, 64), (512, 512), (1500, 400), (1920, 400), (400, 1500), (333, 777), (4096, 4096)]
FREE = "black-forest-labs/flux-1.1-pro"


def ask(model, size, **more):
    """Return the values a model is asked for a size."""
    return choose_input(model, size=size, prompt="A lantern", **more).values


def kept_share(model, size):
    """Return the share of the model's picture that is left after cropping."""
    offered = output_size(ask(model, size))
    left, top, right, bottom = crop_box(offered, size)
    return (right - left) * (bottom - top) / (offered[0] * offered[1])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("model", MODELS)
def test_every_model_takes_what_it_is_asked_for_every_size(model, size):
    values = ask(model, size, negative_prompt="text")
    assert check_input(IMAGE_MODELS[model], values) == []
    assert values["prompt"] == "A lantern"
    assert values.get("num_outputs", 1) == 1


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(MODELS)), st.integers(16, 4096), st.integers(16, 4096))
def test_every_model_takes_what_it_is_asked_for_any_size_a_spec_can_want(model, width, height):
    assert check_input(IMAGE_MODELS[model], ask(model, (width, height))) == []


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_price_and_a_twin_in_the_sandbox_with_no_key_it_does_not_know(model):
    assert PriceTable().image(model, {}).worst_usd(Output()) > 0
    unknown = ask(model, (512, 512), negative_prompt="text").keys() - IMAGE_MODELS[model].schema.keys()
    assert unknown <= {"apply_watermark"}


@pytest.mark.parametrize("model", [model for model in MODELS if "width" not in IMAGE_MODELS[model].schema])
def test_a_shape_that_a_model_offers_is_asked_for_as_it_is(model):
    name = "size" if "size" in IMAGE_MODELS[model].schema else "aspect_ratio"
    for offered in IMAGE_MODELS[model].schema[name]["enum"]:
        width, height = re.split("[x:]", offered)
        assert ask(model, (int(width), int(height)))[name] == offered


@pytest.mark.parametrize("model", MODELS)
def test_a_square_is_asked_for_as_a_square(model):
    assert kept_share(model, (64, 64)) == 1


@pytest.mark.parametrize("size", [(1500, 400), (1920, 400), (400, 1500)])
def test_a_model_of_free_size_draws_a_banner_in_its_own_shape(size):
    assert kept_share(FREE, size) > 0.97


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [(1500, 400), (333, 777)])
def test_no_model_is_asked_for_a_shape_that_loses_more_than_a_square_would(model, size):
    square = min(size) / max(size)
    assert kept_share(model, size) > square


@pytest.mark.parametrize(("wide", "tall"), [((1500, 400), (400, 1500)), ((1920, 1080), (1080, 1920))])
@pytest.mark.parametrize("model", MODELS)
def test_upright_and_lying_are_mirrored(model, wide, tall):
    assert output_size(ask(model, wide)) == output_size(ask(model, tall))[::-1]


def test_files_are_asked_for_without_loss_where_the_model_has_the_choice():
    formats = {model: ask(model, (64, 64)).get("output_format") for model in MODELS}
    assert set(formats.values()) == {"png", None}


def test_a_seed_is_taken_by_the_models_that_have_one():
    for model in MODELS:
        takes = choose_input(model, size=(64, 64), prompt="A").takes_seed
        assert takes == ("seed" in IMAGE_MODELS[model].schema)


def test_only_a_model_that_has_a_negative_prompt_is_given_one():
    given_one = [model for model in MODELS if "negative_prompt" in ask(model, (64, 64), negative_prompt="text")]
    assert given_one == ["stability-ai/sdxl"]
    assert "negative_prompt" not in ask("stability-ai/sdxl", (64, 64), negative_prompt="")


def test_a_version_of_a_known_model_is_asked_as_the_model():
    assert ask(f"stability-ai/sdxl:{'a' * 64}", (64, 64)) == ask("stability-ai/sdxl", (64, 64))


def test_an_unknown_model_is_asked_for_a_prompt_only():
    chosen = choose_input("somebody/new", size=(64, 64), prompt="A lantern", negative_prompt="text")
    assert (chosen.values, chosen.takes_seed, chosen.known) == ({"prompt": "A lantern"}, False, False)
