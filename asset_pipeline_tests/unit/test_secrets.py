"""Keys come from the environment or `.env` only, live mode says which are missing, and no text ever shows one."""

import pytest

from asset_pipeline.errors import SettingsError
from asset_pipeline.project import open_project
from asset_pipeline.redaction import redact
from asset_pipeline.secrets import Secrets, load_secrets

TOKEN, KEY = "r8_verysecret", "sk-or-verysecret"


@pytest.fixture
def root(tmp_path):
    """A project without settings of its own."""
    (tmp_path / "pipeline.yaml").write_text("mode: sandbox\n")
    return tmp_path


def values(secrets):
    """Return what the secrets hold."""
    return tuple(one.get_secret_value() if one else None for one in (secrets.replicate, secrets.openrouter))


def test_keys_come_from_the_environment(root, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    monkeypatch.setenv("OPENROUTER_API_KEY", f"  {KEY}\n")
    assert values(load_secrets(root)) == (TOKEN, KEY)


def test_keys_come_from_the_env_file_where_the_environment_has_none(root, monkeypatch):
    (root / ".env").write_text(f"REPLICATE_API_TOKEN=from-file\nOPENROUTER_API_KEY={KEY}\n")
    assert values(load_secrets(root)) == ("from-file", KEY)
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    assert values(load_secrets(root)) == (TOKEN, KEY)


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        ({"REPLICATE_API_KEY": TOKEN}, TOKEN),
        ({"REPLICATE_API_KEY": "other", "REPLICATE_API_TOKEN": TOKEN}, TOKEN),
        ({"REPLICATE_API_TOKEN": "", "REPLICATE_API_KEY": TOKEN}, TOKEN),
        ({"REPLICATE_API_TOKEN": "  "}, None),
        ({}, None),
    ],
)
def test_the_token_of_replicate_has_two_names_and_nothing_is_no_token(root, environ, token):
    assert values(load_secrets(root, environ=environ)) == (token, None)


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, {"REPLICATE_API_TOKEN", "OPENROUTER_API_KEY"}),
        ({"REPLICATE_API_TOKEN": TOKEN}, {"OPENROUTER_API_KEY"}),
        ({"OPENROUTER_API_KEY": KEY}, {"REPLICATE_API_TOKEN"}),
        ({"OPENROUTER_API_KEY": KEY, "REPLICATE_API_TOKEN": " "}, {"REPLICATE_API_TOKEN"}),
    ],
)
def test_live_mode_without_its_keys_does_not_start_and_names_exactly_the_missing_ones(
    root, monkeypatch, environ, missing
):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        open_project(root, overrides={"mode": "live"})
    said = str(raised.value)
    assert {name for name in ("REPLICATE_API_TOKEN", "OPENROUTER_API_KEY") if name in said} == missing
    assert "mode: sandbox" in said
    assert raised.value.exit_code == 2
    assert TOKEN not in said
    assert KEY not in said


def test_live_mode_starts_with_both_keys_and_the_sandbox_without_any(root, monkeypatch):
    assert values(open_project(root).secrets) == (None, None)
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    assert open_project(root, overrides={"mode": "live"}).settings.mode == "live"


def test_no_text_of_a_project_shows_a_key(root, monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    project = open_project(root, overrides={"mode": "live"})
    assert values(project.secrets) == (TOKEN, KEY)
    shown = [repr(project), str(project), repr(project.secrets), str(project.secrets), f"{project.secrets.replicate}"]
    shown += [repr(vars(project.secrets)), project.settings.model_dump_json(), repr(project.settings)]
    assert [text for text in shown if "verysecret" in text] == []
    assert values(Secrets()) == (None, None)


@pytest.mark.parametrize(
    ("settings", "env"),
    [
        ("replicate_api_token: r8_verysecret\n", ""),
        ("replicate: {api_token: r8_verysecret}\n", ""),
        ("", "ASSET_PIPELINE__REPLICATE_API_TOKEN=r8_verysecret\n"),
        ("", "ASSET_PIPELINE__REPLICATE__API_TOKEN=r8_verysecret\n"),
    ],
)
def test_a_key_among_the_settings_is_refused_without_being_shown(root, settings, env):
    (root / "pipeline.yaml").write_text(settings)
    (root / ".env").write_text(env)
    with pytest.raises(SettingsError, match="there is no") as raised:
        open_project(root)
    assert "verysecret" not in str(raised.value)


@pytest.mark.parametrize("name", ["REPLICATE_API_TOKEN", "REPLICATE_API_KEY", "OPENROUTER_API_KEY"])
@pytest.mark.parametrize("key", ["r8_very\nsecret", "r8_very secret", "r8_verysecret\x00", "r8_vérysecret"])
def test_a_key_that_no_request_can_carry_is_refused_by_name_before_anything_is_sent(root, name, key):
    with pytest.raises(SettingsError, match=f"{name} holds a space, a line break") as raised:
        load_secrets(root, environ={name: key})
    assert "secret" not in str(raised.value)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    "name",
    ["REPLICATE_API_TOKEN", "REPLICATE_API_KEY", "OPENROUTER_API_KEY", "REPLICATE_WEBHOOK_SECRET", "REVIEW_TOKEN"],
)
def test_whatever_secret_is_read_is_in_no_text_from_then_on(root, name):
    (root / ".env").write_text(f"{name}=open-sesame-4711\n")
    load_secrets(root, environ={})
    assert redact("it said open-sesame-4711") == "it said [redacted]"
