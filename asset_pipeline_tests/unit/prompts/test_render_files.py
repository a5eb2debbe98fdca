"""Master prompts as files: which one counts, what stands at its top, and what is said of a wrong one."""

import pytest

from asset_pipeline.folders import Folder
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.results import Failed
from asset_pipeline_tests.support.wanted import wanted


@pytest.fixture
def write(tmp_path):
    """Write files into the folder of prompts, and return what renders with them."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / "data" / "prompts" / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return PromptRenderer(Folder(tmp_path / "data" / "prompts", shown="data/prompts"))

    return write


def reason(renderer, **changes):
    """Return why a prompt has failed."""
    failed = renderer.render(wanted(**changes))
    assert isinstance(failed, Failed), failed
    return failed.reason


def test_the_specs_own_beats_the_collections_file_which_beats_the_persons_which_beats_the_built_in_one(write):
    renderer = write(icons_dot_md="of the person", test__icons_dot_md="of the collection")
    rendered = [
        renderer.render(wanted(**changes)).text
        for changes in ({"master_prompt": "of the spec"}, {}, {"collection": "other"}, {"type": "covers"})
    ]
    assert rendered[:3] == ["of the spec", "of the collection", "of the person"]
    assert rendered[3] == PromptRenderer().render(wanted(type="covers")).text
    templates = [
        renderer.explain(wanted(**changes)).template for changes in ({}, {"collection": "other"}, {"type": "covers"})
    ]
    assert templates == ["data/prompts/test/icons.md", "data/prompts/icons.md", "built-in covers.md"]
    assert renderer.explain(wanted(master_prompt="x")).template == "master_prompt"


def test_a_file_is_filled_with_the_image_and_all_that_was_chosen_for_it(write):
    renderer = write(
        icons_dot_md="---\ntitle: Mine\nfor_type: icons\nnotes: for us\n---\n"
        "{{ image.title }} {{ image.size }} {{ theme.style[0] }} {{ palette[0].colour }} {{ tier.name }}\n"
        "{{ tone.name }} {{ tone.strength }} {{ tone.keywords[0] }} {{ model.family }} {{ chosen.textures != '' }}"
    )
    text = renderer.render(wanted(tier="hub", tone="secure_protection")).text
    assert text == "Lantern 64x64 engraved muted teal hub secure_protection unmistakably secure Recraft V3 True"


def test_parts_can_be_imported_from_a_persons_folder_or_the_built_in_one_and_the_built_in_template_extended(write):
    renderer = write(
        _mine_dot_md="{% macro hello(image) %}Hello {{ image.title }}.{% endmacro %}",
        icons_dot_md='{% from "_mine.md" import hello %}{{ hello(image) }} {% include "default/icons.md" %}',
    )
    assert renderer.render(wanted()).text == f"Hello Lantern. {PromptRenderer().render(wanted()).text}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ image.title }}\n{{ image.titel }}", "icons.md:2: there is no 'titel' here; did you mean 'title'?"),
        ("\n\n{{ thme.style }}", "icons.md:3: 'thme' is undefined; did you mean 'theme'? Allowed: image, theme"),
        ("---\ntitle: x\n---\n\n{{ image.titel }}", "icons.md:5: there is no 'titel' here"),
        ("---\ntitle: x\n---\n{% if image.title %}", "icons.md:4: Unexpected end of template."),
        ("a\nb {{ image.title | shout }}", "icons.md:2: No filter named 'shout'."),
        ("a\n{{ 1 / 0 }}", "icons.md:2: ZeroDivisionError: division by zero"),
        ("a\n{{ image.role }}", "icons.md:2: this is empty (none) for the image; put it between {% if … %}"),
        ("---\ntitel: x\n---\na", "icons.md:2: titel: there is no such key; did you mean 'title'?"),
        ("---\ntitle: 5\n---\na", "icons.md:2: title: '5' is a number; it must be text. Put it in quotes"),
        (
            "---\ntitle: x\nmax_words: 5\n---\na",
            "icons.md:3: max_words: '5': Input should be greater than or equal to 10",
        ),
        ("---\nfor_type: icon\n---\na", "icons.md:2: for_type: 'icon': not allowed; did you mean 'icons'?"),
        ("---\nfor_type: covers\n---\na", "icons.md:2: for_type: 'covers', but the file's name says 'icons'"),
        ("---\ntitle: [\n---\na", "icons.md:3: not valid YAML"),
        ("---\ntitle: a\ntitle: b\n---\na", "icons.md:3: title: written twice; first on line 2"),
        ("---\n- a\n---\na", "icons.md:2: it must be made of keys with values"),
        (
            "---\nmax_words: 10\n---\none two three four five six seven eight nine ten eleven",
            "icons.md: 11 words for test.icons.lantern; max_words is 10",
        ),
        (" \n", "icons.md: it is empty for this image"),
    ],
)
def test_a_wrong_file_fails_its_images_with_file_line_and_what_is_wrong(write, text, said):
    renderer = write(icons_dot_md=text)
    assert reason(renderer).startswith(f"the prompt of icons cannot be rendered: data/prompts/{said}")
    assert not isinstance(renderer.render(wanted(type="covers")), Failed)


def test_a_mistake_in_an_imported_part_is_named_where_it_is(write):
    renderer = write(
        _mine_dot_md="\n{% macro hello(image) %}\n{{ image.titel }}{% endmacro %}",
        icons_dot_md='{% from "_mine.md" import hello %}\n{{ hello(image) }}',
    )
    assert "data/prompts/_mine.md:3: there is no 'titel' here" in reason(renderer)


def test_a_mistake_in_the_rules_fails_only_the_images_whose_templates_speak_of_them(write):
    renderer = write(
        tones_dot_yaml="default: none_of_these\n",
        icons_dot_md="{{ image.title }} alone",
        covers_dot_md="{{ tone.name }}",
    )
    assert renderer.render(wanted()).text == "Lantern alone"
    assert "data/prompts/tones.yaml:1: tones: is missing and must be given" in reason(renderer, type="covers")


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../secret.md",
        "a/../../secret.md",
        "..",
        "",
        "default/../../secret.md",
        "secret.txt",
        "icons.md\0",
    ],
)
@pytest.mark.parametrize("tag", ["{% include NAME %}", "{% import NAME as x %}", "{% extends NAME %}"])
def test_nothing_outside_the_folders_of_prompts_is_included(write, tmp_path, name, tag):
    for place in (tmp_path, tmp_path / "data"):
        place.mkdir(exist_ok=True)
        (place / "secret.md").write_text("SECRET")
    renderer = write(icons_dot_md=tag.replace("NAME", repr(name)), secret_dot_txt="SECRET")
    assert "SECRET" not in reason(renderer)


def test_a_link_that_leads_out_of_the_folders_is_not_followed(write, tmp_path):
    (tmp_path / "secret.md").write_text("SECRET")
    renderer = write(icons_dot_md='{% include "_link.md" %}')
    (tmp_path / "data" / "prompts" / "_link.md").symlink_to(tmp_path / "secret.md")
    assert "there is no '_link.md' in the folders of prompts" in reason(renderer)


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe", "not UTF-8 text"), (b"x" * 200_001, "the file has more than 200,000 bytes")]
)
def test_a_file_that_is_no_text_or_too_long_is_refused(write, tmp_path, content, said):
    renderer = write(covers_dot_md="fine")
    (tmp_path / "data" / "prompts" / "icons.md").write_bytes(content)
    assert f"data/prompts/icons.md: {said}" in reason(renderer)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(write, tmp_path):
    text = "---\ntitle: x\n---\n{{ image.title }}\n{{ image.size }}\n"
    renderer = write(covers_dot_md=text)
    (tmp_path / "data" / "prompts" / "icons.md").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert renderer.render(wanted()).text == renderer.render(wanted(type="covers")).text == "Lantern 64x64"
