"""The old tool's past: JSON of every shape, databases with all data in their logs, markers; all of it history."""

import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest

from asset_pipeline.legacy import stores
from asset_pipeline.legacy.findings import Fate
from asset_pipeline_tests.support.old_folders import found, tree

EVALUATION = {"page_title": "Harbour Hub", "asset_type": "icon"}
SHAPES = [
    ("manifest.json", {"samples": [{"type": "icons", "filename": "i.png", "cost": 0.012}], "errors": [{"error": "x"}]},
     ["manifest_entry", "manifest_error"], True),
    ("p/manifest.json", {"assets": [{"asset_type": "icons", "output": "x", "cost": 0.012}], "production": True},
     ["manifest_entry"], True),
    ("transactions.json", {"total_cost": 0.04, "transactions": [{"id": "c_1", "cost": 0.04, "status": "success"}]},
     ["transaction"], True),
    ("human_decisions_1.json", {"session": {"session_id": "s"}, "decisions": [{"id": 1, "selected_model": "m"}]},
     ["review_session", "human_decision"], True),
    ("human_decisions_2.json", {"session": None, "decisions": [{"id": 1}], "decision_summary": {}},
     ["human_decision"], True),
    ("final_selected_prompts_1.json", {"a_1_icons": {"page_title": "x", "selected_prompt": "y"}},
     ["selected_prompt"], True),
    ("quality_evaluation_results.json", {"pages": [EVALUATION | {"prompts": [{"prompt_text": "a"}, {"n": 2}]}]},
     ["evaluation", "evaluation"], False),
    ("quality_evaluation_results.json.backup", {"pages": [EVALUATION | {"prompts": [{"prompt": "a"}]}], "metadata": {}},
     ["evaluation"], False),
    ("quality.json", {"competitive_evaluations": [EVALUATION | {"prompt_evaluations": [{"prompt_id": 1}]}]},
     ["evaluation"], False),
    ("test_sample_competitions.json", [EVALUATION | {"variants": [], "winner": None}], ["competition"], False),
    ("prompts.json", {
        "prompt_templates": {"icons": {"base_template": "t"}}, "prompts": {"icons": {"Harbour Hub": {"current": "c"}}},
        "edited_prompts": {"icons": {"Harbour Hub": {"old": "a", "new": "b"}}},
        "regeneration_queue": [{"type": "icons", "page_title": "Harbour Hub"}],
    }, ["prompt_template", "prompt", "edited_prompt", "regeneration_request"], True),
    ("p/prompts.json", {"prompts": [{"title": "Harbour Hub", "prompt": "a"}, {"title": "Pier"}]}, ["prompt"] * 2, True),
    (".progress/r.json", {"run_id": "r", "completed": 3}, ["run"], True),
    ("cache/x.png.meta.json", {"prompt": "p", "cost": 0.01, "cache_key": "k"}, ["cached_image"], True),
    ("logs/mass_generation_audit.json", [{"timestamp": "t"}], ["entry"], True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "kinds", "is_trusted"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_json_of_each_shape_becomes_records_and_every_one_is_reported(old, name, value, kinds, is_trusted):
    old.json(name, value)
    reading = old.read()
    assert [record.kind for record in reading.records] == kinds
    assert {record.is_trusted for record in reading.records} == {is_trusted}
    reported = [one for one in reading.findings.all if one.file == name and one.detail.startswith("history")]
    assert [one.kind for one in reported] == [kind.replace("_", " ") for kind in kinds]
    assert all(one.line for one in reported)


def test_records_say_image_money_state_and_time_and_keep_all_the_rest(old):
    entry = {"type": "icons", "cost": 0.012, "timestamp": "2025-09-05", "metadata": {"page_title": "Harbour Hub"}}
    old.json("manifest.json", {"samples": [entry], "total_cost": 0.5})
    reading = old.read()
    (record,) = reading.records
    assert (record.title, record.asset_type, record.cost_usd) == ("Harbour Hub", "icons", Decimal("0.012"))
    assert record.occurred_at == "2025-09-05"
    assert record.payload == entry | {"cost": Decimal("0.012")}
    (total,) = found(reading, "total")
    assert (
        total.detail == "the file says $0.5 in all; its entries make $0.012, so $0.488 is of entries that are not in it"
    )


def test_of_a_log_that_was_cut_off_what_is_whole_is_kept(old):
    old.write(
        "logs/transactions.json", '{"total_cost": 0.1, "transactions": [{"id": "a", "cost": 0.04}, {"id": "b", "co'
    )
    reading = old.read()
    assert [record.payload["id"] for record in reading.records] == ["a", "b"]
    assert "what is whole was saved" in found(reading, "file")[0].detail


def test_what_failed_was_not_spent(old):
    states = ("success", "failed", "pending", "rolled_back", None)
    old.json("t.json", {"transactions": [{"id": str(n), "cost": 0.1, "status": one} for n, one in enumerate(states)]})
    assert sum(record.spent_usd for record in old.read().records) == Decimal("0.2")


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[" * 100_000, "NaN", '{"cost": 1e999}', '{"transactions": 5}', '"x"']
)
def test_json_of_no_kind_is_reported_and_stops_nothing(old, text):
    old.write("odd.json", text)
    reading = old.read()
    assert [one for one in reading.findings.all if one.file == "odd.json"]
    assert reading.records == []


@pytest.mark.parametrize("value", [{"prompts": {"icons": "a lamp"}}, {"prompts": "a lamp"}, {"transactions": 5}])
def test_what_is_no_object_where_entries_belong_is_reported(old, value):
    old.json("odd.json", value)
    reading = old.read()
    (odd,) = [one for one in reading.findings.all if one.file == "odd.json"]
    assert (odd.fate, odd.detail) == (Fate.LEFT_OUT, "it is no object")


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"])
def test_a_line_of_a_log_ends_where_json_lines_end_and_nowhere_else(old, end):
    old.write("logs/llm.jsonl", f'{{"prompt": "one{end}two"}}\r\n{{"prompt": "three"}}\r\n')
    reading = old.read()
    assert [record.payload["prompt"] for record in reading.records] == [f"one{end}two", "three"]
    assert not found(reading, "log line")


def test_lines_of_a_log_are_records_and_broken_ones_are_named(old):
    old.write("logs/master_llm_log.jsonl", '{"model": "m"}\n\nbroken\n{"model": "n"}\n')
    reading = old.read()
    assert [record.line for record in reading.records] == [1, 4]
    assert found(reading, "log line")[0].place == "logs/master_llm_log.jsonl:3"


SYNC = (
    "CREATE TABLE human_decisions (id INTEGER PRIMARY KEY, selected_model TEXT, created_at TEXT)",
    "INSERT INTO human_decisions VALUES (1, 'm', '2025-09-04')",
    "CREATE TABLE quality_evaluations (id INTEGER PRIMARY KEY, prompt_text TEXT, overall_score REAL)",
    "INSERT INTO quality_evaluations VALUES (1, 'p', 8.5)",
)
ASYNC = (
    "CREATE TABLE assets (id INTEGER, asset_type TEXT, file_path TEXT, cost REAL, status TEXT, metadata JSON, b BLOB)",
    """INSERT INTO assets VALUES (1, 'icons', 'a.png', 0.012, 'completed', '{"title": "Harbour Hub"}', x'00')""",
    "CREATE TABLE transactions (id INTEGER, asset_id INTEGER, amount REAL, type TEXT, status TEXT)",
    "INSERT INTO transactions VALUES (1, 1, 0.012, 'charge', 'completed')",
    "CREATE TABLE human_decisions (id INTEGER, selected_prompt_id INTEGER, reasoning TEXT)",
    "CREATE TABLE sessions (session_id TEXT, csrf_token TEXT)",
    "INSERT INTO sessions VALUES ('s', 'a-token-of-somebody')",
)


def test_databases_of_both_kinds_are_read_from_their_logs_and_left_as_they_are(old):
    old.store("sync.db", *SYNC)
    old.store("async.db", *ASYNC)
    before = tree(old.root)
    reading = old.read()
    assert tree(old.root) == before
    kinds = {(record.file, record.kind): record for record in reading.records}
    assert kinds["async.db", "sqlite:transactions"].cost_usd == Decimal("0.012")
    assert kinds["async.db", "sqlite:assets"].title == "Harbour Hub"
    assert kinds["sync.db", "sqlite:human_decisions"].payload["selected_model"] == "m"
    assert not kinds["sync.db", "sqlite:quality_evaluations"].is_trusted
    assert "a-token-of-somebody" not in str(reading.records)
    assert found(reading, "table", name="sessions")[0].fate is Fate.LEFT_OUT


def test_what_was_not_yet_committed_is_undone_in_the_copy(old):
    path = old.root / "torn.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 2")
        connection.execute("CREATE TABLE transactions (id INTEGER PRIMARY KEY, amount REAL, note TEXT)")
        rows = [(0.01, "x" * 2000)] * 50
        connection.executemany("INSERT INTO transactions (amount, note) VALUES (?, ?)", rows)
        connection.execute("BEGIN")
        connection.execute("UPDATE transactions SET amount = 9")
        main, journal = path.read_bytes(), path.with_name("torn.db-journal").read_bytes()
    old.write("torn.db", main)
    old.write("torn.db-journal", journal)
    reading = old.read()
    assert [record.cost_usd for record in reading.records] == [Decimal("0.01")] * 50
    assert found(reading, "part of a database")[0].detail == "read with torn.db"


def test_rows_beyond_those_that_are_read_are_reported(old, monkeypatch):
    monkeypatch.setattr(stores, "MAX_ROWS", 2)
    old.store("long.db", "CREATE TABLE runs (id)", "INSERT INTO runs VALUES (1), (2), (3), (4), (5)")
    reading = old.read()
    assert len(reading.records) == 2
    assert [(one.fate, one.detail) for one in found(reading, "table")] == [
        (Fate.KEPT, "2 rows, as history"),
        (Fate.LEFT_OUT, "3 rows more: of one table, 2 are read"),
    ]


@pytest.mark.parametrize("content", [b"", b"no database" * 200, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_database_that_is_none_is_reported(old, content):
    old.write("bad.db", content)
    old.write("gone.db-wal", b"")
    reading = old.read()
    assert [one.file for one in found(reading, "file")] == ["bad.db"]
    assert found(reading, "part of a database")[0].detail == "gone.db, which it belongs to, is not there"


def test_markers_are_history_whatever_the_settings_called_them_and_secrets_are_not_opened(old):
    old.json("config.json", {"review": {"approval_file": "OK.txt"}})
    old.write("OK.txt", "Samples approved")
    old.write("REJECTED.txt", b"")
    old.write(".env", "REPLICATE_API_TOKEN=r8_do_not_look_here")
    reading = old.read()
    assert [record.kind for record in reading.records] == ["approval_marker", "approval_marker"]
    assert "it is no approval" in found(reading, name="OK.txt")[0].detail
    assert found(reading, "secrets")[0].fate is Fate.LEFT_OUT
    assert "do_not_look_here" not in str(reading)


def test_links_are_not_followed_and_folders_of_programs_are_passed_by(old, tmp_path):
    (tmp_path / "outside.yaml").write_text("pages: [{title: Outside}]")
    (old.root / "split_yaml" / "02.yaml").symlink_to(tmp_path / "outside.yaml")
    (old.root / "all").symlink_to(tmp_path)
    old.write("__pycache__/pages.yaml", "pages: [{title: Cached}]")
    reading = old.read()
    assert {one.file for one in found(reading, "link")} == {"split_yaml/02.yaml", "all"}
    assert found(reading, "folder")[0].file == "__pycache__"
    assert not found(reading, name="Outside")
    assert not found(reading, name="Cached")
