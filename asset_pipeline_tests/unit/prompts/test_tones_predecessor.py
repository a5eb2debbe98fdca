"""The predecessor's real pages, half of which it gave the wrong theme; skipped where they are not there."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from asset_pipeline.prompts import PromptRenderer
from asset_pipeline.specs.fields import slugify
from asset_pipeline_tests.support.projects import REPOSITORY
from asset_pipeline_tests.support.wanted import wanted

PAGES = REPOSITORY.parent / "shared" / "predecessor" / "split_yaml"
pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason="the predecessor's pages are not on this machine")


def real_images(folder: Path):
    """Yield a cover for each page and a header for each letter."""
    seen = set()
    for path in sorted(folder.glob("*.yaml")):
        data = yaml.safe_load(path.read_text()) or {}
        entries = [("covers", page) for page in data.get("pages") or []]
        entries += [("letter_headers", letter) for letter in data.get("letters") or []]
        rows = (data.get("acceptance") or {}).get("rows") or []
        entries += [("covers", {"title": row["Page"], "role": row.get("Section")}) for row in rows if "Page" in row]
        for kind, entry in entries:
            title = entry.get("title") or entry.get("Title")
            if title and title not in seen:
                seen.add(title)
                description = entry.get("description") or ""
                role = entry.get("role")
                yield wanted(
                    type=kind, title=title, slug=slugify(title), description=description, role=role,
                    model="black-forest-labs/flux-1.1-pro", width=1500, height=400,
                )  # fmt: skip


@pytest.fixture(scope="module")
def explained():
    renderer = PromptRenderer()
    return [(image, renderer.explain(image)) for image in real_images(PAGES)]


def test_no_page_gets_a_tier_a_tone_or_a_symbol_by_a_part_of_a_word(explained):
    told = Counter()
    for image, found in explained:
        for choice in (found.tier, found.tone, found.symbol):
            match = re.match(r"the (title|role|description) has the word '(.+)' \(", choice.why)
            if match:
                place, word = match.groups()
                told[place] += 1
                assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", getattr(image, place))
    assert told["title"] > len(explained)


def test_all_seven_tones_and_five_tiers_are_used_and_the_default_is_rare(explained, capsys):
    tones = Counter(found.tone.value for _, found in explained)
    tiers = Counter(found.tier.value for _, found in explained)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what one wants to see
            f"\n{len(explained)} real pages and letters: {dict(tones.most_common())}, {dict(tiers.most_common())}"
        )
    assert len(tones) == 7
    assert len(tiers) == 5
    default = sum("no rule applies" in found.tone.why for _, found in explained)
    assert default <= len(explained) * 0.1


@pytest.mark.parametrize(
    ("title", "tier", "tone"),
    [
        ("Homeowners/Renters", "section", "secure_protection"),
        ("Admin \u2013 Release Notes", "section", "trusted_guide"),
        ("Financial Accounts", "section", "secure_protection"),
        ("Life Insurance", "document", "secure_protection"),
        ("Family Hub", "hub", "family_heritage"),
        ("SSA Notification of Death", "letter", "peaceful_transition"),
    ],
)
def test_pages_that_went_wrong_are_right_now(explained, title, tier, tone):
    found = next(found for image, found in explained if image.title == title)
    assert (found.tier.value, found.tone.value) == (tier, tone)


def test_real_prompts_stay_under_120_words(explained):
    assert max(len(found.draft.text.split()) for _, found in explained) <= 120
