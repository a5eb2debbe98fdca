"""A template may loop, explode or gamble as it likes: it ends, it stays small, and it says the same every time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.folders import Folder
from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.results import Failed
from asset_pipeline_tests.support.wanted import wanted

DOUBLING = "{% set ns = namespace(x='ab') %}{% for n in range(60) %}{% set ns.x = STEP %}{% endfor %}{{ ns.x }}"
ENDLESS = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in 'x' * 9000 %}{% for b in 'x' * 9000 %}{% endfor %}{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% for n in [1, 2] recursive %}{% if loop.depth < 50 %}{{ loop([1, 2]) }}{% endif %}{% endfor %}",
    "{% for n in range(99999) %}word {% endfor %}",
    "{% for n in range(999999999) %}x{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
]
LARGE = [
    "{{ 'x' * 999999999 }}",
    "{{ 999999999 * 'x' }}",
    "{{ ('x' * 9000) * 9000 }}",
    "{{ [0] * 99999999 }}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ 2 ** 99999 }}",
    "{{ 'x'.ljust(99999999) }}",
    "{{ 'x'.center(width=99999999) }}",
    "{{ 'x' | center(99999999) }}",
    "{{ 'x' | indent(99999999, true) }}",
    "{{ '%99999999d' % 1 }}",
    "{{ '%*d' % (99999999, 1) }}",
    "{{ '%99999999d' | format(1) }}",
    "{{ '{:>99999999}'.format(1) }}",
    "{{ image | tojson(indent=99999999) }}",
    DOUBLING.replace("STEP", "ns.x ~ ns.x"),
    DOUBLING.replace("STEP", "ns.x + ns.x"),
    DOUBLING.replace("STEP", "[ns.x, ns.x] | join"),
    DOUBLING.replace("STEP", "''.join([ns.x, ns.x])"),
    DOUBLING.replace("{% set ns.x = STEP %}", "{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}"),
]
BOUNDS = ("it takes more than", "it makes a", "it calculates with", "it formats to", "RecursionError", "Range too big")


@pytest.fixture(scope="module")
def renderer():
    return PromptRenderer()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("template", [*ENDLESS, *LARGE])
def test_a_template_that_would_never_end_or_fill_the_memory_fails_its_image_and_says_which_bound(renderer, template):
    failed = renderer.render(wanted(master_prompt=template))
    assert isinstance(failed, Failed)
    assert any(bound in failed.reason for bound in BOUNDS), failed.reason


@pytest.mark.timeout(20)
@pytest.mark.parametrize("template", [*ENDLESS[:2], *LARGE[:3]])
def test_a_part_that_is_imported_is_bounded_too(tmp_path, template):
    (tmp_path / "_part.md").write_text(f"{{% macro part(image) %}}{template}{{% endmacro %}}")
    (tmp_path / "icons.md").write_text('{% from "_part.md" import part %}{{ part(image) }}')
    failed = PromptRenderer(Folder(tmp_path)).render(wanted())
    assert isinstance(failed, Failed)
    assert f"{tmp_path}/_part.md:1: it" in failed.reason


@pytest.mark.parametrize("template", ["{{ lipsum() }}", "{{ [1, 2, 3] | random }}", "{{ range }}", "{{ image.items }}"])
def test_what_would_say_something_else_each_time_is_refused(renderer, template):
    assert isinstance(renderer.render(wanted(master_prompt=template)), Failed)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% for word in theme.style %}{{ loop.index }} of {{ loop.length }}: {{ word }} {% endfor %}",
         "1 of 2: engraved 2 of 2: mechanical poetry"),
        ("{% for n in range(3) %}{{ n }}{% else %}none{% endfor %}", "012"),
        ("{% for n in [] %}{{ n }}{% else %}none{% endfor %}", "none"),
        ("{{ 'a' ~ 1 ~ 'b' }} {{ 'x' * 3 }} {{ 2 ** 8 }}", "a1b xxx 256"),
        ("{{ '%04d' % 7 }} {{ '%s!' | format('a') }} {{ '{:>3}'.format(7) }}", "0007 a! 7"),
        ("{{ theme.mood | map('upper') | join('-') }} {{ image.title | center(9) }}", "CALM-PRECISE Lantern"),
        ("{% for n in [1] recursive %}{{ n }}{% if n < 3 %}{{ loop([n + 1]) }}{% endif %}{% endfor %}", "123"),
    ],
)  # fmt: skip
def test_what_templates_usually_do_is_as_in_jinja(renderer, template, text):
    assert renderer.render(wanted(master_prompt=template)).text == text


@given(title=st.text(min_size=1).filter(str.strip), description=st.text())
def test_whatever_an_image_says_is_text_to_a_template_and_never_a_template(title, description):
    text = PromptRenderer().render(wanted(title=title, description=description)).text
    assert " ".join(title.split()) in text
