"""Tiers, tones and symbols: chosen by whole words, by rules that a person edits, and never without a reason."""

import re
from importlib import resources

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.folders import Folder
from asset_pipeline.images.finisher import FinishRules
from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.prompts.rules import find_word
from asset_pipeline.prompts.terms import Terms
from asset_pipeline.recipes import RecipeBook
from asset_pipeline.results import Failed
from asset_pipeline.settings import Settings
from asset_pipeline.specs.wanted import Tier
from asset_pipeline_tests.support.specs import TITLES
from asset_pipeline_tests.support.wanted import wanted

BUILT_IN = resources.files("asset_pipeline.prompts") / "templates" / "tones.yaml"
SEVEN = {
    "warm_welcome": 0.8,
    "trusted_guide": 0.9,
    "family_heritage": 0.85,
    "secure_protection": 0.95,
    "peaceful_transition": 0.7,
    "living_continuity": 0.8,
    "tech_bridge": 0.75,
}


@pytest.fixture(scope="module")
def renderer():
    return PromptRenderer()


@pytest.fixture
def edited(tmp_path):
    """Return a renderer with the built-in tones, changed by a function."""

    def edited(change):
        tones = yaml.safe_load(BUILT_IN.read_text())
        change(tones)
        (tmp_path / "tones.yaml").write_text(yaml.safe_dump(tones, sort_keys=False))
        return PromptRenderer(Folder(tmp_path))

    return edited


def explained(renderer, title, description="", **changes):
    """Return why an image with these words is as it is."""
    return renderer.explain(wanted(title=title, description=description, **changes))


def test_there_are_seven_tones_and_six_lists_of_twelve_elements():
    tones = yaml.safe_load(BUILT_IN.read_text())
    assert {name: tone["intensity"] for name, tone in tones["tones"].items()} == SEVEN
    assert {name: len(set(elements)) for name, elements in tones["styles"].items()} == dict.fromkeys(
        ("materials", "lighting", "colors", "textures", "objects", "composition"), 12
    )


@pytest.mark.parametrize(
    ("title", "tier"),
    [
        ("Executor Hub", "hub"),
        ("Rollout Cockpit", "hub"),
        ("Homeowners/Renters", "section"),
        ("Admin \u2013 Release Notes", "section"),
        ("Messages for Family", "letter"),
        ("Digital Assets", "digital"),
        ("QR Codes", "digital"),
        ("Life Insurance", "document"),
        ("Living Will \u2013 Sample", "document"),
        ("Financial Accounts", "section"),
        ("Goodwill and Willow Trustees", "section"),
        ("Hubert's Clouded Apples", "digital"),
        ("Policyholders", "section"),
    ],
)
def test_a_title_gives_a_tier_by_its_whole_words(renderer, title, tier):
    assert explained(renderer, title).tier.value == tier


@pytest.mark.parametrize(
    ("title", "role", "tone"),
    [
        ("Funeral & Memorial Preferences", "executor", "peaceful_transition"),
        ("Life Insurance", "owner", "secure_protection"),
        ("RTL Support Framework", None, "warm_welcome"),
        ("Executor Checklist", None, "trusted_guide"),
        ("Anything", "executor", "trusted_guide"),
        ("Family Hub", "owner", "family_heritage"),
        ("Preparation Hub", None, "warm_welcome"),
        ("Memories & Keepsakes", "family", "living_continuity"),
        ("Digital Assets \u2013 Passwords", "owner", "tech_bridge"),
        ("Lossless Taxonomy of Familiar Bankers' Doxology", None, "warm_welcome"),
    ],
)
def test_title_and_role_give_a_tone_by_their_whole_words(renderer, title, role, tone):
    assert explained(renderer, title, role=role).tone.value == tone


def test_a_title_beats_a_role_which_beats_a_description(renderer):
    description = "What to do about money in a bank."
    assert explained(renderer, "Anything", description).tone.value == "secure_protection"
    assert explained(renderer, "Anything", description, role="family").tone.value == "family_heritage"
    assert explained(renderer, "Funeral", description, role="family").tone.value == "peaceful_transition"


@pytest.mark.parametrize("kind", ["icons", "letter_headers"])
def test_a_letter_header_is_a_letter_whatever_its_title(renderer, kind):
    tier = explained(renderer, "Credit Card Closure", type=kind).tier
    assert tier.value == ("letter" if kind == "letter_headers" else "section")
    assert tier.why.startswith("it is for all images of the type (built-in tiers.yaml:") == (kind == "letter_headers")


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("tone", SEVEN)
def test_what_the_spec_says_beats_all_rules(renderer, tier, tone):
    found = explained(renderer, "Funeral Hub", tier=tier, tone=tone)
    assert (found.tier.value, found.tone.value) == (tier, tone)
    assert found.tier.why == found.tone.why == "the spec says so"


def test_a_reason_names_word_place_file_and_line(renderer):
    tone = explained(renderer, "Where to go", "For every grandparent.").tone
    match = re.fullmatch(r"the description has the word 'grandparent' \(built-in tones.yaml:(\d+)\)", tone.why)
    lines = BUILT_IN.read_text().splitlines()
    assert "tone: family_heritage" in lines[int(match[1]) - 1]
    default = explained(renderer, "Where to go").tone.why
    assert re.fullmatch(r"no rule applies, so it is the default \(built-in tones.yaml:\d+\)", default)


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["letter"], "Letters of Sympathy", "Letters"),
        (["policy"], "Two POLICIES", "POLICIES"),
        (["toy"], "Toys", "Toys"),
        (["address"], "addresses", "addresses"),
        (["social media"], "Social-Media accounts", "Social-Media"),
        (["social media"], "social  media", "social  media"),
        (["social media"], "antisocial media", None),
        (["will"], "willing goodwill Wilhelm", None),
        (["account"], "accountant", None),
        (["e-mail"], "E-Mails", "E-Mails"),
        (["pension"], "Pension/401(k)", "Pension"),
        (["tür"], "Türen Ätür", None),
        (["c++"], "c++", "c++"),
        ([], "anything", None),
    ],
)
def test_a_word_is_found_whole_in_any_case_and_with_its_plural(words, text, found):
    assert find_word(words, text) == found


@given(
    word=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    before=st.text("abcxyz ", max_size=4),
    after=st.text("bcx ", max_size=4),
)
def test_a_word_is_never_found_inside_another(word, before, after):
    text = f"{before}{word}{after}"
    whole = {word, f"{word}s", f"{word}es", f"{word[:-1]}ies"}
    found = find_word([word], text)
    assert (found in whole and found in text.split()) if found else word not in text.split()


def test_a_collection_varies_and_each_image_keeps_its_elements_of_style(renderer):
    first = [explained(renderer, title).style for title in TITLES]
    assert first == [explained(renderer, title, "Another description.", role="owner").style for title in TITLES]
    for name in ("materials", "lighting", "composition"):
        assert len({style[name] for style in first}) >= 6


def test_a_changed_element_concerns_only_the_images_that_have_it(renderer, edited):
    other = edited(lambda tones: tones["styles"]["lighting"].__setitem__(0, "a single bare bulb"))
    old = yaml.safe_load(BUILT_IN.read_text())["styles"]["lighting"][0]
    for title in TITLES:
        before, after = (explained(one, title).style["lighting"] for one in (renderer, other))
        assert after in (before, "a single bare bulb") or before == old
        assert after != old


def recipes(renderer, images):
    """Return the recipe key of each image."""
    settings = Settings()
    terms = Terms(settings.prompts, settings.openrouter.reasoning, "sandbox")
    book = RecipeBook(renderer, terms, models=ModelBook(), finish=FinishRules())
    return {image.key: book.recipe(image).key for image in images}


def test_a_changed_tone_changes_the_recipes_of_exactly_the_images_that_have_it(renderer, edited):
    titles = ("Family Tree", "Grandparents", "Bank", "Executor", "Funeral", "Anything")
    images = [wanted(title=title, slug=title.lower().replace(" ", "-"), type="covers") for title in titles]
    other = edited(lambda tones: tones["tones"]["family_heritage"].update(scene="a long table under a tree"))
    before, after = recipes(renderer, images), recipes(other, images)
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"test.covers.family-tree", "test.covers.grandparents"}


def test_how_strongly_a_tone_is_said_follows_its_intensity(edited):
    said = {}
    for intensity in (0.5, 0.8, 0.95):
        text = (
            edited(lambda tones, i=intensity: tones["tones"]["warm_welcome"].update(intensity=i)).render(wanted()).text
        )
        said[intensity] = text.partition("precise; ")[2].partition(" ")[0]
    assert said == {0.5: "quietly", 0.8: "clearly", 0.95: "unmistakably"}


def test_without_a_default_an_image_that_no_rule_is_for_has_no_tone(edited):
    renderer = edited(lambda tones: tones.pop("default"))
    found = explained(renderer, "Anything")
    assert found.tone.value is None
    assert "Mood: calm, precise." in found.draft.text


def test_a_tone_that_there_is_not_fails_its_image_alone_and_is_told_with_all_that_there_are(renderer):
    failed = renderer.render(wanted(tone="warm_welcom"))
    assert isinstance(failed, Failed)
    assert re.search(
        r"built-in tones.yaml:\d+: tones: there is no tone 'warm_welcom', which the spec wants; did you mean"
        r" 'warm_welcome'\? Allowed: warm_welcome, trusted_guide",
        failed.reason,
    )
    assert not isinstance(renderer.render(wanted()), Failed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.update(defualt="x"), "defualt: there is no such key; did you mean 'default'?"),
        (lambda t: t.update(default="x"), "default: there is no tone 'x'"),
        (lambda t: t["rules"][1].update(tone="tech"), "rules[1].tone: there is no tone 'tech'"),
        (lambda t: t["rules"][0].update(word=["a"]), "rules[0].word: there is no such key; did you mean 'words'?"),
        (lambda t: t["rules"][0].pop("words"), "a rule needs words, or types"),
        (lambda t: t["rules"][0].update(look_in=["titel"]), "'titel': not allowed; did you mean 'title'?"),
        (lambda t: t["tones"]["tech_bridge"].update(intensity=1.5), "tones.tech_bridge.intensity: '1.5': "),
        (lambda t: t["tones"]["tech_bridge"].update(keywords=[]), "tones.tech_bridge.keywords"),
        (lambda t: t["tones"]["tech_bridge"].pop("scene"), "tones.tech_bridge.scene: is missing"),
        (
            lambda t: t["tones"]["tech_bridge"].update(use_cases=["a"]),
            "use_cases: there is no such key; Allowed: title",
        ),
        (lambda t: t["styles"].pop("lighting"), "styles.lighting: is missing"),
        (lambda t: t["styles"].update(objects=[]), "styles.objects"),
        (lambda t: t["styles"].update(sounds=["a"]), "styles.sounds: there is no such key; Allowed: materials"),
        (lambda t: t.pop("tones"), "tones: is missing"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_line_key_and_what_is_allowed(edited, change, said):
    failed = edited(change).render(wanted())
    assert isinstance(failed, Failed)
    assert re.search(rf"tones.yaml:\d+: .*{re.escape(said)}", failed.reason, re.DOTALL), failed.reason
