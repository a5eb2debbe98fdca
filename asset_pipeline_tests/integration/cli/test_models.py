"""`models`: how image models would be asked for a size, without a key and without a connection."""

import pytest

from asset_pipeline.images.models import built_in_names
from asset_pipeline.images.models.survey import USUAL_SIZES


def test_it_needs_no_key_in_live_mode_and_opens_no_connection(project, offline):
    ran = project.command("models", "google/imagen-4", ASSET_PIPELINE__MODE="live", **offline)
    assert ran.code == 0, ran.err
    assert not (project.root / "connected").exists()


def test_it_shows_every_model_for_every_usual_size(cli):
    rows = cli("models", "--json").json
    assert len(rows) == len(built_in_names()) * len(USUAL_SIZES)
    assert {row["model"] for row in rows} == set(built_in_names())


def test_it_tells_what_is_asked_for_what_comes_and_what_it_costs_at_most(cli):
    assert cli("models", "black-forest-labs/flux-1.1-pro", "--size", "1500x400", "--json").json == [
        {
            "model": "black-forest-labs/flux-1.1-pro",
            "size": "1500x400",
            "asked": {"aspect_ratio": "custom", "width": 1440, "height": 384},
            "pixels": "1440x384",
            "crop_loss": 0.0,
            "enlargement": 1.0417,
            "worst_usd": "0.04",
        }
    ]


def test_its_table_has_a_row_for_each_model_and_size(cli):
    ran = cli("models", "google/imagen-4", "recraft-ai/recraft-v3", "--size", "64x64", "--size", "1500x400")
    assert ran.code == 0
    rows = [line.split() for line in ran.out.splitlines() if line.startswith(("google", "recraft"))]
    assert [(row[0], row[1], row[-3], row[-1]) for row in rows] == [
        ("google/imagen-4", "64x64", "0%", "$0.04"),
        ("google/imagen-4", "1500x400", "53%", "$0.04"),
        ("recraft-ai/recraft-v3", "64x64", "0%", "$0.04"),
        ("recraft-ai/recraft-v3", "1500x400", "47%", "$0.04"),
    ]


def test_a_price_in_the_settings_counts(cli, project):
    (project.root / "pipeline.yaml").write_text("prices: {google/imagen-4: {image: 0.5}}\n")
    assert cli("models", "google/imagen-4", "--size", "64x64", "--json").json[0]["worst_usd"] == "0.50"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("google/imagen4",), "did you mean 'google/imagen-4'"),
        (("--size", "64"), "'64' is no size"),
        (("--size", "1x1"), "each from 16 to 4096"),
    ],
)
def test_a_slip_is_said_with_what_was_meant(cli, arguments, said):
    ran = cli("models", *arguments)
    assert ran.code == 2
    assert said in ran.err
