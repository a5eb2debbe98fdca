"""`webhooks` serves the receiver alone, on this machine unless told otherwise, and ends cleanly."""

import signal
import socket

import httpx
import pytest
import stamina

from asset_pipeline.folders import Folder
from asset_pipeline.images.wakeups import WakeupSpool
from asset_pipeline_tests.integration.cli.test_sandbox import free_port
from asset_pipeline_tests.support.receivers import SECRET, send_webhook

LIVE = {"REPLICATE_API_TOKEN": "r8_token", "OPENROUTER_API_KEY": "sk-or-key", "ASSET_PIPELINE__MODE": "live"}


@pytest.fixture
def live(project):
    """The test's project in live mode, with a secret of its own, so that nobody is asked for one."""
    project.env |= LIVE | {"REPLICATE_WEBHOOK_SECRET": SECRET}
    return project


def test_it_serves_the_receiver_and_nothing_else_and_ends_cleanly(live, start):
    port = free_port()
    serving = start("webhooks", "--port", port)
    try:
        url = f"http://127.0.0.1:{port}/webhooks/replicate"
        assert serving.stdout.readline() == f"webhooks on {url}\n"
        assert "set replicate.webhook_url" in serving.stdout.readline()
        assert send_webhook(f"{url}?call=c1", {"id": "p1", "status": "succeeded"}) == 204
        assert send_webhook(f"{url}?call=c1", {"id": "p2", "status": "succeeded"}, secret="whsec_b3RoZXI=") == 401
        refused = httpx.get(url)
        assert refused.status_code == 405
        assert "server" not in refused.headers
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 404
    finally:
        serving.send_signal(signal.SIGINT)
        out, _ = serving.communicate(timeout=30)
    assert serving.returncode == 130
    assert "Traceback" not in out
    assert SECRET not in out
    spool = WakeupSpool(Folder(live.root / "data" / "wakeups"))
    assert spool.names() == {"p1"}
    assert spool.predictions_of("c1") == ["p1"]


def test_a_port_that_is_taken_is_named_and_ends_with_2(live, cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = cli("webhooks", "--port", port)
    assert (ran.code, ran.out) == (2, "")
    assert f"127.0.0.1 port {port} cannot be had" in ran.err
    assert "--port" in ran.err


def test_a_host_that_this_machine_does_not_have_is_named_and_ends_with_2(live, cli):
    ran = cli("webhooks", "--host", "192.0.2.1", "--port", free_port())
    assert ran.code == 2
    assert "192.0.2.1 port" in ran.err


def test_a_secret_that_is_none_ends_with_2_and_is_not_shown(live, cli):
    live.env["REPLICATE_WEBHOOK_SECRET"] = "whsec_not base64"
    ran = cli("webhooks", "--port", free_port())
    assert ran.code == 2
    assert "whsec_ followed by base64" in ran.err
    assert "not base64" not in ran.err


def test_a_replicate_that_does_not_tell_its_secret_ends_with_2_and_says_what_to_set(live, cli):
    del live.env["REPLICATE_WEBHOOK_SECRET"]
    live.set(replicate__base_url=f"http://127.0.0.1:{free_port()}/v1")
    with stamina.set_testing(True):  # no waiting before it is asked again
        ran = cli("webhooks", "--port", free_port())
    assert ran.code == 2
    assert "REPLICATE_WEBHOOK_SECRET" in ran.err
