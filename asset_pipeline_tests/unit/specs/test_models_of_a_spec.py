"""Which models a spec names for an image: the first one, those that step in, and what else the first is told."""

import pytest

from asset_pipeline_tests.support.wanted import wanted

LANTERN = "images: [{type: icons, title: Lantern"
RECRAFT, SCHNELL = "recraft-ai/recraft-v3", "black-forest-labs/flux-schnell"


@pytest.fixture
def only(load):
    """Return the only image that a spec wants."""

    def read(text):
        loaded = load(f"collection: test\n{text}")
        assert loaded.problems == ()
        (image,) = loaded.collections[0].images
        return image

    return read


@pytest.fixture
def problem(load):
    """Return the only problem of a spec, as it is told."""

    def read(text):
        (found,) = load(f"collection: test\n{text}").problems
        return str(found)

    return read


@pytest.mark.parametrize(
    "name",
    ["openrouter:google/gemini-2.5-flash-image", "deployments/acme/our-flux", f"stability-ai/sdxl:{'7' * 64}"],
)
def test_a_model_may_be_on_openrouter_a_deployment_or_one_version(only, name):
    assert only(f'{LANTERN}, model: "{name}"}}]\n').model == name


@pytest.mark.parametrize(
    "name", ["flux", "openrouter:flux", "deployments/our-flux", "a/b:123", "replicate:a/b", "a/b/c"]
)
def test_any_other_name_is_refused_with_all_that_are_possible(problem, name):
    said = problem(f'{LANTERN}, model: "{name}"}}]\n')
    assert said.startswith("spec.yaml:2: images[0].model: ")
    for form in ("owner/name", "deployments/owner/name", "openrouter:owner/name"):
        assert form in said


def test_a_types_fallbacks_are_its_images_fallbacks_unless_one_says_otherwise(only):
    types = f"types: {{icons: {{fallbacks: [{SCHNELL}]}}}}\n"
    assert only(f"{types}{LANTERN}}}]\n").fallbacks == (SCHNELL,)
    assert only(f"{types}{LANTERN}, fallbacks: [a/b]}}]\n").fallbacks == ("a/b",)
    assert only(f"{types}{LANTERN}, fallbacks: []}}]\n").fallbacks == ()
    assert only(f"{LANTERN}}}]\n").fallbacks == ()


def test_more_than_five_fallbacks_are_refused(problem):
    assert "fallbacks" in problem(f"{LANTERN}, fallbacks: [a/b, a/c, a/d, a/e, a/f, a/g]}}]\n")


def test_an_image_adds_to_its_types_input_and_overrides_it(only):
    types = "types: {icons: {input: {style: engraving, seed_words: 3}}}\n"
    image = only(f"{types}{LANTERN}, input: {{style: line_art, raw: true}}}}]\n")
    assert dict(image.input) == {"style": "line_art", "seed_words": 3, "raw": True}


def test_an_image_with_a_model_of_its_own_does_not_get_the_input_of_its_types_model(only):
    types = f"types: {{icons: {{model: {RECRAFT}, input: {{style: engraving}}}}}}\n"
    assert dict(only(f"{types}{LANTERN}, model: {SCHNELL}}}]\n").input) == {}
    assert dict(only(f"{types}{LANTERN}, model: {RECRAFT}}}]\n").input) == {"style": "engraving"}


@pytest.mark.parametrize("value", ["[1, 2]", "{a: 1}", "null", ".nan", ".inf", "-.inf"])
def test_input_is_plain_values_only(load, value):
    loaded = load(f"collection: test\n{LANTERN}, input: {{size: {value}}}}}]\n")
    assert "images[0].input.size" in str(loaded.problems[0])


def test_each_model_is_tried_once_in_the_specs_order():
    assert wanted(fallbacks=(SCHNELL, RECRAFT, "a/b")).models == (RECRAFT, SCHNELL, "a/b")


def test_made_by_another_model_it_is_the_same_image_without_the_first_ones_input():
    image = wanted(fallbacks=(SCHNELL,), input=(("style", "engraving"),))
    other = image.made_by(SCHNELL)
    assert (other.model, other.fallbacks, other.input, other.key) == (SCHNELL, (), (), image.key)
    assert image.made_by(image.model) == image


def test_a_spec_that_says_nothing_of_newer_keys_wants_what_it_always_wanted():
    """The hash is kept in ledgers; a new key of specs must not make every image count as changed."""
    assert wanted().sha256 == wanted(fallbacks=(), input=(), tone=None).sha256
    others = [wanted(fallbacks=("a/b",)), wanted(input=(("a", 1),)), wanted(tone="tech_bridge")]
    assert len({wanted().sha256, *(other.sha256 for other in others)}) == 4
    assert wanted().sha256 == "0a46630c7e356878a379b489b6ab1b89c1aab234495087052e633ad89a1deb7b"
