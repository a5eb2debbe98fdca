"""Every setting is documented, and what the documentation calls a setting is one."""

import re
import sys

import pytest

from asset_pipeline.settings import ENV_PREFIX, Settings
from asset_pipeline.settings.shown import setting_keys
from asset_pipeline_tests.support.projects import REPOSITORY

# The page about the old tool names the keys of its settings, which are other ones.
PAGES = [
    *sorted(page for page in (REPOSITORY / "docs").glob("*.md") if page.name != "legacy.md"),
    REPOSITORY / "README.md",
]
KEYS = tuple(setting_keys())


@pytest.fixture(scope="module")
def reference():
    """The page of settings, as the documentation has it."""
    sys.path.insert(0, str(REPOSITORY / "docs"))
    try:
        from reference import settings
    finally:
        sys.path.pop(0)
    return settings()


def test_the_reference_has_every_key_and_no_other(reference):
    assert tuple(sorted(re.findall(r"^\| `([a-z0-9_.]+)` \|", reference, re.M))) == tuple(sorted(KEYS))


def test_every_key_is_explained_with_its_variable(reference):
    rows = {
        row.split("`")[1]: [cell.strip() for cell in row.split(" | ")]
        for row in re.findall(r"^\| `.*", reference, re.M)
    }
    for key in KEYS:
        assert f"`{ENV_PREFIX}{key.replace('.', '__').upper()}`" in rows[key]
        assert len(rows[key][-1].strip("| ")) > 10, key


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_key_that_a_page_names_exists(page):
    """A name in code whose first part is a section, such as `budget.total_usd`; of a mapping, more may follow."""
    sections = "|".join(name for name in Settings.model_fields if any(key.startswith(f"{name}.") for key in KEYS))
    named = re.findall(rf"`((?:{sections})\.[a-z0-9_]+(?:\.[a-z0-9_]+)*)", page.read_text(encoding="utf-8"))
    files = (".py", ".yaml", ".md", ".html", ".json")
    wrong = [
        name
        for name in named
        if not name.endswith(files)
        and not any(key == name or key.startswith(f"{name}.") or name.startswith(f"{key}.") for key in KEYS)
    ]
    assert wrong == []
