"""`settings show` and `settings check`: what holds, where it comes from, and no secret."""

import json
import re

import pytest

from asset_pipeline.settings.shown import setting_keys
from asset_pipeline_tests.support.projects import REPOSITORY

KEY, TOKEN = "sk-or-v1-0123456789abcdef", "r8_0123456789abcdef"
HOOK = "http://127.0.0.1:9/services/T0PSECRET/B0123456789"
FILE = f"""budget:
  total_usd: 7
  daily_usd: 6
  collections: {{demo: 2}}
  alert_webhook_url: {HOOK}
prices:
  a/b-1.1: 0.02
"""


@pytest.fixture
def everywhere(cli, project):
    """Runs a command in a project that has settings in every source."""
    project.env.clear()
    (project.root / "pipeline.yaml").write_text(FILE)
    (project.root / ".env").write_text(
        f"ASSET_PIPELINE__BUDGET__DAILY_USD=5\nASSET_PIPELINE__BUDGET__SAMPLE_USD=2\nREPLICATE_API_TOKEN={TOKEN}\n"
    )
    variables = {
        "ASSET_PIPELINE__BUDGET__SAMPLE_USD": "3",
        "ASSET_PIPELINE__BUDGET__COLLECTIONS__OTHER": "4",
        "OPENROUTER_API_KEY": KEY,
    }
    return lambda *arguments: cli(*arguments, **variables)


def test_each_value_has_its_source_and_no_secret_is_shown(everywhere):
    ran = everywhere("settings", "show", "--json", "--set", "budget.production_usd=1", "--set", "prices.c/d-2.0=0.5")
    shown = {key: (row["value"], row["source"]) for key, row in ran.json["settings"].items()}
    expected = {
        "mode": ("sandbox", "built-in default"),
        "budget.total_usd": ("7", "pipeline.yaml:2"),
        "budget.daily_usd": ("5", ".env ASSET_PIPELINE__BUDGET__DAILY_USD"),
        "budget.sample_usd": ("3", "environment ASSET_PIPELINE__BUDGET__SAMPLE_USD"),
        "budget.production_usd": ("1", "command line"),
        "budget.collections.demo": ("2", "pipeline.yaml:4"),
        "budget.collections.other": ("4", "environment ASSET_PIPELINE__BUDGET__COLLECTIONS__OTHER"),
        "budget.alert_webhook_url": ("…127.0.0.1/…", "pipeline.yaml:5"),
        "prices.a/b-1.1": ({"image": "0.02"}, "pipeline.yaml:7"),
        "prices.c/d-2.0": ({"image": "0.5"}, "command line"),
    }
    assert {key: shown[key] for key in expected} == expected
    assert ran.json["secrets"]["REPLICATE_API_TOKEN"] == {"set": True, "source": ".env"}
    assert ran.json["secrets"]["OPENROUTER_API_KEY"] == {"set": True, "source": "environment"}
    assert ran.json["secrets"]["REVIEW_TOKEN"] == {"set": False, "source": None}


def test_people_see_every_key_in_one_line_each(everywhere):
    lines = {line.split()[0]: line for line in everywhere("settings", "show", "--sources").out.splitlines()}
    for key in setting_keys():
        assert any(line == key or line.startswith(f"{key}.") for line in lines), key
    assert re.search(r"^budget\.daily_usd +5 +\.env ASSET_PIPELINE__BUDGET__DAILY_USD *$", lines["budget.daily_usd"])
    assert re.search(r"^REPLICATE_API_TOKEN +set, not shown +\.env *$", lines["REPLICATE_API_TOKEN"])
    assert "pipeline.yaml" not in everywhere("settings", "show").out


@pytest.mark.parametrize("arguments", [(), ("--sources",), ("--json",), ("secrets",), ("budget", "--json")])
def test_no_secret_is_shown(everywhere, arguments):
    ran = everywhere("settings", "show", *arguments)
    assert ran.code == 0
    for secret in (KEY, TOKEN, "T0PSECRET", KEY[-4:], TOKEN[-4:]):
        assert secret not in ran.out + ran.err


def test_a_part_can_be_asked_for(everywhere):
    shown = everywhere("settings", "show", "budget.total_usd", "specs", "--json").json
    assert list(shown["settings"]) == ["specs.dir", "specs.max_file_mb", "budget.total_usd"]
    assert shown["secrets"] == {}


@pytest.mark.parametrize(
    ("key", "says"),
    [("budgte", "did you mean 'budget'"), ("budget.totl_usd", "did you mean 'total_usd'"), ("budget.", "Allowed")],
)
def test_a_key_that_is_none_is_refused(everywhere, key, says):
    ran = everywhere("settings", "show", key)
    assert ran.code == 2
    assert f"there is no setting {key!r}" in ran.err
    assert says in ran.err


def test_check_says_that_all_is_well_or_everything_that_is_not(everywhere, project):
    assert "in order: mode sandbox, 7 set by you" in everywhere("settings", "check").out
    (project.root / "pipeline.yaml").write_text("mode: live\nbudget: {total_usd: 0}\nimages: {workers: 0}\n")
    ran = everywhere("settings", "check")
    assert ran.code == 2
    assert "budget.total_usd" in ran.err
    assert "images.workers" in ran.err
    assert not project.database.exists()


def test_what_the_command_line_says_holds_for_the_command(everywhere, project):
    assert everywhere("budget", "show", "--json", "--set", "budget.total_usd=4.5").json["total"]["limit"] == "4.50"
    assert everywhere("--set", "budget.total_usd=3", "budget", "show", "--json").json["total"]["limit"] == "3.00"
    assert everywhere("budget", "show", "--json").json["total"]["limit"] == "7.00"
    assert everywhere("sync", "--", "--set").code == 2


def test_what_the_schema_in_the_repository_knows_is_what_there_is():
    schema = json.loads((REPOSITORY / "pipeline.schema.json").read_text())
    sections = {key.partition(".")[0] for key in setting_keys()}
    assert sections == set(schema["properties"])
