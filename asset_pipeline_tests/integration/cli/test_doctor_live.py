"""`doctor --live` asks real endpoints over HTTP, in both modes, and spends nothing."""

import socket

import pytest

from asset_pipeline_tests.support.echo import Echo, refusing_all
from asset_pipeline_tests.support.sandboxes import served
from asset_pipeline_tests.support.specs import spec_of

KEYS = {"REPLICATE_API_TOKEN": "r8_0123456789abcdef", "OPENROUTER_API_KEY": "sk-or-v1-0123456789abcdef"}


def point_at(project, url):
    """Let a project work in live mode, with providers at an address."""
    project.set(mode="live", replicate__base_url=f"{url}/v1", openrouter__base_url=f"{url}/api/v1")
    project.env |= KEYS


def of_providers(ran):
    """Return what was found of the providers."""
    local = {"python", "settings", "keys", "dagster", "data", "database", "specs", "port"}
    return [one for one in ran.json if one["name"] not in local]


@pytest.mark.parametrize("is_served", [True, False], ids=["served", "in process"])
def test_in_sandbox_mode_it_asks_the_sandbox_and_says_so(cli, project, sandbox, is_served):
    project.spec(spec_of(1))
    if is_served:
        project.set(sandbox__url=sandbox.url)
    ran = cli("doctor", "--live")
    assert ran.code == 0, ran.out
    where = f"at {sandbox.url}" if is_served else "in this process"
    assert f"the sandbox {where}, as mode is sandbox; no real provider" in ran.out
    assert "recraft-ai/recraft-v3, named in test.icons: is there" in ran.out
    assert sandbox.invoice() == []


def test_in_live_mode_it_asks_the_providers_and_finds_all_well(cli, project, sandbox):
    project.spec(spec_of(1))
    point_at(project, sandbox.url)
    ran = cli("doctor", "--live", "--json")
    assert ran.code == 0, ran.out
    found = of_providers(ran)
    assert [one for one in found if not one["good"]] == []
    said = "\n".join(one["message"] for one in found)
    for words in (
        f"replicate at {sandbox.url}/v1",
        f"openrouter at {sandbox.url}/api/v1",
        "the token is that of user 'sandbox'",
        "recraft-ai/recraft-v3, named in test.icons: is there",
        "openai/gpt-6-luna, named in prompts.writers: up to $0.125 in",
        "google/gemini-3.5-flash-lite, named in prompts.judge",
        "that of 127.0.0.1; up to 30 s do no harm",
    ):
        assert words in said
    assert sandbox.invoice() == []


def test_without_the_option_it_asks_nobody(cli, project, tmp_path):
    heard = []

    def around(app):
        async def listen(scope, receive, send):
            heard.append(scope.get("path"))
            await app(scope, receive, send)

        return listen

    with served(tmp_path / "sandbox", around=around) as sandbox:
        point_at(project, sandbox.url)
        project.spec(spec_of(1))
        assert cli("doctor").code == 0
        assert [path for path in heard if path] == []


def test_a_model_that_nobody_has_ends_with_2_and_says_where_it_is_named(cli, project, sandbox):
    project.spec(spec_of(1, extra=("types:", "  icons: {model: nobody/nothing}")))
    point_at(project, sandbox.url)
    project.set(prompts__judge="nobody/talks")
    ran = cli("doctor", "--live")
    assert ran.code == 2
    wrong = [line for line in ran.out.splitlines() if line.startswith("FIX")]
    assert len(wrong) == 2
    assert "nobody/nothing, named in test.icons: there is no such model" in wrong[0]
    assert "nobody/talks, named in prompts.judge: OpenRouter has no such model" in wrong[1]


def test_refused_keys_are_named_and_never_shown(cli, project, tmp_path):
    with served(tmp_path / "sandbox", around=lambda app: Echo(app, refusing_all(401))) as sandbox:
        point_at(project, sandbox.url)
        project.spec(spec_of(1))
        ran = cli("doctor", "--live")
    assert ran.code == 2
    assert "the token is refused" in ran.out
    assert "the key is refused" in ran.out
    assert "https://replicate.com/account/api-tokens" in ran.out
    assert "0123456789abcdef" not in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


def test_when_nobody_is_there_it_says_so_and_ends(cli, project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    point_at(project, f"http://127.0.0.1:{port}")
    project.spec(spec_of(1))
    ran = cli("doctor", "--live")
    assert ran.code == 2
    assert ran.out.count("look at the network") == 2
    assert "Traceback" not in ran.out + ran.err


def test_live_mode_without_keys_asks_nobody(cli, project):
    project.set(mode="live")
    project.spec(spec_of(1))
    ran = cli("doctor", "--live")
    assert ran.code == 2
    assert "replicate was not asked: there is no key for it" in ran.out
    assert "openrouter was not asked: there is no key for it" in ran.out


def test_a_key_that_cannot_be_sent_is_named_and_not_shown(cli, project, sandbox):
    point_at(project, sandbox.url)
    project.env["REPLICATE_API_TOKEN"] = "r8_0123456789\nabcdef"
    ran = cli("doctor", "--live")
    assert ran.code == 2
    assert "REPLICATE_API_TOKEN holds a space, a line break or another character" in ran.out
    assert "0123456789" not in ran.out + ran.err
