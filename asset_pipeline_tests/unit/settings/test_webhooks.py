"""Where Replicate is told to send webhooks: over TLS, or to this machine; and what they are signed with."""

import asyncio

import httpx
import pytest
import respx

from asset_pipeline.connect import webhook_secret
from asset_pipeline.errors import SettingsError
from asset_pipeline.providers.http import GetError
from asset_pipeline.settings.sources import load_settings

OURS, TOLD = "whsec_b3VycywgaW4gLmVudg==", "whsec_dG9sZCBieSBSZXBsaWNhdGU="
ASKED = "https://api.replicate.com/v1/webhooks/default/secret"


@pytest.fixture
def load(tmp_path):
    """Return the address that settings give."""

    def written(url, mode="live"):
        (tmp_path / "pipeline.yaml").write_text(f"mode: {mode}\nreplicate:\n  webhook_url: {url}\n")
        return load_settings(tmp_path).replicate.webhook_url

    return written


@pytest.fixture
def live(project, monkeypatch):
    """A project in live mode, opened."""
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_token")
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-key")
    return lambda: project.open(mode="live")


def test_nobody_is_told_unless_it_is_said(tmp_path):
    (tmp_path / "pipeline.yaml").touch()
    assert load_settings(tmp_path).replicate.webhook_url is None


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/webhooks/replicate",
        "https://example.com:8443/a/?token=1",
        "http://127.0.0.1:4501/webhooks/replicate",
        "http://localhost:4501/",
    ],
)
def test_an_address_with_tls_or_on_this_machine_is_taken_to_the_letter(load, url):
    assert load(url) == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hooks.example.com/", "must be an https:// address; http:// only on this machine"),
        ("ftp://127.0.0.1/", "must be an http:// or https:// address"),
        ("hooks.example.com", "must be an http:// or https:// address"),
        ("https://example.com/#call", "no part after a #"),
    ],
)
def test_another_address_is_refused_with_its_line_and_what_is_allowed(load, url, says):
    with pytest.raises(SettingsError) as raised:
        load(f"'{url}'")
    assert says in str(raised.value)
    assert "pipeline.yaml:3" in str(raised.value)


def test_in_sandbox_mode_it_is_this_machine_or_none(load):
    assert load("http://127.0.0.1:4501/webhooks/replicate", mode="sandbox")
    with pytest.raises(SettingsError) as raised:
        load("https://hooks.example.com/webhooks/replicate", mode="sandbox")
    assert "in sandbox mode nothing leaves this machine" in str(raised.value)
    assert "pipeline.yaml:3: replicate.webhook_url" in str(raised.value)


@respx.mock
def test_in_live_mode_the_secret_is_the_one_that_is_set_and_nobody_is_asked(live, monkeypatch):
    monkeypatch.setenv("REPLICATE_WEBHOOK_SECRET", f" {OURS}\n")
    assert asyncio.run(webhook_secret(live())).get_secret_value() == OURS


@respx.mock
def test_in_live_mode_without_one_replicate_is_asked_with_the_token(live):
    route = respx.get(ASKED).respond(json={"key": TOLD})
    assert asyncio.run(webhook_secret(live())).get_secret_value() == TOLD
    assert route.calls[0].request.headers["authorization"] == "Bearer r8_token"


@respx.mock
@pytest.mark.parametrize("answer", [httpx.Response(401), httpx.Response(200, json={}), httpx.Response(200, json=[])])
def test_an_answer_without_a_secret_is_an_error_that_is_named(live, answer):
    respx.get(ASKED).mock(return_value=answer)
    with pytest.raises(GetError):
        asyncio.run(webhook_secret(live()))


def test_in_sandbox_mode_it_is_the_sandboxs_own_whatever_is_set(served_project, monkeypatch):
    monkeypatch.setenv("REPLICATE_WEBHOOK_SECRET", OURS)
    for name, value in served_project.env.items():
        monkeypatch.setenv(name, value)
    secrets = {asyncio.run(webhook_secret(served_project.open())).get_secret_value() for _ in range(2)}
    assert len(secrets) == 1
    assert secrets != {OURS}
    assert secrets.pop().startswith("whsec_")
