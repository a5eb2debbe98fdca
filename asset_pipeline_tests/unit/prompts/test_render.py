"""The template prompt: the same bytes every time, and the spec's own master prompt can do no harm."""

import os
import subprocess
import sys

import pytest

from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.results import Failed
from asset_pipeline.specs import ImageType
from asset_pipeline_tests.support.wanted import THEME, wanted

RENDER_ALL = """
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.specs import ImageType
from asset_pipeline_tests.support.wanted import wanted
for kind in ImageType:
    print(PromptRenderer().render(wanted(type=kind, role="executor", tier="hub")))
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
    assert printed.pop().count(b"Draft(") == len(ImageType)


@pytest.mark.parametrize("kind", ImageType)
def test_every_type_says_what_it_shows_and_the_whole_theme_in_one_line(renderer, kind):
    text = renderer.render(wanted(type=kind)).text
    assert text == " ".join(text.split())
    for word in ("Lantern", "A light that is carried", "#4A7C74", "#90CDF4", *THEME.style, *THEME.mood, *THEME.avoid):
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
    "changes", [{"slug": "other"}, {"variant": 2}, {"model": "google/imagen-4"}, {"format": "jpg"}]
)
def test_variants_formats_and_models_share_one_prompt(renderer, changes):
    assert renderer.render(wanted(**changes)) == renderer.render(wanted())


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
        ("{% for n in range(999999999) %}x{% endfor %}", "Range too big"),
    ],
)
def test_a_broken_master_prompt_fails_its_image_and_says_why(renderer, master_prompt, said):
    why = reason(renderer, master_prompt)
    assert why.startswith("the master prompt of icons cannot be rendered: ")
    assert said in why


def test_a_master_prompt_that_says_nothing_fails_its_image(renderer):
    assert reason(renderer, "{% if image.role %}{{ image.role }}{% endif %}") == (
        "the master prompt of icons is empty for this image"
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
