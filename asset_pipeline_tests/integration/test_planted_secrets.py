"""Secrets are planted in twenty-three places, each another one; none of them shows in anything that is left."""

import gzip
import json
import os
import sqlite3
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

import duckdb
import httpx
import pytest
import structlog
from pydantic import SecretStr
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.testclient import TestClient

from asset_pipeline.cli import main
from asset_pipeline.images.wakeups import WakeupSpool
from asset_pipeline.logs import configure, to_files
from asset_pipeline.redaction import forget_all
from asset_pipeline.review.guard.bugs import Bugs
from asset_pipeline.review.webhooks import PATH, WebhookReceiver, receiver_app
from asset_pipeline.settings.logs import LogSettings
from asset_pipeline_tests.integration.test_no_secret import forms
from asset_pipeline_tests.support.echo import Echo, Rule
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.sandboxes import served
from asset_pipeline_tests.support.specs import spec_of

# Where each secret is planted, and what around it makes it one; the mark stands at its beginning.
PLACES = {
    "the environment": "r8_{}0471104711",
    "the .env file": "sk-or-v1-{}0471104711",
    "an error of Replicate": "Authorization: Bearer {}4711",
    "an error of OpenRouter": "sk-or-v1-{}4711",
    "a page of an error": "api_key={}4711",
    "an error inside a success": "token {}4711",
    "the error of a prediction": "https://x.example/a.png?X-Amz-Signature={}4711",
    "the logs of a prediction": "r8_{}4711",
    "where a redirect leads": "https://x.example/?token={}4711",
    "the address of a delivery": "X-Goog-Signature={}4711",
    "the user of an address": "{}4711",
    "a header of an answer": "Bearer {}4711",
    "a picture inside an answer": "data:image/png;base64,{}" + "iVBORw0KGgo" * 40,
    "a local variable": "Bearer {}4711",
    "the text of an exception": "password={}4711",
    "a line of a library": "https://x.example/?sig={}4711",
    "a setting": "sk-or-v1-{}4711",
    "the webhook of alerts": "{}4711{}",
    "a spec": "r8_{}4711",
    "a query of the command line": "github_pat_{}47114711",
    "a page of the review": "Cookie: session={}4711",
    "the signature of a webhook": "v1,{}4711",
    "the body of a webhook": "whsec_{}4711",
}
MARKS = {place: f"PLANTED{number:02}secret" for number, place in enumerate(PLACES)}
PLANTED = {place: text.replace("{}", MARKS[place]) for place, text in PLACES.items()}


def _fails(status, place):
    said = f"bad request: {PLANTED[place]}"
    return lambda _: JSONResponse({"detail": said, "error": {"code": status, "message": said}}, status_code=status)


def _prediction(**facts):
    return lambda _: JSONResponse(
        {"id": "planted", "metrics": {}} | facts, headers={"X-Said": PLANTED["a header of an answer"]}
    )


RULES = [
    Rule("/v1/models/", "Harbour", _fails(422, "an error of Replicate")),
    Rule("/chat/completions", "Compass", _fails(400, "an error of OpenRouter")),
    Rule("/v1/models/", "Orchard", lambda _: HTMLResponse(f"<p>{PLANTED['a page of an error']}</p>", 502)),
    Rule(
        "/chat/completions",
        "Quill",
        lambda _: JSONResponse(
            {"error": {"code": 502, "message": PLANTED["an error inside a success"]}, "choices": []}
        ),
    ),
    Rule(
        "/v1/predictions/",
        "Bridge",
        _prediction(
            status="failed", error=PLANTED["the error of a prediction"], logs=PLANTED["the logs of a prediction"]
        ),
    ),
    Rule(
        "/v1/models/",
        "Anchor",
        lambda _: Response(
            f"see {PLANTED['where a redirect leads']}", 307, headers={"Location": PLANTED["where a redirect leads"]}
        ),
    ),
    Rule(
        "/v1/predictions/",
        "Lantern",
        _prediction(
            status="succeeded",
            output=f"http://me:{PLANTED['the user of an address']}@127.0.0.1:9/a.png"
            f"?{PLANTED['the address of a delivery']}",
        ),
    ),
    Rule(
        "/v1/predictions/",
        "Lighthouse",
        _prediction(status="failed", error=PLANTED["a picture inside an answer"]),
    ),
]


@contextmanager
def _heard(printed, name):
    """Keep what is printed within the context."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        yield
    printed[name] = out.getvalue() + err.getvalue()


@contextmanager
def _commands(project, printed):
    """Give what runs commands of the project in this process, and keeps what they print."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.root)
        for name, value in project.environment().items():
            patch.setenv(name, value)

        def run(*arguments):
            patch.setattr(sys, "argv", ["asset-pipeline", *arguments])
            with _heard(printed, " ".join(arguments)), pytest.raises(SystemExit) as end:
                main()
            return end.value.code

        yield run
    structlog.reset_defaults()


def fail():
    """Fail with secrets in a local variable and in what is said."""
    header = PLANTED["a local variable"]
    raise RuntimeError(f"{PLANTED['the text of an exception']} is not allowed, of {len(header)}")


async def broken_page(_scope, _receive, _send):
    """Break off as a page with a bug does."""
    raise RuntimeError(PLANTED["a page of the review"])


def _in_this_process(project, printed):
    """Log, break a page, and receive a webhook, all as a server of the project does."""
    configure("DEBUG")
    log = structlog.get_logger("planted")
    with to_files(project.root / "data" / "logs", LogSettings(), level="DEBUG"):
        try:
            fail()
        except RuntimeError:
            log.exception("it broke off", about={"deep": [PLANTED["the text of an exception"]]})
        log.info("a library says", line=httpx.URL(PLANTED["a line of a library"]))
        said = TestClient(Bugs(broken_page), base_url="http://127.0.0.1").get("/").text
        secret = SecretStr("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
        receiver = receiver_app(WebhookReceiver(WakeupSpool(project.root / "data" / "wakeups"), secret))
        headers = {
            "webhook-id": "a",
            "webhook-timestamp": "1",
            "webhook-signature": PLANTED["the signature of a webhook"],
        }
        answer = TestClient(receiver).post(PATH, headers=headers, content=PLANTED["the body of a webhook"])
        assert answer.status_code == 401
    printed["its answers"] = said + answer.text


def _texts_of(project):
    """Yield everything that is left of the project, by where it lies; databases row by row, archives unpacked."""
    for path in project.root.rglob("*"):
        if not path.is_file() or path.name in (".env", "planted.yaml", "broken.yaml"):
            continue
        data = path.read_bytes()
        yield str(path.relative_to(project.root)), gzip.decompress(data) if path.suffix == ".gz" else data
        if path.suffix == ".db":
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
                yield f"{path.name}: {table}", repr(rows).encode()
            connection.close()
    with duckdb.connect(str(project.database), read_only=True) as connection:
        for (table,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'store'"
        ).fetchall():
            yield f"table {table}", repr(connection.execute(f'SELECT * FROM store."{table}"').fetchall()).encode()


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """What is left of a day on which all of them were planted: everything that was printed or lies somewhere."""
    folder = tmp_path_factory.mktemp("planted")
    project = FolderProject.make(folder / "project")
    hook = f"http://127.0.0.1:9/services/{PLANTED['the webhook of alerts']}"
    project.set(mode="live", log_level="DEBUG", budget__alert_webhook_url=hook, budget__alerts="[0.001]")
    project.set(flow__abort_after=1000, flow__breaker_failures=1000, flow__give_up_s=3, replicate__lost_after_s=0)
    project.env["REPLICATE_API_TOKEN"] = PLANTED["the environment"]
    (project.root / ".env").write_text(f"OPENROUTER_API_KEY={PLANTED['the .env file']}\n")
    project.spec(spec_of(8))
    printed: dict[str, str] = {}
    played = Echo(None, RULES)
    with served(folder / "sandbox", around=lambda app: _around(played, app)) as sandbox:
        project.set(replicate__base_url=f"{sandbox.url}/v1", openrouter__base_url=f"{sandbox.url}/api/v1")
        ran = project.command("run", "--json", "--monitor-loop")
        printed["run --json"] = ran.out + ran.err
    return project, printed, ran


def _around(echo, app):
    echo.app = app
    return echo


@pytest.fixture(scope="module")
def everything(left):
    """All texts that are left, by where they are."""
    project, printed, _ = left
    with _commands(project, printed) as run:
        for arguments in ("status --json", "status test.icons.harbour", "stats --json", "sync --json"):
            run(*arguments.split())
        query = f"SELECT '{PLANTED['a query of the command line']}' AS said"
        assert run("sql", query) == 0
        assert run("sql", query, "--json") == 0
        spec = project.spec(spec_of(1, collection="bad").replace("engraved", PLANTED["a spec"]), "planted.yaml")
        assert run("plan", str(spec)) == 2
        assert run("sync", str(spec), "--json") == 2
        spec.unlink()
        settings = project.root / "pipeline.yaml"
        before = settings.read_text()
        settings.write_text(f"openrouter: {{api_key: {PLANTED['a setting']}, max_tokens: {PLANTED['a setting']}}}\n")
        assert run("status") == 2
        settings.write_text(before)
    with _heard(printed, "this process"):
        _in_this_process(project, printed)
    structlog.reset_defaults()
    forget_all()
    return {f"printed by {name}": text.encode() for name, text in printed.items()} | dict(_texts_of(project))


def test_every_rule_was_met_and_the_reasons_are_there_without_their_secrets(left, everything):
    project, _, ran = left
    assert ran.code == 3
    assert [rule.word for rule in RULES if not rule.played] == []
    assert project.rows("SELECT count(*) FROM loop_blocking WHERE samples > 0") == [(1,)], "as --monitor-loop asks for"
    reasons = [reason for (reason,) in project.rows("SELECT reason FROM images WHERE reason IS NOT NULL")]
    assert sum("[redacted]" in reason for reason in reasons) >= 5
    masked = {name for name, text in everything.items() if b"[redacted]" in text}
    for place in ("data/logs/pipeline.jsonl", "table entries", "table images", "printed by run --json"):
        assert place in masked
    assert any(name.endswith("event_logs") for name in masked), "Dagster's events"
    assert b"it broke off" in everything["data/logs/pipeline.jsonl"]
    assert json.loads(everything[f"printed by sql SELECT '{PLANTED['a query of the command line']}' AS said --json"])
    assert "there is a key" in everything[f"printed by plan {project.root / 'data/specs/planted.yaml'}"].decode()


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_that_is_planted_there_shows_nowhere(everything, place):
    needles = [form for form in forms(MARKS[place]) if len(form) > 8]
    assert {name for name, text in everything.items() if any(needle in text for needle in needles)} == set()


def test_what_is_searched_is_what_can_hold_a_secret(everything):
    assert len(everything) > 30
    for part in ("data/logs/pipeline.jsonl", "data/pipeline.duckdb", "table calls", "table requests"):
        assert part in everything
    assert any(name.endswith("manifest.json") for name in everything)
    assert os.linesep.encode() in everything["data/logs/pipeline.jsonl"]
