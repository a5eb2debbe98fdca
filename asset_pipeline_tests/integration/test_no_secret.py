"""No secret is left anywhere: not by real commands in live mode, not even where a provider sends our keys back."""

import base64
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import duckdb
import yaml

from asset_pipeline_tests.support.dagster_home import PROGRAMS
from asset_pipeline_tests.support.echo import Echo, by_title, refusing_all
from asset_pipeline_tests.support.projects import REPOSITORY, FolderProject, Ran
from asset_pipeline_tests.support.sandboxes import served
from asset_pipeline_tests.support.specs import spec_of

# Each stands at the beginning of a key, so that half a key is found too.
MARKS = {
    "REPLICATE_API_TOKEN": "MARKEDreplic",
    "OPENROUTER_API_KEY": "MARKEDopenro",
    "REPLICATE_WEBHOOK_SECRET": "MARKEDwebhoo",
    "REVIEW_TOKEN": "MARKED/rev&w",
    "alert_webhook_url": "MARKEDalerts",
    "X-Goog-Signature": "MARKEDsignature",
    "password": "MARKEDpassword",
}
KEYS = {
    "REPLICATE_API_TOKEN": f"r8_{MARKS['REPLICATE_API_TOKEN']}0471104711",
    "OPENROUTER_API_KEY": f"sk-or-v1-{MARKS['OPENROUTER_API_KEY']}0471104711",
    "REPLICATE_WEBHOOK_SECRET": f"whsec_{base64.b64encode(MARKS['REPLICATE_WEBHOOK_SECRET'].encode() * 2).decode()}",
    "REVIEW_TOKEN": f"{MARKS['REVIEW_TOKEN']}0471104711",
}
# What else goes wrong, by the sandbox's own means.
FAULTS = [
    {"fault": "reset", "on": "predictions", "contains": "Kettle", "times": 0},
    {"fault": "cut_body", "on": "chat", "contains": "Violin", "times": 0},
]
TITLES = 10
OFF = """
import asset_pipeline.redaction as redaction
redaction.redact = redaction.without_known = redaction.clean_body = redaction.clean_error = lambda shown: shown
"""
SETTINGS = {
    "log_level": "DEBUG",
    "flow__abort_after": 1000,
    "flow__breaker_failures": 1000,
    "flow__give_up_s": 5,
    "replicate__lost_after_s": 0,
    "replicate__creates_per_minute": 0,
}


def forms(mark):
    """Return what a mark looks like in plain, URL-encoded, and inside base64, wherever it begins there."""
    found = {mark, quote(mark), quote(mark, safe="")}
    for before in range(3):
        coded = base64.b64encode(b"x" * before + mark.encode()).decode()
        found.add(coded[4 if before else 0 :].rstrip("=")[:-2])
    return {form.encode() for form in found}


NEEDLES = {form: name for name, mark in MARKS.items() for form in forms(mark)}


def leaks(data: bytes) -> set[str]:
    """Return the names of the secrets that show in some bytes."""
    return {name for form, name in NEEDLES.items() if form in data}


@dataclass
class Left:
    """What a day of work has left behind.

    Args:
        project: Where.
        printed: What each command printed.
        played: How often each way to fail was met.
    """

    project: FolderProject
    printed: dict[str, Ran] = field(default_factory=dict)
    played: list[int] = field(default_factory=list)

    def do(self, *arguments: str) -> None:
        """Run a command, and keep what it prints."""
        self._keep("asset-pipeline", arguments, self.project.command(*arguments))

    def do_in_dagster(self, *arguments: str) -> None:
        """Run a command of Dagster's, and keep what it prints."""
        self._keep("dagster", arguments, self.project.execute(PROGRAMS / "dagster", *arguments))

    def _keep(self, program: str, arguments: Iterable[str], ran: Ran) -> None:
        self.printed[f"{len(self.printed)}: {program} {' '.join(arguments)}"] = ran


def _project(folder: Path) -> FolderProject:
    """Return a project in live mode with all secrets."""
    project = FolderProject.make(folder / "project")
    hook = f"http://127.0.0.1:9/services/{MARKS['alert_webhook_url']}?token={MARKS['alert_webhook_url']}"
    project.set(mode="live", budget__alert_webhook_url=hook, budget__alerts="[0.001]", **SETTINGS)
    (project.root / ".env").write_text("".join(f"{name}={value}\n" for name, value in KEYS.items()))
    return project


def _let_libraries_shout(project: FolderProject) -> None:
    """Let Dagster keep every line of every library; that is slow."""
    shout = {"python_logs": {"managed_python_loggers": ["root"], "python_log_level": "DEBUG"}}
    with (project.root / "dagster.yaml").open("a") as file:
        file.write("\n" + yaml.safe_dump(shout))


def _point_at(project: FolderProject, url: str) -> None:
    project.set(replicate__base_url=f"{url}/v1", openrouter__base_url=f"{url}/api/v1")


def a_days_work(folder: Path) -> Left:
    """A day of work in live mode, through real commands, with providers that echo and a log that says everything."""
    project = _project(folder)
    project.spec(spec_of(TITLES))
    work = Left(project)
    echoes: list[Echo] = []

    def around(app, rules=None):
        echoes.append(Echo(app, rules or by_title()))
        return echoes[-1]

    with served(folder / "sandbox", around=around) as sandbox:
        _point_at(project, sandbox.url)
        sandbox.script(*FAULTS)
        for command in ("plan", "run", "status --images", "reconcile", "status --json"):
            work.do(*command.split())
        for command in ("run --json", "status test.icons.lighthouse", "reconcile --json", "doctor --live"):
            work.do(*command.split())
        _let_libraries_shout(project)
        work.do_in_dagster("asset", "materialize", "--select", "*", "--partition", "test.icons.bridge")
    (project.root / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text())
    with served(folder / "refusing", around=lambda app: around(app, refusing_all(401))) as sandbox:
        _point_at(project, sandbox.url)
        for command in ("run --only test.icons.compass", "doctor --live --json", "reconcile"):
            work.do(*command.split())
    with served(folder / "dear", around=lambda app: around(app, refusing_all(402))) as sandbox:
        _point_at(project, sandbox.url)
        work.do("run", "--only", "test.icons.compass", "--json")
    for command in ("budget show", "budget show --json", "prices check", "sync --json", "backup", "export exported"):
        work.do(*command.split())
    work.do("sql", "select * from calls")
    work.do("sql", "select * from ledger", "--json")
    work.played = [rule.played for one in echoes for rule in one.rules]
    return work


def every_way_to_fail_was_met_and_left_its_reason(left: Left) -> None:
    assert [count for count in left.played if not count] == []
    reasons = [reason for (reason,) in left.project.rows("SELECT reason FROM ledger WHERE reason LIKE '%bad request%'")]
    assert len(reasons) >= 5
    assert all("[redacted]" in reason for reason in reasons)
    codes = {name: ran.code for name, ran in left.printed.items()}
    assert set(codes.values()) <= {0, 1, 2, 3}, codes
    assert "Traceback" not in "".join(ran.err for name, ran in left.printed.items() if "dagster" not in name)


def nothing_that_was_printed_shows_a_secret(left: Left) -> None:
    shown = {name: leaks((ran.out + ran.err).encode()) for name, ran in left.printed.items()}
    assert {name: found for name, found in shown.items() if found} == {}


def no_file_that_is_left_shows_a_secret(left: Left) -> None:
    files = [path for path in left.project.root.rglob("*") if path.is_file() and path.name != ".env"]
    names = {path.name for path in files}
    assert "pipeline.duckdb" in names
    assert any(name.endswith(".db") for name in names), "Dagster's database"
    assert any(name.endswith((".err", ".out")) for name in names), "Dagster's compute logs"
    assert any(name.endswith(".html") for name in names), "a contact sheet"
    assert {"calls.json", "calls.parquet"} <= names, "an export"
    shown = {str(path.relative_to(left.project.root)): leaks(path.read_bytes()) for path in files}
    assert {name: found for name, found in shown.items() if found} == {}


def no_row_of_the_ledger_shows_a_secret(left: Left) -> None:
    """A database keeps text compressed, so its file alone proves nothing."""
    with duckdb.connect(str(left.project.database), read_only=True) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ('store', 'main')"
        ).fetchall()
        assert ("store", "calls") in tables
        rows = {f"{s}.{t}": connection.execute(f'SELECT * FROM "{s}"."{t}"').fetchall() for s, t in tables}
    assert len(rows["store.entries"]) > TITLES
    assert {name: found for name, table in rows.items() if (found := leaks(repr(table).encode()))} == {}


def no_event_of_dagster_shows_a_secret(left: Left) -> None:
    rows = 0
    texts = []
    for path in left.project.root.rglob("*.db"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                found = connection.execute(f'SELECT * FROM "{table}"').fetchall()
                rows += len(found)
                texts.append(repr(found))
        connection.close()
    everything = "".join(texts)
    assert rows > 100
    assert "httpcore" in everything or "send_request_headers" in everything, "libraries log into Dagster here"
    assert leaks(everything.encode()) == set()


def test_a_days_work_shows_a_secret_nowhere(tmp_path):
    """One test, as the work takes a minute: what went wrong in it, what it printed, left, booked, and told Dagster."""
    left = a_days_work(tmp_path)
    every_way_to_fail_was_met_and_left_its_reason(left)
    nothing_that_was_printed_shows_a_secret(left)
    no_file_that_is_left_shows_a_secret(left)
    no_row_of_the_ledger_shows_a_secret(left)
    no_event_of_dagster_shows_a_secret(left)


def test_without_redaction_the_same_work_leaves_secrets_in_every_place_that_is_searched(tmp_path):
    """What is searched for is really there to be found."""
    project = _project(tmp_path)
    off = tmp_path / "off"
    off.mkdir()
    (off / "sitecustomize.py").write_text(OFF)
    project.spec(spec_of(2))
    with served(tmp_path / "sandbox", around=lambda app: Echo(app, by_title())) as sandbox:
        _point_at(project, sandbox.url)
        ran = project.command("run", PYTHONPATH=str(off))
    assert ran.code == 3
    assert "OPENROUTER_API_KEY" in leaks((ran.out + ran.err).encode())
    assert "OPENROUTER_API_KEY" in leaks(repr(project.rows("SELECT * FROM ledger")).encode())
    assert "OPENROUTER_API_KEY" in leaks(repr(project.rows("SELECT * FROM images")).encode())
    dagster = [path.read_bytes() for path in project.root.rglob("*.db")]
    assert "OPENROUTER_API_KEY" in leaks(b"".join(dagster))


def test_the_forms_of_a_mark_are_found_where_they_are():
    """The search itself can fail."""
    for name, mark in MARKS.items():
        for before in ("", "a", "ab", "abc"):
            assert leaks(base64.b64encode(f"{before}{mark}zz".encode())) == {name}
        assert leaks(f"...{quote(mark, safe='')}...".encode()) == {name}
    assert leaks(b"nothing of the kind, " + bytes(range(256))) == set()
