"""The server is killed in the middle of a batch: nothing that was decided is lost, and nothing counts twice."""

import contextlib
import re
import threading

import httpx
import pytest

from asset_pipeline.decisions.taking import new_decision_id
from asset_pipeline_tests.integration.cli.test_sandbox import free_port
from asset_pipeline_tests.support.dagster_home import poll
from asset_pipeline_tests.support.specs import spec_of

TOKEN = "a token of twenty-four chars"
IMAGES = 24
# How long after the request is sent the server is killed, in seconds: before, while, and after it is committed.
MOMENTS = (0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project whose images are all made."""
    from asset_pipeline_tests.support.projects import FolderProject

    one = FolderProject.make(tmp_path_factory.mktemp("killed") / "project")
    one.env["REVIEW_TOKEN"] = TOKEN
    one.set(budget__sample_usd="5", rollout__start_runs="false")
    one.spec(spec_of(IMAGES))
    assert one.command("run").code == 0
    return one


@contextlib.contextmanager
def serving(project):
    """Serve the page, and give the process with a client that has signed in and the word of its session."""
    port = free_port()
    with project.start("review", "--port", port) as server:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)

        def enter():
            try:
                return client.post("/sign-in", data={"token": TOKEN, "name": "Ada"}).status_code == 303
            except httpx.TransportError:
                return False

        poll(enter, within_s=60, what="signing in")
        word = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)[1]
        try:
            yield server, client, {"x-csrf-token": word}
        finally:
            server.kill()
            server.communicate()
            client.close()


def test_what_was_sent_while_the_server_was_killed_is_sent_again_and_counts_once(made):
    hashes = dict(made.rows("SELECT image_key, sha256 FROM images ORDER BY image_key"))
    batch = [
        {"decision_id": new_decision_id(), "image_key": key, "kind": ("approve", "reject", "favourite")[n % 3],
         "seen_sha256": sha256, "after": None, "note": "no" if n % 3 == 1 else ""}
        for n, (key, sha256) in enumerate(hashes.items())
    ]  # fmt: skip
    answered = 0
    for moment in MOMENTS:
        with serving(made) as (server, client, headers):
            send = threading.Timer(moment, server.kill)
            send.start()
            with contextlib.suppress(httpx.TransportError):
                answered += client.post("/api/decisions", json={"decisions": batch}, headers=headers).status_code == 200
            send.join()
        assert made.rows("SELECT count(*) FROM reviews")[0][0] in (0, IMAGES), "all of a batch, or none"
    with serving(made) as (_, client, headers):  # as the browser does, once it is there again
        outcomes = client.post("/api/decisions", json={"decisions": batch}, headers=headers).json()["outcomes"]
    assert all(one["is_taken"] for one in outcomes)
    rows = made.rows("SELECT review_id, image_key, decision, reviewer FROM reviews ORDER BY image_key")
    assert rows == [(one["decision_id"], one["image_key"], one["kind"], "Ada") for one in batch]
    rejected = {one["image_key"] for one in batch if one["kind"] == "reject"}
    assert {key for (key,) in made.rows("SELECT image_key FROM images WHERE state = 'rejected'")} == rejected
    assert set(made.images()) == set(hashes) - rejected, "what is rejected is not delivered, whenever it was killed"
