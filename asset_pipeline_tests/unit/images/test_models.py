"""What image models are asked: an input they take, whose shape loses least when it is cropped."""

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from asset_pipeline.cli.models import cells
from asset_pipeline.images.finish import crop_box
from asset_pipeline.images.models import built_in, built_in_facts, built_in_names, built_in_schema, choose_input
from asset_pipeline.images.models.pins import COUNTS
from asset_pipeline.images.models.survey import USUAL_SIZES, survey
from asset_pipeline.providers.prices import PriceTable

MODELS = built_in_names()
FLUX_PRO = "black-forest-labs/flux-1.1-pro"
FLUX_2 = "black-forest-labs/flux-2-pro"
SIDES = st.integers(16, 4096)
# They have 21:9 and no 9:21.
ONLY_WIDE = {
    model
    for model in MODELS
    if "21:9" in built_in_schema(model)["properties"].get("aspect_ratio", {}).get("enum", ())
    and "9:21" not in built_in_schema(model)["properties"]["aspect_ratio"]["enum"]
}


def ask(model, size, **more):
    """Return what a model is asked for a size."""
    return choose_input(model, size=size, prompt="A lantern", **more)


def strict(model):
    """Return a judge of a model's inputs that knows its schema and nothing else of the pipeline."""
    return Draft202012Validator({**built_in_schema(model), "additionalProperties": False})


def test_the_table_tells_of_every_model_and_usual_size_what_is_cropped_enlarged_and_paid():
    fits = list(survey([built_in(model) for model in MODELS], USUAL_SIZES, PriceTable()))
    for fit in fits:
        print(*cells(fit), sep="  ")  # noqa: T201 - `pytest -rP` shows the table
    assert [(fit.model, fit.size) for fit in fits] == [(model, size) for model in MODELS for size in USUAL_SIZES]
    assert all(0 <= fit.crop_loss < 1 <= fit.enlargement for fit in fits)


@pytest.mark.parametrize("size", USUAL_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("model", MODELS)
def test_every_model_takes_what_it_is_asked_for_every_usual_size(model, size):
    values = ask(model, size, negative_prompt="text").values
    assert list(strict(model).iter_errors(values)) == []
    assert values["prompt"] == "A lantern"
    assert {key: value for key, value in values.items() if key in COUNTS}.items() <= COUNTS.items()


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MODELS), SIDES, SIDES)
def test_every_model_takes_what_it_is_asked_for_any_size_a_spec_can_want(model, width, height):
    values = ask(model, (width, height)).values
    assert strict(model).is_valid(values)
    assert built_in(model).problems(values) == []


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MODELS), SIDES, SIDES)
def test_what_is_said_to_be_cropped_and_enlarged_is_what_finishing_does(model, width, height):
    chosen = ask(model, (width, height))
    offered = (chosen.output.width, chosen.output.height)
    left, top, right, bottom = crop_box(offered, (width, height))
    kept = (right - left) * (bottom - top) / (offered[0] * offered[1])
    assert chosen.crop_loss((width, height)) == pytest.approx(1 - kept)
    assert chosen.enlargement((width, height)) == pytest.approx(max(1, width / (right - left)))


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MODELS), SIDES, SIDES)
def test_no_model_is_asked_for_a_shape_that_loses_more_than_a_square_would(model, width, height):
    square = 1 - min(width, height) / max(width, height)
    assert ask(model, (width, height)).crop_loss((width, height)) <= square + 0.01


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(MODELS), st.integers(16, 1024))
def test_a_square_is_asked_for_as_a_square_of_a_megapixel_or_more_and_is_not_cropped(model, side):
    chosen = ask(model, (side, side))
    assert chosen.crop_loss((side, side)) == 0
    assert chosen.output.width >= 1024


@pytest.mark.parametrize("size", [(1500, 400), (1920, 400), (400, 1500), (2100, 600), (333, 777)])
@pytest.mark.parametrize("model", [FLUX_PRO, FLUX_2, "black-forest-labs/flux-2-dev", "stability-ai/sdxl"])
def test_a_model_of_free_size_draws_a_banner_in_its_own_shape(model, size):
    limit = 0.4 if model == "stability-ai/sdxl" else 0.005
    assert ask(model, size).crop_loss(size) < limit


@pytest.mark.parametrize(("wide", "tall"), [((1500, 400), (400, 1500)), ((1920, 1080), (1080, 1920))])
@pytest.mark.parametrize("model", [model for model in MODELS if model not in ONLY_WIDE])
def test_upright_and_lying_are_mirrored_where_the_model_has_both(model, wide, tall):
    lying, upright = ask(model, wide).output, ask(model, tall).output
    assert (lying.width, lying.height) == (upright.height, upright.width)


@pytest.mark.parametrize("model", MODELS)
def test_a_shape_or_size_that_a_model_offers_is_asked_for_as_it_is(model):
    asked = ask(model, (64, 64)).values
    key = next(
        (key for key in ("size", "resolution", "aspect_ratio") if re.search(r"\d[x:]\d", str(asked.get(key)))), ""
    )
    for offered in built_in_schema(model)["properties"].get(key, {}).get("enum", ()):
        if match := re.fullmatch(r"(\d+)[x:](\d+)", offered):
            shape = (int(match[1]), int(match[2]))
            found = ask(model, shape).values[key]
            width, height = (int(side) for side in re.split("[x:]", found))
            assert found == offered or width / height == pytest.approx(shape[0] / shape[1], rel=0.01)


def test_a_larger_file_gets_a_larger_picture_where_that_spares_enlarging_and_the_model_can():
    small, large = ask(FLUX_2, (64, 64)).output, ask(FLUX_2, (2000, 2000)).output
    assert (small.width, small.height) == (1024, 1024)
    assert large.width >= 2000
    assert ask("bytedance/seedream-4.5", (4096, 4096)).values["size"] == "4K"
    assert ask("bytedance/seedream-4.5", (64, 64)).values["size"] == "2K"


def test_a_model_that_draws_best_at_a_megapixel_is_asked_for_that_whatever_the_file():
    output = ask("stability-ai/sdxl", (4096, 4096)).output
    assert (output.width, output.height) == (1024, 1024)


def test_files_are_asked_for_without_loss_where_the_model_has_the_choice():
    for model in MODELS:
        offered = built_in_schema(model)["properties"].get("output_format", {}).get("enum", [])
        assert ask(model, (64, 64), format="jpg").values.get("output_format") == ("png" if offered else None)


def test_a_seed_is_taken_by_the_models_that_have_one():
    takers = {model for model in MODELS if ask(model, (64, 64)).takes_seed}
    assert takers == {model for model in MODELS if "seed" in built_in_schema(model)["properties"]}
    assert "recraft-ai/recraft-v3" not in takers
    assert FLUX_PRO in takers


def test_only_a_model_that_has_a_negative_prompt_is_given_one():
    given_one = {model for model in MODELS if "negative_prompt" in ask(model, (64, 64), negative_prompt="text").values}
    assert given_one == {
        "stability-ai/sdxl",
        "stability-ai/stable-diffusion-3.5-large",
        "stability-ai/stable-diffusion-3.5-large-turbo",
    }
    assert "negative_prompt" not in ask("stability-ai/sdxl", (64, 64), negative_prompt="").values


def test_a_version_of_a_known_model_is_asked_as_the_model():
    version = f"stability-ai/sdxl:{'a' * 64}"
    assert ask(version, (64, 64)).values == ask("stability-ai/sdxl", (64, 64)).values


def test_an_unknown_model_is_asked_for_a_prompt_only():
    chosen = ask("somebody/new", (64, 64), negative_prompt="text")
    assert (chosen.values, chosen.takes_seed, chosen.known) == ({"prompt": "A lantern"}, False, False)


@pytest.mark.parametrize(
    ("model", "size", "values"),
    [
        (
            "black-forest-labs/flux-schnell",
            (1500, 400),
            {"num_outputs": 1, "megapixels": "1", "output_quality": 95, "aspect_ratio": "21:9", "output_format": "png"},
        ),
        (
            FLUX_PRO,
            (1500, 400),
            {
                "aspect_ratio": "custom",
                "width": 1440,
                "height": 384,
                "output_quality": 95,
                "prompt_upsampling": False,
                "output_format": "png",
            },
        ),
        ("black-forest-labs/flux-1.1-pro-ultra", (64, 64), {"aspect_ratio": "1:1", "output_format": "png"}),
        ("recraft-ai/recraft-v3", (64, 64), {"size": "1024x1024"}),
        ("stability-ai/sdxl", (64, 64), {"num_outputs": 1, "apply_watermark": False, "width": 1024, "height": 1024}),
        ("google/imagen-4", (1500, 400), {"aspect_ratio": "16:9", "output_format": "png"}),
    ],
)
def test_what_was_bought_before_is_asked_for_in_the_same_words_and_so_not_bought_again(model, size, values):
    assert ask(model, size).values == {"prompt": "A lantern", **values}


@pytest.mark.parametrize("model", [model for model in MODELS if PriceTable().rows(model)])
def test_a_model_with_a_price_has_one_for_every_input_that_is_chosen_for_it(model):
    for size in USUAL_SIZES:
        chosen = ask(model, size)
        assert PriceTable().image(model, chosen.values).worst_usd(chosen.output) > 0


def test_pixels_that_are_paid_for_are_counted_as_they_are_asked_for():
    small, large = ask(FLUX_2, (64, 64)), ask(FLUX_2, (2048, 2048))
    price = PriceTable().image(FLUX_2, small.values)
    assert price.worst_usd(large.output) - price.worst_usd(small.output) == Decimal("0.015") * (5 - 2)


def test_openrouters_models_are_asked_by_chat_or_by_the_images_endpoint():
    ways = {model: built_in_facts(model).via for model in MODELS if model.startswith("openrouter:")}
    assert ways == {
        "openrouter:google/gemini-2.5-flash-image": "chat",
        "openrouter:google/gemini-3.1-flash-lite-image": "chat",
        "openrouter:bytedance-seed/seedream-4.5": "images",
    }
