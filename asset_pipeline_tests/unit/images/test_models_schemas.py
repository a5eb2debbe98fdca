"""The built-in schemas are what they claim to be: schemas, dated, with defaults that they allow themselves."""

from datetime import date

import pytest
from jsonschema import Draft202012Validator

from asset_pipeline.images.models import built_in_facts, built_in_names, built_in_schema, via
from asset_pipeline.images.models.pins import COUNTS, RESERVED
from asset_pipeline.images.models.vocabulary import SIZE_KEYS

MODELS = built_in_names()


@pytest.mark.parametrize("model", MODELS)
def test_each_is_a_schema_of_an_input_with_a_prompt_whose_defaults_are_allowed(model):
    schema = built_in_schema(model)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["prompt"]["type"] == "string"
    for key, rule in schema["properties"].items():
        assert "default" not in rule or Draft202012Validator(rule).is_valid(rule["default"]), key
        assert all(isinstance(choice, str) for choice in rule.get("enum", ())), (
            f"{key}: YAML took text for something else"
        )


@pytest.mark.parametrize("model", MODELS)
def test_each_says_where_and_when_it_was_seen(model):
    facts = built_in_facts(model)
    assert date(2025, 1, 1) < facts.seen_on < date(2027, 1, 1)
    assert facts.source
    assert facts.default_format in ("png", "webp", "jpg", "svg")


@pytest.mark.parametrize("model", MODELS)
def test_every_key_that_could_multiply_the_price_is_known_to_the_pipeline(model):
    sounds_like_many = {key for key in built_in_schema(model)["properties"] if "num_o" in key or "images" in key}
    assert sounds_like_many <= COUNTS.keys()
    assert COUNTS.keys() | SIZE_KEYS <= RESERVED.keys()


def test_a_version_has_the_schema_and_facts_of_its_model_and_a_colon_in_front_is_no_version():
    version = f"stability-ai/sdxl:{'b' * 64}"
    assert built_in_schema(version) == built_in_schema("stability-ai/sdxl")
    assert built_in_facts(version) == built_in_facts("stability-ai/sdxl")
    assert built_in_schema("openrouter:bytedance-seed/seedream-4.5")["properties"]["n"]["default"] == 1


def test_a_model_that_is_not_built_in_has_no_schema_and_no_facts():
    assert built_in_schema("somebody/new") is None
    assert built_in_facts("somebody/new") is None


@pytest.mark.parametrize(
    ("model", "way"),
    [
        ("somebody/new", "replicate"),
        ("google/imagen-4", "replicate"),
        ("openrouter:somebody/new", "images"),
        ("openrouter:google/gemini-2.5-flash-image", "chat"),
    ],
)
def test_whom_to_ask_is_known_of_every_model(model, way):
    assert via(model) == way


def test_output_comes_as_a_list_from_those_models_that_are_known_to_send_one():
    assert built_in_facts("black-forest-labs/flux-schnell").as_list
    assert not built_in_facts("black-forest-labs/flux-1.1-pro").as_list
    assert built_in_facts("recraft-ai/recraft-v3-svg").default_format == "svg"
