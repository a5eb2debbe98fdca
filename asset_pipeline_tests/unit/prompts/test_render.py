"""The template prompt: the same bytes every time, and the spec's own master prompt can do no harm."""

import os
import subprocess
import sys

import pytest

from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.results import Failed
from asset_pipeline.specs import ImageType, Theme
from asset_pipeline_tests.support.specs import TITLES
from asset_pipeline_tests.support.wanted import THEME, wanted

MODELS = ("recraft-ai/recraft-v3", "black-forest-labs/flux-1.1-pro", "stability-ai/sdxl")
RENDER_ALL = f"""
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.specs import ImageType
from asset_pipeline_tests.support.specs import TITLES
from asset_pipeline_tests.support.wanted import wanted
renderer = PromptRenderer()
for kind in ImageType:
    for model in {MODELS}:
        for title in TITLES[:5]:
            print(renderer.render(wanted(type=kind, title=title, role="executor", model=model)))
"""


@pytest.fixture(scope="module")
def renderer():
    """A renderer."""
    return PromptRenderer()


def reason(renderer, master_prompt, **changes):
    """Return why a master prompt has failed."""
    result = renderer.render(wanted(master_prompt=master_prompt, **changes))
    assert isinstance(result, Failed), result
    return result.reason


def test_every_process_renders_the_same_bytes_whatever_its_hash_seed():
    printed = {
        subprocess.run(
            [sys.executable, "-c", RENDER_ALL], env=os.environ | {"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
    assert printed.pop().count(b"Draft(") == 5 * len(ImageType) * len(MODELS)


def test_changing_one_pages_description_changes_the_prompts_of_that_page_and_no_others(renderer):
    pages = [wanted(type=kind, title=title) for title in TITLES[:10] for kind in ("icons", "covers")]
    after = [page.model_copy(update={"description": "Other."}) if page.title == TITLES[3] else page for page in pages]
    changed = {
        (one.type, one.title)
        for one, other in zip(pages, after, strict=True)
        if renderer.render(one) != renderer.render(other)
    }
    assert changed == {("icons", TITLES[3]), ("covers", TITLES[3])}


@pytest.mark.parametrize("kind", ImageType)
def test_every_type_says_what_it_shows_and_the_whole_theme_in_one_line(renderer, kind):
    text = renderer.render(wanted(type=kind)).text
    assert text == " ".join(text.split())
    for word in ("Lantern", "A light that is carried", "#4A7C74", "#90CDF4", *THEME.style, *THEME.mood):
        assert word in text


def test_every_type_has_a_prompt_of_its_own(renderer):
    drafts = [renderer.render(wanted(type=kind)) for kind in ImageType]
    assert len({draft.text for draft in drafts}) == len({draft.content_key for draft in drafts}) == len(ImageType)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Compass"},
        {"description": "Something else."},
        {"role": "executor"},
        {"width": 65},
        {"theme": THEME.model_copy(update={"style": ("plain",)})},
        {"theme": THEME.model_copy(update={"palette": (("primary", "#000000"),)})},
        {"theme": THEME.model_copy(update={"palette": THEME.palette[::-1]})},
        {"theme": THEME.model_copy(update={"mood": ()})},
        {"theme": THEME.model_copy(update={"avoid": ("frames",)})},
    ],
    ids="-".join,
)
def test_whatever_changes_the_picture_changes_prompt_and_key(renderer, changes):
    before, after = renderer.render(wanted()), renderer.render(wanted(**changes))
    assert before.text != after.text
    assert before.content_key != after.content_key


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": "other"},
        {"collection": "other"},
        {"variant": 2, "slug": "lantern-2"},
        {"take": 2},
        {"model": "google/imagen-4"},
        {"format": "jpg"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_variants_names_formats_and_models_that_read_alike_share_one_prompt(renderer, changes):
    assert renderer.render(wanted(**changes)) == renderer.render(wanted())


def text_of(renderer, **changes):
    """Return the text of a prompt."""
    return renderer.render(wanted(**changes)).text


@pytest.mark.parametrize("kind", ImageType)
@pytest.mark.parametrize("model", MODELS)
def test_no_prompt_has_more_than_120_words(renderer, kind, model):
    for title in TITLES:
        long = "A sentence of ten words, more or less, that says it."
        text = text_of(renderer, type=kind, model=model, title=title, description=long, role="executor", tier="hub")
        assert len(text.split()) <= 120, text


def test_the_final_size_is_named_where_an_image_has_to_be_read_at_it(renderer):
    assert "64x32 pixels" in text_of(renderer, type="icons", width=64, height=32)
    assert "48x48 pixels" in text_of(renderer, type="database_icons", width=48, height=48)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("icons", ("One bold symbol", "plain single-colour ground")),
        ("database_icons", ("single solid glyph", "plain single-colour ground")),
        ("covers", ("focal point", "room for a title")),
        ("letter_headers", ("both", "middle two thirds are empty")),
        ("textures", ("Seamless tileable", "left meets right and top meets bottom")),
    ],
)
def test_each_type_says_what_makes_it_usable(renderer, kind, said):
    for part in said:
        assert part in text_of(renderer, type=kind)


def test_what_must_not_be_seen_is_said_as_what_is_there_instead(renderer):
    avoid = THEME.model_copy(update={"avoid": ("text", "Clutter", "steam")})
    scene, symbol = (text_of(renderer, type=kind, theme=avoid) for kind in ("covers", "icons"))
    assert scene.endswith("Every surface blank; few things, well spaced. Without steam.")
    assert symbol.endswith("Unlettered; an empty ground around it. Without steam.")


def test_only_a_model_with_a_key_for_it_gets_a_negative_prompt(renderer):
    negative = {model: renderer.render(wanted(model=model)).negative_prompt for model in MODELS}
    assert negative == dict.fromkeys(MODELS, "") | {"stability-ai/sdxl": "text, people"}


def test_a_model_that_reads_keywords_gets_keywords_and_the_others_sentences(renderer):
    for kind in ImageType:
        keywords = text_of(renderer, type=kind, model="stability-ai/sdxl")
        sentences = text_of(renderer, type=kind)
        assert ". " not in keywords
        assert keywords.count(",") > 10
        assert sentences.count(". ") > 3


def test_an_icon_whose_words_are_no_picture_gets_a_symbol_that_stands_for_them(renderer):
    hub = {"title": "Executor Hub", "description": "Where it starts."}
    assert text_of(renderer, **hub).startswith("Flat icon of a balance with two even pans, standing for Executor Hub")
    assert text_of(renderer, **hub | {"description": "A lantern at a door."}).startswith("Flat icon standing for")
    assert text_of(renderer).startswith("Flat icon standing for Lantern (A light that is carried).")


def test_colours_are_named_in_words_besides_their_code(renderer):
    assert "Colours: primary muted teal #4A7C74, accent light blue #90CDF4." in text_of(renderer)


def test_where_a_theme_names_no_colours_the_image_keeps_one_of_its_own(renderer):
    plain = Theme(style=("engraved",))
    texts = [text_of(renderer, title=title, theme=plain) for title in TITLES]
    assert texts == [text_of(renderer, title=title, theme=plain) for title in TITLES]
    assert len({text.partition("Colours: ")[2].partition(" and ")[0] for text in texts}) > 3


def test_a_tier_is_said_on_covers(renderer):
    texts = {renderer.render(wanted(type="covers", tier=tier)).text for tier in ("hub", "document", None)}
    assert len(texts) == 3


def test_a_master_prompt_takes_the_place_of_the_template(renderer):
    text = "{{ image.title }}  in {{ theme.palette[0][1] }},\n{{ image.width }} px{% if image.role %} no{% endif %}"
    assert renderer.render(wanted(master_prompt=text)).text == "Lantern in #4A7C74, 64 px"


@pytest.mark.parametrize(
    ("master_prompt", "said"),
    [
        ("{{ image.titel }}", "titel"),
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% if image.title %}", "if"),
        ("{{ image.title | shout }}", "shout"),
        ("{% include '/etc/passwd' %}", "/etc/passwd"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ image.title + 1 }}", "TypeError"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError"),
        ("{{ image.role }}", "this is empty (none) for the image"),
        ("{{ range }}", "cannot be printed"),
    ],
)
def test_a_broken_master_prompt_fails_its_image_and_says_why(renderer, master_prompt, said):
    why = reason(renderer, master_prompt)
    assert why.startswith("the master prompt of icons cannot be rendered: ")
    assert said in why


def test_a_master_prompt_that_says_nothing_fails_its_image(renderer):
    assert reason(renderer, "{% if image.role %}{{ image.role }}{% endif %}") == (
        "the master prompt of icons cannot be rendered: master_prompt: it is empty for this image"
    )


@pytest.mark.parametrize(
    "escape",
    [
        "{{ image.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ image | attr('__class__') }}",
        "{{ '{0.__class__.__init__}'.format(image) }}",
        "{{ image['__class__'] }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ image.model_dump.__func__.__globals__ }}",
        "{{ theme.style.append('x') }}",
        "{{ image.update({'title': 'x'}) }}",
    ],
)
def test_a_master_prompt_does_not_get_out_of_its_sandbox(renderer, escape):
    assert "the master prompt of icons cannot be rendered" in reason(renderer, escape)


def test_a_master_prompt_cannot_unpickle_and_so_cannot_run_code(renderer, tmp_path):
    code = f"cos\\nmkdir\\n(S'{tmp_path}/ran'\\ntR."
    for owner in ("image", "theme"):
        reason(renderer, f"{{{{ {owner}.parse_raw(\"{code}\", proto='pickle', allow_pickle=True) }}}}")
    assert not (tmp_path / "ran").exists()


def test_a_master_prompt_cannot_read_files(renderer, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(wanted(title="Secret").model_dump_json())
    assert "Secret" not in reason(renderer, f"{{{{ image.parse_file('{other}').title }}}}")
