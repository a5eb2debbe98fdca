"""The old config.json: each key becomes a setting or a part of the spec, or is dropped with the reason."""

import json
from decimal import Decimal

import pytest

from asset_pipeline.legacy.config import leaves, read_config
from asset_pipeline.legacy.findings import Fate, Findings
from asset_pipeline.settings import Settings
from asset_pipeline.yamlfile import show_key

KEY = "r8_0123456789abcdefghijklmnop"
# Every key that the old tool's file had or that its program read.
OLD = {
    "replicate": {
        "api_key": "${REPLICATE_API_KEY}", "rate_limit": 2, "timeout": 30, "retry": 3, "model_version": "x",
        "models": {
            kind: {"model_id": f"stability-ai/sdxl:{'7' * 64}", "cost_per_image": 0.012, "style": "x", "purpose": "y"}
            for kind in ("icons", "covers", "textures", "letter_headers", "database_icons")
        },
    },
    "review": {
        "port": 4501, "auto_open": True, "host": "localhost", "approval_file": "APPROVED.txt",
        "production_approval_file": "P.txt",
    },
    "budget": {
        "sample_generation": {"max_cost": 2.5, "approval_required": True, "items": 12, "alert_threshold": 0.7},
        "mass_generation": {
            "max_cost": 30.0, "approval_required": True, "items": "dynamic", "alert_threshold": 18.0, "comment": "all",
        },
        "daily_limit": 20, "sample_limit": 2.0, "production_limit": 40.0,
    },
    "mass_generation": {"max_items": 500, "max_cost": 35.0},
    "assets": {
        kind: {"count": "dynamic", "format": "webp", "dimensions": "96x64", "style": "old_engraving", "comment": "c"}
        for kind in ("icons", "covers", "textures", "letter_headers", "database_icons")
    },
    "theme": {
        "name": "Harbour", "description": "Ropes and lamps", "colors": {"primary": "#123456"}, "total_assets": "~9",
        "estimated_cost": 10.0,
    },
    "logging": {
        "level": "warning", "colored_output": True, "progress_bars": True, "log_file": "l", "max_log_size": 10485760,
        "backup_count": 5, "transaction_log": "t",
    },
    "output": {
        "sample_directory": "a", "production_directory": "b", "backup_directory": "c", "github_repo": "d",
        "github_branch": "e",
    },
}  # fmt: skip


def read(value):
    """Read a config.json; what it says, and what was noted of each key."""
    findings = Findings()
    config = read_config(json.dumps(value, indent=1), "config.json", findings)
    return config, {one.name: one for one in findings.all}


def test_every_key_is_noted_once_and_on_its_own_line():
    findings = Findings()
    text = json.dumps(OLD, indent=1)
    read_config(text, "config.json", findings)
    keys = [show_key(path) for path, _ in leaves(OLD)]
    assert sorted(one.name for one in findings.all) == sorted(keys)
    assert not [one for one in findings.all if "nothing in the old tool read" in one.detail]
    lines = text.splitlines()
    assert all(f'"{one.name.rpartition(".")[2]}"' in lines[one.line - 1] for one in findings.all)


def test_limits_port_rate_alerts_and_logs_become_settings_that_are_valid():
    settings = Settings(**read(OLD)[0].settings)
    budget = settings.budget
    assert (budget.sample_usd, budget.daily_usd, settings.review.port) == (2, 20, 4501)
    assert (budget.production_usd, budget.total_usd) == (30, 30)
    assert budget.alerts == tuple(map(Decimal, ("0.5", "0.6", "0.7", "0.8", "0.95")))
    assert settings.replicate.creates_per_minute == 120
    assert (settings.log_level, settings.logs.max_mb, settings.logs.keep_files) == ("WARNING", 10.48576, 5)


def test_sizes_formats_models_theme_and_the_sample_become_parts_of_the_spec():
    config, noted = read(OLD)
    assert config.spec["types"]["icons"] == {"model": "stability-ai/sdxl", "format": "webp", "size": "96x64"}
    assert config.spec["theme"] == {"style": ["old engraving"], "palette": {"primary": "#123456"}}
    assert (config.spec["sample"], config.name, config.description) == (12, "Harbour", "Ropes and lamps")
    assert "built in for icons is recraft-ai/recraft-v3" in noted["replicate.models.icons.model_id"].detail


@pytest.mark.parametrize(
    ("threshold", "limit", "alerts", "said"),
    [
        (0.8, 1.0, None, "read as a share; as $0.8 it would be 0.80 of $1.0; alerts at 0.8 are built in"),
        (0.3, 1.0, "0.3", "read as a share"),
        (20.0, 25.0, None, "read as dollars of $25.0"),
        (30.0, 25.0, "none", "30.0 is neither a share nor below the limit"),
        (-1, 25.0, "none", "-1 is no threshold"),
        (20.0, None, "none", "20.0 is neither a share nor below the limit"),
    ],
)
def test_a_threshold_is_a_share_or_dollars_and_the_report_says_which(threshold, limit, alerts, said):
    stage = {"alert_threshold": threshold} | ({"max_cost": limit} if limit else {})
    config, noted = read({"budget": {"mass_generation": stage}})
    assert said in noted["budget.mass_generation.alert_threshold"].detail
    got = config.settings.get("budget", {}).get("alerts")
    if alerts == "none":
        assert got is None
    else:
        assert set(got) == {Decimal("0.5"), Decimal("0.8"), Decimal("0.95"), Decimal(alerts or "0.8")}


@pytest.mark.parametrize(
    ("config", "key", "said"),
    [
        ({"budget": {"daily_limit": 100}}, "budget.daily_limit", "should be less than 100"),
        ({"budget": {"daily_limit": 0}}, "budget.daily_limit", "should be greater than 0"),
        ({"budget": {"daily_limit": "lots"}}, "budget.daily_limit", "'lots' is no amount"),
        ({"budget": {"daily_limit": True}}, "budget.daily_limit", "True is no amount"),
        ({"budget": {"daily_limit": None}}, "budget.daily_limit", "None is no amount"),
        ({"budget": {"sample_generation": {"items": 0}}}, "budget.sample_generation.items", "greater than or equal"),
        ({"budget": {"sample_generation": {"approval_required": False}}},
         "budget.sample_generation.approval_required", "is for you to say"),
        ({"review": {"port": 80}}, "review.port", "greater than or equal to 1024"),
        ({"replicate": {"rate_limit": -2}}, "replicate.rate_limit", "-2 is no rate"),
        ({"replicate": {"rate_limit": "1e5000000"}}, "replicate.rate_limit", "is no rate"),
        ({"logging": {"max_log_size": "1e-5000000"}}, "logging.max_log_size", "is no size"),
        ({"theme": {"colors": {"primary": KEY}}}, "theme.colors.primary", "there is a key in it"),
        ({"assets": {"icons": {"style": KEY}}}, "assets.icons.style", "there is a key in it"),
        ({"replicate": {"models": {"icons": {"model_id": "x"}}}}, "replicate.models.icons.model_id", "owner/name"),
        ({"replicate": {"models": {"avatars": {"model_id": "a/b"}}}}, "replicate.models.avatars.model_id", "no type"),
        ({"assets": {"icons": {"dimensions": "huge"}}}, "assets.icons.dimensions", "WIDTHxHEIGHT"),
        ({"assets": {"icons": {"format": "svg"}}}, "assets.icons.format", "should be 'png'"),
        ({"theme": {"colors": {"primary": "teal"}}}, "theme.colors.primary", "must be a colour"),
        ({"logging": {"level": "LOUD"}}, "logging.level", "should be 'DEBUG'"),
        ({"mystery": [1]}, "mystery", "nothing in the old tool read a key 'mystery'"),
        ({"budget": 5}, "budget", "nothing in the old tool read a key 'budget'"),
        ({"replicate": {"models": "none"}}, "replicate.models", "nothing in the old tool read"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_left_out_with_the_reason(config, key, said):
    got, noted = read(config)
    assert noted[key].fate is Fate.LEFT_OUT
    assert said in noted[key].detail
    Settings(**got.settings)


def test_a_price_is_taken_where_the_program_knows_none():
    models = {"icons": {"model_id": "acme/wonder", "cost_per_image": 0.07}, "covers": {"model_id": "stability-ai/sdxl"}}
    config, noted = read({"replicate": {"models": models | {"covers": models["covers"] | {"cost_per_image": 9}}}})
    assert config.settings["prices"] == {"acme/wonder": Decimal("0.07")}
    assert noted["replicate.models.covers.cost_per_image"].fate is Fate.LEFT_OUT


def test_the_smaller_of_two_limits_counts():
    implicit = {"sample_limit": 0.5, "sample_generation": {"max_cost": 1.0}}
    config, _ = read({"budget": implicit})
    assert config.settings["budget"]["sample_usd"] == Decimal("0.5")


def test_a_theme_has_a_name_that_a_spec_may_have_and_no_key_in_it():
    config, noted = read({"theme": {"name": f"{KEY} {'word ' * 60}", "description": f"as {KEY}"}})
    assert len(config.name) <= 200
    assert config.name.endswith("word")
    assert noted["theme.name"].detail == "the spec's title and collection; cut to 200 characters"
    assert (config.name[:13], config.description) == ("r8_[redacted]", "as r8_[redacted]")


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"budget": {"daily_limit": 9.5}, "rest": '])
def test_a_file_that_is_broken_is_noted_and_what_is_whole_is_taken(text):
    findings = Findings()
    config = read_config(text, "config.json", findings)
    assert findings.all
    assert config.settings == ({"budget": {"daily_usd": Decimal("9.5")}} if "daily" in text else {})
