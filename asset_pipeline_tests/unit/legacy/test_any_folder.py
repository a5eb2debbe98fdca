"""Whatever the old files hold: nothing stops the import, the spec can be read, and every item is reported once."""

import json
import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_pipeline.legacy.findings import Fate
from asset_pipeline.legacy.reading import read_folder
from asset_pipeline.specs.fields import slugify
from asset_pipeline_tests.support.old_folders import OldFolder, found

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
WORDS = st.sampled_from(
    ["Pier", "pier", "Letter \u2014 Pier", "Quay & Co (x/y)", "🟥 Quay", "", " ", "日本", "a\0b", "x" * 300, "Aux", KEY]
)
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates()
KEYS = st.sampled_from(["title", "Title", "Page", "slug", "role", "description", "children", "hub", "icon_png", "rows"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
PARTS = st.sampled_from(["pages", "letters", "acceptance", "admin_page", "databases", "db", "complexity"])
FILES = st.lists(st.dictionaries(PARTS, VALUES, max_size=4) | VALUES, min_size=1, max_size=3)
CONFIG_KEYS = st.sampled_from(
    [
        *("replicate", "models", "icons", "model_id", "budget", "sample_generation", "max_cost", "items"),
        *("alert_threshold", "assets", "dimensions", "format", "style", "theme", "name", "colors", "cost_per_image"),
    ]
)
PAST_KEYS = st.sampled_from(
    [
        *("transactions", "samples", "assets", "errors", "decisions", "session", "pages", "prompts", "metadata"),
        *("competitive_evaluations", "edited_prompts", "icons", "cost", "type", "title", "filename", "total_cost"),
    ]
)


def trees(keys):
    """Return JSON values of these keys."""
    plain = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.just("1e5000000")
    return st.recursive(
        plain, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=4), max_leaves=10
    )


@settings(max_examples=60, deadline=None)
@given(FILES, trees(CONFIG_KEYS), trees(PAST_KEYS))
def test_no_folder_is_too_strange(files, config, past):
    with tempfile.TemporaryDirectory() as place:
        old = OldFolder(Path(place))
        old.write("config.json", json.dumps(config))
        old.pages()
        old.write("past.json", json.dumps(past))
        for number, value in enumerate(files):
            old.pages(yaml.safe_dump(value, allow_unicode=bool(number)), f"0{number}_odd.yaml")
        reading = old.read()
    assert len(reading.wanted.images) >= 20
    pages = [one for one in reading.findings.all if one.fate is Fate.IMPORTED and one.kind.endswith("page")]
    kinds = Counter(str(image.type) for image in reading.wanted.images)
    assert kinds["icons"] == kinds["covers"] == len(pages)
    assert {file.name for file in reading.files} <= {one.file for one in reading.findings.all}


@pytest.mark.parametrize("name", ["con", "x" * 200, "r8_0123456789abcdefghijklmnop", "日本"])
def test_any_name_of_the_folder_gives_a_collection(tmp_path, name):
    old = OldFolder(tmp_path / name)
    old.pages()
    reading = read_folder(
        old.root, include=frozenset(), collection=None, matches=None, most_enlarged=1.5, max_file_mb=2
    )
    assert reading.collection == {"con": "legacy", "日本": "legacy"}.get(name, slugify(name)[:80])


def test_a_pipe_is_not_waited_for_and_no_setting_has_one_a_link_or_secrets_opened(old, tmp_path):
    os.mkfifo(old.root / "logs.json")
    os.mkfifo(old.root / "log")
    old.write(".env", "SOMETHING=of-somebody")
    (tmp_path / "outside.txt").write_text("of-somebody")
    (old.root / "ok.txt").symlink_to(tmp_path / "outside.txt")
    review = {"approval_file": "ok.txt", "production_approval_file": ".env"}
    old.json("config.json", {"logging": {"transaction_log": "log"}, "review": review})
    reading = old.read()
    assert [one.file for one in found(reading, "pipe or device")] == ["log", "logs.json"]
    assert [one.file for one in found(reading, "link")] == ["ok.txt"]
    assert [one.file for one in found(reading, "secrets")] == [".env"]
    assert reading.records == []


def test_files_with_strange_names_are_read_and_named(old):
    names = ["a\nb.yaml", "c d#: .yaml", "e\x07.yaml", "ü|.yaml"]
    for number, name in enumerate(names):
        old.pages(f"pages:\n- title: Page {number}\n", name)
    reading = old.read()
    assert len(found(reading, "page")) == len(names) + 2
    assert len(reading.wanted.images) == 2 * (len(names) + 2) + 20
