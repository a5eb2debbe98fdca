"""A recipe changes exactly when something changes that decides the finished file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_pipeline.images.finisher import FinishRules
from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.recipes import Recipe, RecipeBook
from asset_pipeline.results import Failed
from asset_pipeline.settings.prompts import Criteria, PromptSettings
from asset_pipeline.specs import ImageType, Theme, WantedImage

THEME = Theme(style=("fine",), palette=(("ink", "#112233"), ("gold", "#AA8833")), mood=("calm",), avoid=("text",))
IMAGE = WantedImage(
    key="test.covers.desk", collection="test", type=ImageType.COVERS, slug="desk", title="The Desk",
    description="where keys are kept", role="keeper", tier="hub", model="black-forest-labs/flux-1.1-pro",
    width=1500, height=400, format="webp", theme=THEME,
)  # fmt: skip
WRITERS = ("a/one", "b/two")
RENDERER = PromptRenderer()


def key_of(wanted=IMAGE, *, of="sandbox", **prompts):
    """Return the key of an image's recipe; `of` is the pipeline's mode, the others are settings of prompts."""
    terms = Terms(PromptSettings(**prompts), {}, of)
    recipe = RecipeBook(RENDERER, terms, models=ModelBook(), finish=FinishRules()).recipe(wanted)
    assert isinstance(recipe, Recipe), recipe
    return recipe.key


def changed(**fields):
    """Return the image, validated anew with other fields."""
    return WantedImage.model_validate(IMAGE.model_dump() | fields)


def theme(**fields):
    """Return the image with another theme."""
    return changed(theme=THEME.model_dump() | fields)


@pytest.mark.parametrize(
    "other",
    [
        changed(title="The Key Desk"),
        changed(description="where keys are lent"),
        changed(role="member"),
        changed(role=None),
        changed(tier="document"),
        changed(tier=None),
        changed(type="icons"),
        changed(variant=2),
        changed(take=2),
        changed(model="black-forest-labs/flux-schnell"),
        changed(model=f"black-forest-labs/flux-1.1-pro:{'0' * 64}"),
        changed(width=1499),
        changed(height=401),
        changed(format="png"),
        changed(master_prompt="A banner of {{ image.title }}"),
        theme(style=("bold",)),
        theme(palette=(("ink", "#112234"), ("gold", "#AA8833"))),
        theme(palette=(("gold", "#AA8833"), ("ink", "#112233"))),
        theme(mood=()),
        theme(avoid=("text", "people")),
    ],
    ids=lambda wanted: ",".join(n for n, v in wanted.model_dump().items() if v != IMAGE.model_dump()[n]),
)
def test_whatever_decides_how_the_file_looks_changes_the_recipe(other):
    assert key_of(other) != key_of()


@pytest.mark.parametrize(
    "other",
    [
        changed(),
        changed(key="other.covers.table", collection="other", slug="table"),
        changed(description="where keys are kept."),
    ],
    ids=["nothing", "the name", "a closing full stop"],
)
def test_what_the_file_is_called_and_how_the_wish_is_punctuated_does_not_change_the_recipe(other):
    assert key_of(other) == key_of()


def test_equal_text_of_a_master_prompt_is_an_equal_recipe_whatever_the_image_says_besides():
    plain = {"master_prompt": "A banner of {{ image.title }}"}
    assert key_of(changed(**plain)) == key_of(changed(**plain, description="other", role=None, tier=None))
    assert key_of(changed(**plain)) == key_of(changed(master_prompt="A   banner of {{ image.title }}\n"))
    assert key_of(changed(**plain)) != key_of(changed(**plain, title="Other"))


@pytest.mark.parametrize(
    "prompts",
    [
        {"mode": "template"},
        {"writers": ("a/one", "b/other")},
        {"writers": ("a/one", "b/two", "c/three")},
        {"judge": "a/other"},
        {"criteria": Criteria(innovation="0.20", relevance="0")},
        {"writer_max_tokens": 601},
        {"judge_max_tokens": 801},
    ],
    ids=lambda prompts: next(iter(prompts)),
)
def test_who_competes_and_how_it_is_judged_changes_the_recipe(prompts):
    assert key_of(**({"writers": WRITERS} | prompts)) != key_of(writers=WRITERS)


def test_where_the_template_is_used_nobody_competes_and_competitors_do_not_matter():
    assert key_of(mode="template", writers=WRITERS) == key_of(mode="template", judge="a/other")


def test_a_drawing_of_the_sandbox_is_never_taken_for_the_real_thing():
    assert key_of(of="live") != key_of(of="sandbox")


@pytest.mark.parametrize(
    ("master_prompt", "said"),
    [
        ("{% if %}", "cannot be rendered"),
        ("{{ image.nothing }}", "cannot be rendered"),
        ("{{ image.title.__class__.__mro__ }}", "cannot be rendered"),
        ("{{ 1 / 0 }}", "cannot be rendered"),
        ("{{ '' }}", "is empty"),
    ],
)
def test_a_master_prompt_that_does_not_work_gives_a_reason_and_no_recipe(master_prompt, said):
    terms = Terms(PromptSettings(), {}, "sandbox")
    recipe = RecipeBook(RENDERER, terms, models=ModelBook(), finish=FinishRules()).recipe(
        changed(master_prompt=master_prompt)
    )
    assert isinstance(recipe, Failed)
    assert said in recipe.reason


wishes = st.builds(
    changed,
    title=st.sampled_from(["A", "B"]),
    description=st.sampled_from(["", "x", "x."]),
    tier=st.sampled_from([None, "hub", "section"]),
    slug=st.sampled_from(["a", "b"]),
    variant=st.sampled_from([1, 2]),
    take=st.sampled_from([1, 2]),
    model=st.sampled_from(["black-forest-labs/flux-schnell", "stability-ai/sdxl", "un/known"]),
    width=st.sampled_from([64, 65, 512]),
    format=st.sampled_from(["png", "jpg"]),
)


def decisive(wanted):
    """Return all of an image that decides how its file looks."""
    draft = RENDERER.render(wanted)
    return (draft.text, wanted.variant, wanted.take, wanted.model, wanted.width, wanted.height, wanted.format)


@settings(deadline=None)
@given(one=wishes, other=wishes)
def test_two_recipes_are_equal_exactly_if_prompt_model_variant_take_size_and_format_are(one, other):
    assert (key_of(one) == key_of(other)) == (decisive(one) == decisive(other))


@settings(deadline=None, max_examples=30)
@given(one=wishes, mode=st.sampled_from(["sandbox", "live"]))
def test_a_recipe_outlives_being_stored_in_the_catalog(one, mode):
    again = WantedImage.model_validate_json(one.model_dump_json())
    assert key_of(one, of=mode) == key_of(again, of=mode)
