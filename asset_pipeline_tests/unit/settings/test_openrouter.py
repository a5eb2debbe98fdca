"""Settings of OpenRouter: who is asked, and how much may be thought; nothing that contradicts itself."""

import pytest
from pydantic import ValidationError

from asset_pipeline.settings.providers import OpenRouterSettings

MODEL = "openai/gpt-6-luna"


def settings(**values):
    """Return the section with these values."""
    return OpenRouterSettings.model_validate(values)


def test_unless_told_otherwise_all_providers_are_asked_that_keep_nothing_and_thinking_is_left_open():
    plain = settings()
    assert (plain.providers, plain.reasoning, plain.data_collection) == ({}, {}, "deny")


@pytest.mark.parametrize(
    "said",
    [{"effort": "none"}, {"effort": "xhigh"}, {"max_tokens": 200}, {"enabled": False}, {"enabled": True}],
)
def test_how_much_a_model_may_think_is_said_in_one_way(said):
    assert settings(reasoning={MODEL: said}).reasoning[MODEL].request() == said


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"effort": "low", "max_tokens": 200},
        {"effort": "low", "enabled": True},
        {"max_tokens": 200, "enabled": True},
        {"effort": "low", "max_tokens": 200, "enabled": True},
    ],
)
def test_no_way_and_two_ways_at_once_are_refused_as_openrouter_would(said):
    with pytest.raises(ValidationError, match="give one of effort, max_tokens and enabled"):
        settings(reasoning={MODEL: said})


@pytest.mark.parametrize(
    "values",
    [
        {"reasoning": {MODEL: {"effort": "huge"}}},
        {"reasoning": {MODEL: {"max_tokens": 0}}},
        {"reasoning": {MODEL: {"exclude": False}}},
        {"reasoning": {"luna": {"effort": "low"}}},
        {"providers": {MODEL: []}},
        {"providers": {MODEL: "openai"}},
        {"providers": {"luna": ["openai"]}},
        {"data_collection": "perhaps"},
    ],
)
def test_what_openrouter_does_not_know_is_refused(values):
    with pytest.raises(ValidationError):
        settings(**values)
