"""Models that nobody has built in are asked by the schema on their own page, whatever words it has for sizes."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_pipeline.images.models import ModelInput, choose_input, from_openapi
from asset_pipeline.results import Failed
from asset_pipeline_tests.support.projects import REPOSITORY

RECORDED = REPOSITORY.parent / "shared" / "recorded" / "replicate" / "models-get.yaml"
NAME = "somebody/new"
PROMPT = {"prompt": {"type": "string", "title": "Prompt"}}


def page(properties, /, *, output="string", **choices):
    """Return an OpenAPI document as Cog writes it: lists of choices stand apart and are referred to."""
    return {
        "openapi": "3.0.2",
        "components": {
            "schemas": {
                "Input": {
                    "type": "object",
                    "title": "Input",
                    "required": ["prompt"],
                    "properties": {
                        **PROMPT,
                        **properties,
                        **{
                            name: {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "default": values[0]}
                            for name, values in choices.items()
                        },
                    },
                },
                "Output": {"type": output},
                **{name: {"enum": values, "type": "string", "title": name} for name, values in choices.items()},
            }
        },
    }


def asked(document, size, **more):
    """Return what a model with such a page is asked, besides the prompt."""
    chosen = from_openapi(NAME, document).choose(size=size, prompt="A lantern", **more)
    assert isinstance(chosen, ModelInput), chosen
    return {key: value for key, value in chosen.values.items() if key != "prompt"}


def side(low=None, high=None, said=""):
    """Return a key for a side."""
    bounds = {name: value for name, value in (("minimum", low), ("maximum", high)) if value}
    return {"type": "integer", "description": said, **bounds}


@pytest.mark.parametrize(
    ("document", "size", "values"),
    [
        (page({}, aspect_ratio=["1:1", "16:9", "9:16"]), (1500, 400), {"aspect_ratio": "16:9"}),
        (page({}, aspect_ratio=["match_input_image", "3:2"]), (64, 64), {"aspect_ratio": "3:2"}),
        (page({}, size=["1024x1024", "1536x1024"]), (1500, 400), {"size": "1536x1024"}),
        (page({}, pixel=["512 * 512", "1024 * 1024"]), (64, 64), {"pixel": "1024 * 1024"}),
        (page({}, resolution=["None", "512x1536"], aspect_ratio=["1:1"]), (100, 300), {"resolution": "512x1536"}),
        (
            page({}, aspect_ratio=["1:1", "2:1"], resolution=["match_input_image", "0.5 MP", "1 MP", "4 MP"]),
            (64, 32),
            {"aspect_ratio": "2:1", "resolution": "1 MP"},
        ),
        (
            page({}, aspect_ratio=["1:1"], resolution=["0.5 MP", "1 MP", "4 MP"]),
            (2000, 2000),
            {"aspect_ratio": "1:1", "resolution": "4 MP"},
        ),
        (page({}, aspect_ratio=["1:1"], size=["1K", "2K", "4K"]), (1500, 1500), {"aspect_ratio": "1:1", "size": "2K"}),
        (
            page({}, aspect_ratio=["1:1"], megapixels=["0.25", "1"]),
            (48, 48),
            {"aspect_ratio": "1:1", "megapixels": "1"},
        ),
        (page({}, resolution=["512", "768", "1K", "1.5K"]), (48, 48), {"resolution": "1K"}),
        (
            page({"width": side(256, 1440), "height": side(256, 1440)}, aspect_ratio=["1:1", "custom"]),
            (1440, 720),
            {"aspect_ratio": "custom", "width": 1440, "height": 720},
        ),
        (
            page({"width": side(1024, 4096), "height": side(1024, 4096)}, size=["2K", "custom"], aspect_ratio=["1:1"]),
            (500, 500),
            {"size": "custom", "width": 1024, "height": 1024},
        ),
        (page({"width": side(), "height": side()}), (64, 64), {"width": 1024, "height": 1024}),
        (
            page({"width": side(256, 2048), "height": side(256, 2048)}, aspect_ratio=["1:1"]),
            (9, 3),
            {"aspect_ratio": "1:1"},
        ),
        (page({}), (1500, 400), {}),
        (page({}, aspect_ratio=["match_input_image", "Not set"]), (1500, 400), {}),
    ],
)
def test_each_vocabulary_of_sizes_is_understood(document, size, values):
    assert asked(document, size) == values


@pytest.mark.parametrize(
    "said",
    ["Must be a multiple of 64 (if it's not, it will be rounded)", "in multiples of 64", "Has to be divisible by 64."],
)
def test_a_step_that_only_the_description_tells_is_kept(said):
    document = page({"width": side(256, 1536, said), "height": side(256, 1536, said)})
    values = asked(document, (1500, 700))
    assert values["width"] % 64 == 0
    assert values["height"] % 64 == 0


def test_sides_that_no_multiple_fits_are_left_to_the_model():
    assert asked(page({"width": side(65, 70), "height": side(65, 70)}), (64, 64)) == {}


def test_what_would_cost_more_or_change_the_prompt_is_switched_off_in_any_model():
    count = {"type": "integer", "minimum": 1, "maximum": 10, "default": 4}
    properties = {
        "num_outputs": count,
        "number_of_images": count,
        "max_images": count,
        "enhance_prompt": {"type": "boolean", "default": True},
        "prompt_upsampling": {"type": "boolean", "default": True},
        "output_quality": {"type": "integer", "minimum": 0, "maximum": 100},
    }
    document = page(
        properties,
        quality=["auto", "low", "medium", "high"],
        magic_prompt_option=["Auto", "On", "Off"],
        sequential_image_generation=["auto", "disabled"],
    )
    assert asked(document, (64, 64)) == {
        "num_outputs": 1,
        "number_of_images": 1,
        "max_images": 1,
        "enhance_prompt": False,
        "prompt_upsampling": False,
        "output_quality": 95,
        "quality": "medium",
        "magic_prompt_option": "Off",
        "sequential_image_generation": "disabled",
    }


def test_nothing_is_switched_to_what_the_model_does_not_know():
    document = page({"output_quality": {"type": "integer", "maximum": 90}}, quality=["Speed", "Quality"])
    assert asked(document, (64, 64)) == {}


@pytest.mark.parametrize(
    ("offered", "finished", "chosen"),
    [
        (["webp", "jpg", "png"], "jpg", "png"),
        (["jpg", "webp"], "png", "webp"),
        (["jpg", "webp"], "jpg", "jpg"),
        (["jpeg", "webp"], "jpg", "jpeg"),
        (["jpeg"], "png", "jpeg"),
    ],
)
def test_the_format_is_without_loss_or_the_finished_ones_as_the_model_spells_it(offered, finished, chosen):
    assert asked(page({}, output_format=offered), (64, 64), format=finished) == {"output_format": chosen}


@pytest.mark.parametrize(("rule", "taken"), [({}, True), ({"maximum": 2147483647}, True), ({"maximum": 9999}, False)])
def test_a_seed_is_taken_where_it_is_large_enough_to_tell_attempts_apart(rule, taken):
    assert from_openapi(NAME, page({"seed": {"type": "integer", **rule}})).takes_seed == taken


def test_choices_that_may_be_null_are_choices():
    optional = {"anyOf": [{"enum": ["1:1", "2:1"], "type": "string"}, {"type": "null"}], "default": None}
    assert asked(page({"aspect_ratio": optional}), (64, 32)) == {"aspect_ratio": "2:1"}


def test_a_model_that_needs_a_picture_says_so_before_anything_is_paid():
    document = page({"image": {"type": "string", "format": "uri"}})
    document["components"]["schemas"]["Input"]["required"].append("image")
    said = from_openapi(NAME, document).choose(size=(64, 64), prompt="A lantern")
    assert isinstance(said, Failed)
    assert "somebody/new" in said.reason
    assert "'image'" in said.reason


def test_a_model_without_a_prompt_is_none_of_ours():
    document = page({})
    document["components"]["schemas"]["Input"] = {"properties": {"text": {"type": "string"}}}
    said = from_openapi(NAME, document).choose(size=(64, 64), prompt="A lantern")
    assert isinstance(said, Failed)
    assert "no input 'prompt'" in said.reason


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"components": None},
        {"components": {"schemas": {"Input": "x"}}},
        {"components": {"schemas": {"Input": {"properties": {}}}}},
        {"components": {"schemas": {"Input": {"properties": {"prompt": 1}}}}},
        {"components": {"schemas": {"Input": {"properties": {"prompt": {"type": "strange"}}}}}},
        {"components": {"schemas": {"Input": {"$ref": "#/components/schemas/Input"}}}},
    ],
)
def test_a_page_without_a_schema_of_use_leaves_the_model_unknown(document):
    chosen = from_openapi(NAME, document).choose(size=(64, 64), prompt="A lantern")
    assert chosen == choose_input(NAME, size=(64, 64), prompt="A lantern")


def test_a_schema_that_refers_to_itself_is_read_as_far_as_it_can_be():
    document = page({"loop": {"$ref": "#/components/schemas/Loop"}}, aspect_ratio=["1:1"])
    document["components"]["schemas"]["Loop"] = {"type": "array", "items": {"$ref": "#/components/schemas/Loop"}}
    assert asked(document, (64, 64)) == {"aspect_ratio": "1:1"}


def test_an_input_may_be_called_like_a_word_of_json_schema():
    document = page({"pattern": {"type": "string", "enum": ["dots", "lines"]}}, properties=["few", "many"])
    own = {"pattern": "dots", "properties": "many"}
    assert asked(document, (64, 64), own=own) == own


def test_a_prompt_that_is_too_long_is_said_without_repeating_it():
    document = page({"prompt": {"type": "string", "maxLength": 1000}})
    said = from_openapi(NAME, document).choose(size=(64, 64), prompt="A lantern " * 200)
    assert isinstance(said, Failed)
    assert "prompt has 2000 characters; it must have 1000 or fewer" in said.reason
    assert "lantern" not in said.reason


@pytest.mark.parametrize(
    "choices",
    [
        {"size": ["0x0", "1x1", "99999999x1", "1024x1024"]},
        {"aspect_ratio": ["0:1", "1:0", f"{'9' * 400}:1", "1:1"]},
        {"resolution": [f"{'9' * 400} MP", "0 MP", "1 MP"]},
        {"megapixels": ["0", "9" * 400, "1"]},
    ],
)
def test_sizes_that_are_none_are_never_asked_for(choices):
    ((key, values),) = choices.items()
    assert asked(page({}, **choices), (64, 64)) == {key: values[-1]}


WORDS = ["1:1", "9999:1", "custom", "2K", "0 MP", "1e9", "512x512", "string", "integer", "$ref", "(", "multiple of 0"]
NUMBERS = st.integers() | st.floats()
RULES = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "number", "boolean", "array", "strange"]),
            "enum": st.lists(st.sampled_from(WORDS) | NUMBERS | st.booleans() | st.none(), max_size=4),
            "minimum": NUMBERS,
            "maximum": NUMBERS,
            "multipleOf": NUMBERS,
            "description": st.sampled_from(WORDS),
            "pattern": st.sampled_from(WORDS),
            "$ref": st.sampled_from(["#/components/schemas/Input", "#/nowhere", "(", ""]),
        },
    ),
    lambda rule: st.fixed_dictionaries({"allOf": st.lists(rule, max_size=2)}, optional={"anyOf": st.lists(rule)}),
    max_leaves=5,
)


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(st.sampled_from(["aspect_ratio", "size", "width", "height", "seed", "quality", "n"]), RULES))
def test_no_page_however_odd_breaks_the_choice(properties):
    model = from_openapi(NAME, page(properties))
    chosen = model.choose(size=(640, 480), prompt="A lantern")
    assert isinstance(chosen, ModelInput | Failed)
    assert isinstance(model.takes_seed, bool)


@pytest.mark.skipif(not RECORDED.is_file(), reason="no recorded answers of Replicate beside the repository")
def test_the_recorded_page_of_sdxl_leads_to_the_same_input_as_what_is_built_in():
    body = json.loads(yaml.safe_load(RECORDED.read_text())["interactions"][0]["response"]["content"])
    model = from_openapi("stability-ai/sdxl", body["latest_version"]["openapi_schema"])
    more = {"size": (1500, 400), "prompt": "A lantern", "negative_prompt": "text"}
    assert model.choose(**more) == choose_input("stability-ai/sdxl", **more)
    assert model.properties["scheduler"]["enum"][0] == "DDIM"
    assert model.problems({"prompt": "A", "refine": "none", "width": "wide"})
