"""The sandbox's tariff: sizes, checks of inputs, and prices that agree with what the pipeline believes."""

import pytest

from asset_pipeline.images.models import MODELS, choose_input
from asset_pipeline.providers.prices import Output, PriceTable
from asset_pipeline.sandbox.tariff import IMAGE_MODELS, LANGUAGE_MODELS, check_input, output_size
from asset_pipeline_tests.unit.sandbox.support import FLUX


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({}, (1024, 1024)),
        ({"aspect_ratio": "16:9"}, (1376, 768)),
        ({"aspect_ratio": "1:1", "megapixels": "0.25"}, (512, 512)),
        ({"aspect_ratio": "custom", "width": 640, "height": 480}, (640, 480)),
        ({"width": 512, "height": 768}, (512, 768)),
        ({"aspect_ratio": "1:1", "width": 512, "height": 768}, (1024, 1024)),
        ({"size": "1820x1024"}, (1820, 1024)),
    ],
)
def test_a_file_is_as_large_as_the_input_says(given, size):
    assert output_size(given) == size


@pytest.mark.parametrize("model", sorted(set(IMAGE_MODELS) & set(MODELS)))
@pytest.mark.parametrize("size", [(64, 64), (1500, 400)])
def test_what_the_pipeline_asks_a_model_is_valid_there(model, size):
    chosen = choose_input(model, size=size, prompt="a compass", negative_prompt="text")
    assert check_input(IMAGE_MODELS[model], chosen.values) == []


@pytest.mark.parametrize("model", IMAGE_MODELS)
def test_no_image_costs_more_than_what_is_held_for_it(model):
    assert IMAGE_MODELS[model].usd <= PriceTable().image(model, {}).worst_usd(Output())


@pytest.mark.parametrize("model", LANGUAGE_MODELS)
def test_no_token_costs_more_than_what_an_estimate_says(model):
    price = PriceTable().language(model)
    prompt, completion, cache_write = LANGUAGE_MODELS[model]
    assert max(prompt, cache_write) <= price.input_usd
    assert completion <= price.output_usd


def test_all_that_is_wrong_with_an_input_is_said_at_once():
    problems = check_input(IMAGE_MODELS[FLUX], {"prompt": "x", "output_format": "gif", "num_outputs": 5})
    assert [one["field"] for one in problems] == ["input.output_format", "input.num_outputs"]
    assert problems[0]["description"] == 'output_format must be one of the following: "webp", "jpg", "png"'


def test_a_truth_value_is_no_number_and_an_absent_key_is_no_mistake():
    assert check_input(IMAGE_MODELS[FLUX], {"prompt": "x", "num_outputs": True, "go_fast": False, "seed": None}) == []
