"""`prices`: the table, and whether what is relied on is in it; without a single connection."""

import pytest

from asset_pipeline_tests.support.specs import spec_of

UNPRICED = ("types:", "  icons: {model: nobody/nothing}")


@pytest.mark.parametrize("arguments", [("check",), ("check", "--json"), ("show",)], ids=" ".join)
def test_it_opens_no_connection(project, offline, arguments):
    project.spec(spec_of(1))
    ran = project.command("prices", *arguments, **offline)
    assert (ran.code, ran.err) == (0, "")
    assert not (project.root / "connected").exists()


def test_prices_that_are_there_end_with_0_and_old_ones_are_said_aloud(cli, project):
    project.spec(spec_of(1))
    ran = cli("prices", "check", "--max-age-days", "0")
    assert ran.code == 0
    assert "recraft-ai/recraft-v3: its price is older than 0 days" in ran.out
    assert "https://replicate.com/recraft-ai/recraft-v3" in ran.out
    fresh = cli("prices", "check", "--max-age-days", "100000")
    assert fresh.code == 0
    assert "→" not in fresh.out
    assert [line.split()[:2] for line in fresh.out.splitlines()[1:]] == [
        ["ok", "recraft-ai/recraft-v3"],
        ["ok", "openai/gpt-6-luna"],
        ["ok", "anthropic/claude-haiku-5.5"],
        ["ok", "google/gemini-3.5-flash-lite"],
    ]


def test_a_missing_price_ends_with_2_and_names_where_it_is_needed_and_what_sets_it(cli, project):
    project.spec(spec_of(1, extra=UNPRICED))
    ran = cli("prices", "check")
    assert ran.code == 2
    assert "nobody/nothing, named in test.icons, has no price" in ran.err
    assert "prices.nobody/nothing" in ran.err
    as_json = cli("prices", "check", "--json")
    assert as_json.code == 2
    assert (as_json.json[0]["model"], as_json.json[0]["verdict"]) == ("nobody/nothing", "missing")
    (project.root / "pipeline.yaml").write_text("mode: sandbox\nprices: {nobody/nothing: 0.01}\n")
    assert cli("prices", "check").code == 0


def test_only_the_named_specs_are_checked(cli, project):
    good = project.spec(spec_of(1), "good.yaml")
    project.spec(spec_of(1, collection="other", extra=UNPRICED), "bad.yaml")
    assert cli("prices", "check", good).code == 0
    assert cli("prices", "check").code == 2


def test_the_table_is_shown_whole_or_by_model(cli):
    every = cli("prices", "show", "--json").json
    assert {"image", "language"} == {row["kind"] for row in every}
    quality = cli("prices", "show", "openai/gpt-image-1.5", "--json").json
    assert [(row["when"], row["price"]) for row in quality] == [
        ("quality: low", "$0.013 per image"),
        ("quality: medium", "$0.05 per image"),
        ("quality: high", "$0.136 per image"),
    ]
    assert len(every) > len(quality)
    said = cli("prices", "show", "black-forest-labs/flux-2-dev", "openai/gpt-6-luna").out
    assert "go_fast: true" in said
    assert "per million tokens" in said


def test_a_model_that_is_not_in_the_table_is_refused_with_the_closest_one(cli):
    ran = cli("prices", "show", "recraft-ai/recraft-v33")
    assert ran.code == 2
    assert "did you mean 'recraft-ai/recraft-v3'" in ran.err
