"""`doctor --live`: every odd answer of a provider is a finding that says what to do, and none is a traceback."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import httpx
import pytest
import respx

from asset_pipeline.doctor.clock import Clocks
from asset_pipeline.doctor.openrouter import key_findings
from asset_pipeline.doctor.providers import provider_findings
from asset_pipeline.project import Project
from asset_pipeline.providers.openrouter import KeyInformation
from asset_pipeline.secrets import load_secrets
from asset_pipeline.settings.types import Mode
from asset_pipeline.specs import Collection
from asset_pipeline_tests.support.wanted import wanted
from asset_pipeline_tests.unit.providers.support import HTML, OPENROUTER, REPLICATE, run, waited

TOKEN, KEY = "r8_" + "4711" * 8, "sk-or-v1-" + "4711" * 16
NOW = datetime(2026, 10, 10, 12, tzinfo=UTC)
ACCOUNT = {"type": "user", "username": "somebody", "name": "Some Body", "github_url": None, "avatar_url": None}
WRITERS = ("openai/gpt-6-luna", "anthropic/claude-haiku-5.5", "google/gemini-3.5-flash-lite")


def key(**changes):
    """Return what OpenRouter says of a good key, but for the changes."""
    data = {
        "label": "sk-or-v1-471...711",
        "limit": 100,
        "limit_remaining": 74.5,
        "usage": 25.5,
        "is_free_tier": False,
        "is_management_key": False,
        "expires_at": None,
    }
    return {"data": data | changes}


def endpoints(prompt="0.0000001", completion="0.0000004", **changes):
    """Return a model's only endpoint."""
    one = {
        "tag": "somewhere",
        "pricing": {"prompt": prompt, "completion": completion},
        "supported_parameters": ["max_tokens", "structured_outputs"],
        "context_length": 100_000,
        "status": 0,
    }
    return {"data": {"endpoints": [one | changes]}}


@pytest.fixture
def live(project, monkeypatch):
    """Return the project in live mode, with a key for each provider unless told otherwise."""
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    return lambda **settings: project.open(mode="live", **settings)


@pytest.fixture
def providers():
    """Both providers, as they are when all is well; a later route comes before."""
    with respx.mock(assert_all_called=False) as mocked:
        yield mocked
        assert not any(call.request.method != "GET" for call in mocked.calls)


@pytest.fixture
def well(providers):
    """What all is well means."""
    providers.get(f"{REPLICATE}/account", name="account").respond(json=ACCOUNT)
    providers.get(url__regex=rf"{REPLICATE}/models/.+", name="model").respond(json={"name": "x"})
    providers.get(f"{OPENROUTER}/key", name="key").respond(json=key())
    providers.get(url__regex=rf"{OPENROUTER}/models/.+/endpoints", name="endpoints").respond(json=endpoints())
    return providers


def collection(*images):
    """Return a collection of images."""
    return Collection("test", "Test", "spec.yaml", "0" * 64, images or (wanted(),))


def look(project, *images):
    """Return what is found: the good and the bad, as one text each."""
    findings = run(provider_findings(project, [collection(*images)]))
    shown = {good: [one for one in findings if one.good is good] for good in (True, False)}
    assert "4711" not in repr([one for one in findings if "sk-or-v1-471...711" not in one.message])
    return shown[True], shown[False]


def text(findings):
    """Return findings as they are read."""
    return "\n".join(f"{one.name}: {one.message} {one.fix}" for one in findings)


def test_when_all_is_well_it_says_who_we_are_what_is_left_and_that_the_models_are_there(live, well):
    good, bad = look(live(), wanted(fallbacks=("stability-ai/sdxl", "openrouter:google/gemini-2.5-flash-image")))
    assert bad == []
    said = text(good)
    for words in (
        "replicate at https://api.replicate.com/v1",
        "openrouter at https://openrouter.ai/api/v1",
        "the token is that of user 'somebody'",
        "does not tell the balance",
        "https://replicate.com/account/billing",
        "recraft-ai/recraft-v3, named in test.icons: is there",
        "stability-ai/sdxl, named in test.icons (fallback): is there",
        "openrouter:google/gemini-2.5-flash-image, named in test.icons (fallback): is there",
        "the key sk-or-v1-471...711 has used $25.50 in its life",
        "may still spend $74.50 of its limit of $100.00",
        "openai/gpt-6-luna, named in prompts.writers: up to $0.10 in and $0.40 out per million tokens (no dearer",
    ):
        assert words in said


@pytest.mark.parametrize("status", [401, 402, 403])
@pytest.mark.parametrize(
    ("route", "name", "page"),
    [
        ("account", "replicate", "replicate.com/account/api-tokens"),
        ("key", "openrouter", "openrouter.ai/settings/keys"),
    ],
)
def test_a_refused_key_is_one_finding_and_its_provider_is_asked_nothing_more(live, well, route, name, page, status):
    well[route].respond(status, json={"detail": f"no good: {TOKEN}", "error": {"message": f"no good: {KEY}"}})
    _, (bad,) = look(live())
    assert bad.name == name
    assert str(status) in bad.message
    assert page in bad.fix
    assert well["model" if name == "replicate" else "endpoints"].call_count == 0
    assert well["endpoints" if name == "replicate" else "model"].call_count > 0


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"side_effect": httpx.ConnectError("no route to host")}, "no route to host"),
        ({"side_effect": httpx.ReadTimeout("too slow")}, "too slow"),
        ({"return_value": httpx.Response(500, json={"detail": "oops"})}, "500"),
        ({"return_value": httpx.Response(502, html=HTML)}, "502"),
        ({"return_value": httpx.Response(200, html=HTML)}, "not JSON"),
    ],
    ids=["network", "timeout", "500", "502 page", "200 page"],
)
def test_a_provider_that_cannot_be_asked_is_a_finding(live, well, answer, says):
    for route in ("account", "model", "key", "endpoints"):
        well[route].mock(**answer)
    findings, seconds = waited(provider_findings(live(), [collection()]))
    bad = [one for one in findings if not one.good]
    assert {one.name for one in bad} >= {"replicate", "openrouter"}
    assert says in text(bad)
    assert "look at the network" in text(bad)
    assert seconds <= 60


def test_answers_that_never_come_end_in_seconds(live, well):
    async def never(_request):
        await asyncio.sleep(10_000)

    for route in ("account", "key"):
        well[route].mock(side_effect=never)
    findings, seconds = waited(provider_findings(live(), [collection()]))
    bad = [one for one in findings if not one.good]
    assert ["no usable answer within 10 s" in one.message for one in bad] == [True, True]
    assert seconds <= 15


def test_a_model_or_a_version_that_is_not_there_is_named_with_its_place(live, well):
    pinned = f"stability-ai/sdxl:{'0' * 64}"

    def answer(request):
        return httpx.Response(404 if request.url.path.endswith(("nobody/nothing", "0" * 64)) else 200, json={})

    well["model"].mock(side_effect=answer)
    stand_in = {"cheaper_models": {"recraft-ai/recraft-v3": "nobody/nothing"}}
    _, bad = look(live(budget=stand_in, prices={"nobody/nothing": "0.01"}), wanted(model=pinned))
    version, model = text(bad).splitlines()
    assert version.startswith(f"model: {pinned}, named in test.icons: there is no such version")
    assert version.endswith("https://replicate.com/stability-ai/sdxl")
    assert model.startswith("model: nobody/nothing, named in budget.cheaper_models.recraft-ai/recraft-v3: there is no")


def test_a_deployment_is_not_looked_for(live, well):
    good, bad = look(live(), wanted(model="deployments/me/mine"))
    assert bad == []
    assert "deployments/me/mine, named in test.icons: a deployment" in text(good)
    assert well["model"].call_count == 0


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(404, json={"error": {"message": "not found", "code": 404}}), "OpenRouter has no such model"),
        (httpx.Response(200, json={"data": {"endpoints": []}}), "names no provider"),
        (httpx.Response(200, json=endpoints(prompt="-1")), "names no price that can be trusted"),
        (httpx.Response(200, json=endpoints(context_length=1000)), "has room for 1000 tokens"),
        (httpx.Response(500), "500"),
    ],
    ids=["unknown", "nobody", "no price", "too small", "down"],
)
def test_a_language_model_that_could_not_be_asked_is_named_with_the_setting(live, well, answer, says):
    well["endpoints"].mock(return_value=answer)
    _, bad = look(live())
    assert [one.message.partition(",")[0] for one in bad] == list(WRITERS)
    assert all(says in one.message for one in bad)
    assert "prompts.writers" in bad[0].message
    assert "prompts.judge" in bad[2].message


def test_a_price_above_the_estimate_is_said_and_is_nothing_to_fix(live, well):
    well["endpoints"].respond(json=endpoints(completion="0.00009"))
    good, bad = look(live())
    assert bad == []
    assert "up to $0.10 in and $90.00 out per million tokens (dearer than the $0.125 in and $0.50 out" in text(good)


def test_a_model_whose_price_nobody_can_know_is_not_even_asked_for(live, well):
    _, bad = look(live(prompts={"judge": "openrouter/auto"}))
    assert "openrouter/auto, named in prompts.judge: it is never called: a router chooses" in text(bad)


def test_with_template_prompts_no_language_model_is_looked_for(live, well):
    look(live(prompts={"mode": "template"}))
    assert well["endpoints"].call_count == 0


@pytest.mark.parametrize(
    ("changes", "good", "says"),
    [
        ({"is_management_key": True}, False, "management key"),
        ({"is_free_tier": True}, False, "never bought credit"),
        ({"limit": Decimal(5), "limit_remaining": Decimal(0)}, False, "may spend nothing more of its limit of $5.00"),
        ({"limit": Decimal(5), "limit_remaining": Decimal("-0.01")}, False, "nothing more"),
        ({"expires_at": NOW - timedelta(seconds=1)}, False, "has expired on 2026-10-10 11:59 UTC"),
        ({"expires_at": NOW + timedelta(days=1)}, True, "expires on 2026-10-11 12:00 UTC"),
        ({"limit_remaining": Decimal(3), "limit": Decimal(5)}, True, "ends before the budget of $10.00 does"),
        ({"limit_remaining": Decimal(30)}, True, "may still spend $30.00"),
        ({}, True, "no limit of its own"),
        ({"usage": None}, True, "has used an unknown amount"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_with_what_to_do(changes, good, says):
    nothing = dict.fromkeys(("limit", "limit_remaining", "is_free_tier", "expires_at", "is_management_key"))
    findings = key_findings(
        KeyInformation(**{"usage": Decimal(1), **nothing, **changes}), now=NOW, budget_usd=Decimal(10)
    )
    assert [one.good for one in findings if says in one.message] == [good]
    assert all(one.fix for one in findings if not one.good)
    assert all(one.good for one in findings) is good


@pytest.mark.parametrize(
    ("seconds", "good"), [(1, True), (-29, True), (29, True), (-32, False), (40, False), (-86_400, False)]
)
def test_a_clock_that_is_half_a_minute_off_is_found_by_the_date_of_the_answers(seconds, good):
    clocks = Clocks()
    clocks.heard(
        "api.example",
        format_datetime(NOW + timedelta(seconds=seconds), usegmt=True),
        sent_at=NOW.timestamp(),
        came_at=NOW.timestamp() + 1,
    )
    (found,) = clocks.findings()
    assert found.good is good
    assert "api.example" in found.message
    assert f"{abs(seconds)} s {'behind' if seconds >= 0 else 'ahead of'}" in found.message


def test_the_clock_is_judged_by_each_hosts_nearest_answer_and_dates_that_are_none_are_passed_over(live, well):
    hour_ago = {"Date": format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)}
    well["account"].respond(json=ACCOUNT, headers=hour_ago)
    well["model"].respond(json={}, headers=hour_ago)
    well["key"].respond(json=key(), headers={"Date": "yesterday"})
    well["endpoints"].respond(json=endpoints())
    _, (bad,) = look(live())
    assert bad.name == "clock"
    assert re.search(r"ours is 3\d{3} s ahead of that of api\.replicate\.com", bad.message)
    assert "timedatectl" in bad.fix


def test_without_a_key_a_provider_is_not_asked(project, monkeypatch, well):
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    settings = project.open().settings.model_copy(update={"mode": Mode.LIVE})
    lame = Project(settings, load_secrets(project.root), settings.paths(project.root))
    _, bad = look(lame)
    assert text(bad) == "asked: replicate was not asked: there is no key for it see keys"
    assert well["account"].call_count == 0
    assert well["key"].call_count == 1


def test_a_key_that_would_travel_in_plain_is_found(live, well):
    well.get("http://example.com/v1/account").respond(json=ACCOUNT)
    well.get(url__regex="http://example.com/v1/models/.+").respond(json={})
    _, (bad,) = look(live(replicate={"base_url": "http://example.com/v1"}))
    assert "replicate at http://example.com/v1; anybody on the way can read the key" in bad.message
    assert "https://" in bad.fix
