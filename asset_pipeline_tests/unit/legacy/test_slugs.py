"""Slugs of old titles: valid, one for each, and the same whatever else is imported."""

import re

from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.folders import check_name
from asset_pipeline.legacy.slugs import Slugs
from asset_pipeline.redaction import holds_key
from asset_pipeline.specs.fields import MAX_SLUG, SLUG_PATTERN

TITLES = st.one_of(
    st.text(min_size=1, max_size=120),
    st.sampled_from(
        [
            "Aux",
            "nul",
            "r8_0123",
            "sk-or-v1-0123456789",
            "Hub",
            "hub",
            "Hub!",
            "Hub - One",
            "Hub/One",
            "(Hub)",
            "日本",
            "🟥",
            "x" * 200,
            "x" * 199 + "y",
        ]
    ),
)
WISHES = st.lists(st.tuples(TITLES, st.none() | TITLES), max_size=30, unique_by=lambda one: one[0])


def taken(wishes):
    slugs = Slugs()
    return [slugs.take(title, own=own)[0] for title, own in wishes]


@given(WISHES)
def test_every_slug_is_valid_short_and_nobody_elses(wishes):
    slugs = taken(wishes)
    assert len(set(slugs)) == len(wishes)
    assert all(re.fullmatch(SLUG_PATTERN, slug) and len(slug) <= MAX_SLUG for slug in slugs)
    assert [slug for slug in slugs if check_name(slug) != slug or holds_key(slug)] == []


@given(WISHES, WISHES)
def test_what_comes_later_changes_no_slug(first, later):
    assert taken([*first, *later])[: len(first)] == taken(first)


def test_a_slug_that_is_taken_gets_digits_that_do_not_depend_on_its_neighbours():
    alone = taken([("Hub", None), ("Hub!", None)])
    among = taken([("Hub", None), ("Pier", None), ("Hub?", None), ("Hub!", None)])
    assert alone[0] == "hub"
    assert alone[1] == among[-1]


def test_a_slug_of_the_old_file_wins_and_its_slashes_and_parentheses_go():
    assert Slugs().take("Anything", own="pension/401(k)-administrator")[0] == "pension-401-k-administrator"


def test_a_slug_that_no_file_may_have_gives_way_to_the_titles_and_then_to_digits():
    assert Slugs().take("Beta", own="nul") == ("beta", "the slug 'nul' cannot be part of a file's name")
    slug, remark = Slugs().take("Aux")
    assert re.fullmatch(r"page-[0-9a-f]{6}", slug)
    assert remark == "'Aux' gives no slug of its own"
