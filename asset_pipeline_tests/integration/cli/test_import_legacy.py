"""`import-legacy`: what was left becomes a spec, a proposal and history; nothing is paid twice or written over."""

import json
import os

import pytest

from asset_pipeline.image_work import Asset
from asset_pipeline.ledger import Database
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.support.old_folders import OldFolder, tree

KEY = "harbour.icons.harbour-hub"
SECRET = "r8_0123456789abcdefghijklmnop"
ENTRY = {
    "type": "icons", "filename": "icons_001_20250905_104516.png", "prompt": "a  lighthouse", "cost": 0.012,
    "model_id": "stability-ai/sdxl:777", "timestamp": "2025-09-05T10:45:16", "metadata": {"page_title": "Harbour Hub"},
}  # fmt: skip


@pytest.fixture
def old(tmp_path):
    """A folder of the old tool with something of everything."""
    old = OldFolder(tmp_path / "old")
    old.pages()
    old.pages("pages:\n- title: 'broken\n", "02_broken.yaml")
    old.json("config.json", {
        "replicate": {"api_key": SECRET}, "budget": {"daily_limit": 3.5}, "theme": {"name": "Harbour"},
        "assets": {"icons": {"dimensions": "64x64", "format": "png"}},
    })  # fmt: skip
    old.json("output/samples/manifest.json", {"samples": [ENTRY], "total_cost": 0.012})
    old.picture("output/samples/icons_001_20250905_104516.png", size=(512, 512), kind="WEBP")
    old.picture("output/samples/icons_002_20250905_104516.png", seed=2)
    log = '{"total_cost": 0.5, "transactions": [{"id": "a", "cost": 0.012, "status": "success", "api_response": {"out'
    old.write("logs/transactions.json", log)
    old.json("quality_evaluation_results.json", {"pages": [{"page_title": "x", "prompts": [{"quality_score": 8}]}]})
    old.store(
        "old.db", "CREATE TABLE human_decisions (id, selected_model)", "INSERT INTO human_decisions VALUES (1, 'm')"
    )
    old.write("emotional_config.yaml", "emotional_tones: {calm: {name: Calm, keywords: [calm], intensity: 0.5}}\n")
    old.write("APPROVED.txt", "Samples approved")
    old.write("notes.md", "text")
    return old


def test_a_dry_run_reports_all_and_writes_nothing(cli, project, old):
    before = tree(project.root), tree(old.root)
    ran = cli("import-legacy", old.root, "--dry-run")
    assert ran.code == 0, ran.err
    assert "| split_yaml/01_pages.yaml:2 | page | Harbour Hub | slug harbour-hub |" in ran.out
    assert ran.out.endswith("nothing was written\n")
    assert (tree(project.root), tree(old.root)) == before


def test_a_dry_run_and_an_import_report_the_same(cli, project, old):
    trial = cli("import-legacy", old.root, "--dry-run", "--json").json
    done = cli("import-legacy", old.root, "--json").json
    assert trial.pop("written") is None
    assert done.pop("written")["new_records"] == 5
    assert done == trial
    assert json.loads((project.root / "data/legacy/harbour/report.json").read_text()) == trial
    markdown = (project.root / "data/legacy/harbour/report.md").read_text()
    assert cli("import-legacy", old.root, "--dry-run").out == f"{markdown}\nnothing was written\n"


def test_every_file_is_in_the_report_once_and_the_old_folder_is_as_it_was(cli, old):
    before = tree(old.root)
    files = [row["file"] for row in cli("import-legacy", old.root, "--json").json["files"]]
    assert sorted(files) == sorted(
        path.relative_to(old.root).as_posix() for path in old.root.rglob("*") if path.is_file()
    )
    assert tree(old.root) == before


def test_a_second_time_adds_nothing_and_a_longer_log_adds_what_is_new(cli, project, old):
    cli("import-legacy", old.root)
    tables = ("legacy_records", "legacy_images", "calls", "ledger")
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
    first, files = project.rows(counts), set(tree(project.root))
    again = cli("import-legacy", old.root)
    assert "0 records and 0 images are new" in again.out
    assert "(it was there)" in again.out
    assert project.rows(counts) == first
    assert set(tree(project.root)) == files
    old.json("logs/more.json", {"transactions": [{"id": "b", "cost": 0.04}, {"id": "b", "cost": 0.04}]})
    assert "2 records and 0 images are new" in cli("import-legacy", old.root).out


def test_the_past_is_readable_counts_against_no_budget_and_holds_no_key(cli, project, old):
    cli("import-legacy", old.root)
    spending = project.rows("SELECT source_file, status, cost_usd::VARCHAR FROM legacy_spending ORDER BY ALL")
    assert [row[:2] for row in spending] == [
        ("logs/transactions.json", "success"),
        ("output/samples/manifest.json", None),
    ]
    assert {row[2] for row in spending} == {"0.012000000"}
    assert project.rows("SELECT DISTINCT kind FROM legacy_records WHERE NOT is_trusted") == [("evaluation",)]
    assert project.rows("SELECT count(*) FROM approvals") == [(0,)]
    assert project.rows("SELECT coalesce(sum(cost_usd), 0) = 0 FROM ledger") == [(True,)]
    written = [path for path in (project.root / "data").rglob("*") if path.is_file()]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]


def test_what_is_cleaned_of_secrets_is_json_all_the_same(cli, project, old):
    token, words = "abcdef0123456789", "hunter2hunter2"
    error = f'401 {{"Authorization": "Bearer {token}"}}, {{"x": 1}}'
    entry = {"id": "a", "error": error, "said": {"api_key": words, "password": 12345678, "n": [f"key {SECRET}", 1.5]}}
    old.json("logs/more.json", {"transactions": [entry]})
    old.json("out/manifest.json", {"samples": [], "errors": [{"error": error}]})
    assert cli("import-legacy", old.root).code == 0
    report = json.loads((project.root / "data/legacy/harbour/report.json").read_text())
    assert [one["name"] for one in report["findings"] if one["kind"] == "manifest error"] == [
        '401 {"Authorization": "Bearer [redacted]"}, {"x": 1}'
    ]
    (payload,) = project.rows("SELECT payload FROM legacy_records WHERE source_file = 'logs/more.json'")[0]
    assert json.loads(payload) == {
        "id": "a",
        "error": '401 {"Authorization": "Bearer [redacted]"}, {"x": 1}',
        "said": {"api_key": "[redacted]", "password": "[redacted]", "n": ["key [redacted]", "1.5"]},
    }


def test_an_adopted_picture_is_finished_for_nothing_and_bought_only_when_it_is_wanted_anew(cli, house, old):
    assert cli("import-legacy", old.root).code == 0
    opened = house.open()
    with Database(opened.paths.database) as database:
        Catalog(database).sync(require_specs([opened.paths.specs], root=opened.root, max_file_mb=2))
    assert cli("plan", "--json").json["images"]["cached"] == 1
    delivered = house.make([KEY])[KEY, Asset.GENERATED_IMAGES].payload
    assert (delivered.cost_usd, delivered.reused, delivered.model) == (0, True, "stability-ai/sdxl:777")
    assert (house.bought("replicate"), house.bought("openrouter")) == (0, 0)
    assert house.project.rows(f"SELECT width, height, format, state FROM images WHERE image_key = '{KEY}'") == [
        (64, 64, "png", "done")
    ]
    note = "adopted from output/samples/icons_001_20250905_104516.png: the old tool has paid $0.012 for it"
    assert house.project.rows("SELECT note FROM calls WHERE cost_usd = 0 AND state = 'settled'") == [(note,)]
    cli("regenerate", KEY)
    assert house.project.rows("SELECT take, prompt FROM store.takes") == [(2, None)]
    assert house.make([KEY])[KEY, Asset.GENERATED_IMAGES].payload.cost_usd > 0
    assert "somebody has decided about this image since" in cli("import-legacy", old.root, "--json").out


def test_pictures_that_nobody_names_are_kept_to_be_looked_at_and_a_list_adopts_them(cli, project, old):
    cli("import-legacy", old.root)
    folder = project.root / "data/legacy/harbour"
    assert (folder / "images/output/samples/icons_002_20250905_104516.png").is_file()
    matches = folder / "matches.yaml"
    assert '"output/samples/icons_002_20250905_104516.png": harbour.icons.lamp-oil-orders\n' in matches.read_text()
    assert cli("import-legacy", old.root, "--matches", matches).code == 0
    adopted = project.rows("SELECT image_key FROM legacy_images WHERE is_adopted ORDER BY ALL")
    assert adopted == [(KEY,), ("harbour.icons.lamp-oil-orders",)]


def test_files_are_kept_whatever_they_are_called_and_their_own_names_are_in_the_history(cli, project, old):
    names = ["at 10:45.png", "what?.png", "\U0001f468\u200d\U0001f469.png", "\u6f22" * 83 + ".png"]
    for seed, name in enumerate(names, 3):
        old.picture(f"output/{name}", kind="WEBP", seed=seed)
    old.write(os.fsdecode(b"output/caf\xe8.png"), old.picture("first.png", seed=8))
    old.write(os.fsdecode(b"output/caf\xe9.png"), old.picture("second.png", seed=9))
    old.write("prompts/master_prompt: icons.txt", "Draw it.")
    ran = cli("import-legacy", old.root)
    assert ran.code == 0, ran.err
    known = dict(project.rows("SELECT source_file, path FROM legacy_images"))
    assert {f"output/{name}" for name in names} | {r"output/caf\udce8.png", r"output/caf\udce9.png"} <= set(known)
    assert all((project.root / "data" / path.removeprefix("data/")).is_file() for path in known.values())
    assert [
        path.read_text() for path in project.root.glob("data/legacy/harbour/prompts/*-master-prompt-icons.txt")
    ] == ["Draw it."]


def test_the_settings_are_a_proposal_and_what_differs_is_named(cli, project, old):
    before = (project.root / "pipeline.yaml").read_bytes()
    ran = cli("import-legacy", old.root)
    assert "budget.daily_usd: 3.5 there, 25 here" in ran.out
    assert (project.root / "data/legacy/harbour/pipeline.yaml").read_text() == "budget: {daily_usd: 3.5}\n"
    assert (project.root / "pipeline.yaml").read_bytes() == before


def test_a_spec_that_is_too_large_for_the_limit_names_the_limit_that_it_needs_and_is_read_with_that(cli, project, old):
    small = ("--set", "specs.max_file_mb=0.001")
    ran = cli("import-legacy", old.root, *small)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[-3::2] == [
        "first: set specs.max_file_mb to 1 in pipeline.yaml, as no command reads a spec of this size before",
        "next: asset-pipeline plan data/specs/harbour.yaml",
    ]
    folder = project.root / "data/legacy/harbour"
    assert "specs: {max_file_mb: 1}" in (folder / "pipeline.yaml").read_text()
    assert (
        "| (the new spec) | setting | specs.max_file_mb | imported: 1: the spec has"
        in (folder / "report.md").read_text()
    )
    assert cli("plan", *small).code == 2
    assert cli("plan", "--set", "specs.max_file_mb=1").code == 0
    assert "first:" not in cli("import-legacy", old.root).out


def test_a_spec_that_somebody_has_edited_stays(cli, project, old):
    cli("import-legacy", old.root)
    spec = project.root / "data/specs/harbour.yaml"
    spec.write_text(spec.read_text() + "# mine\n")
    ran = cli("import-legacy", old.root)
    assert ran.code == 0
    assert "data/specs/harbour.yaml is yours and stays" in ran.out
    assert spec.read_text().endswith("# mine\n")
    assert (project.root / "data/legacy/harbour/harbour.yaml").is_file()


def test_an_import_that_broke_off_is_finished_by_the_next_and_adds_nothing_twice(cli, project, old):
    report = project.root / "data/legacy/harbour/report.md"
    report.mkdir(parents=True)
    ran = cli("import-legacy", old.root)
    assert ran.code == 2
    assert "data/legacy/harbour/report.md cannot be written: Is a directory\n  → look at the disk" in ran.err
    assert not (project.root / "data/specs/harbour.yaml").exists()
    report.rmdir()
    assert "0 records and 0 images are new" in cli("import-legacy", old.root).out
    assert report.is_file()
    assert (project.root / "data/specs/harbour.yaml").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere is no folder"),
        (["."], "has neither a config.json nor YAML files with pages"),
        (["data"], "has neither a config.json nor YAML files with pages"),
        (["OLD", "--include", "everything"], "'everything' cannot be included; Allowed: acceptance, tests, variants"),
        (["OLD", "--collection", "My Pages"], "such as my-pages"),
        (["OLD", "--collection", "con"], "'con' is no name of a collection"),
        (["OLD", "--out", "data"], "is a folder"),
        (["OLD", "--out", "dagster.yaml"], "dagster.yaml is there and says something else"),
        (["OLD", "--matches", "gone.yaml"], "gone.yaml: cannot be read"),
        (["OLD", "--collection", "taken"], "data/specs/taken-too.yaml has a collection 'taken' already"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(cli, project, old, arguments, said):
    project.spec("collection: taken\nimages: [{type: icons, title: A}]\n", "taken-too.yaml")
    before = tree(project.root)
    ran = cli("import-legacy", *(old.root if one == "OLD" else one for one in arguments))
    assert ran.code == 2
    assert said in ran.err
    assert tree(project.root) == before


def test_an_adopted_picture_counts_for_the_model_and_size_it_was_adopted_for_and_its_prompt_buys_no_other(
    cli, project, old
):
    cli("import-legacy", old.root)
    spec = project.root / "data/specs/harbour.yaml"
    text = spec.read_text()

    def cached(changed):
        spec.write_text(changed)
        return cli("plan", "--json").json["images"]["cached"]

    assert cached(text) == 1
    assert cached(text.replace("64x64", "96x96")) == 0
    assert cached(text.replace("description: Where ships are listed.", "description: Boats.")) == 1
    spec.write_text(text.replace("64x64", "96x96"))
    with Database(project.database) as database:
        Catalog(database).sync(require_specs([spec], root=project.root, max_file_mb=2))
        assert Catalog(database).images([KEY])[KEY].wanted.own_prompt is None
