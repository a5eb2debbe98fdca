"""What each refusal of OpenRouter means for the money: free again, to be tried later, the end of the run, or unknown.

The bodies are those of the API reference and of threads of its users.
"""

import time

import pytest
import respx

from asset_pipeline.ledger import Cause, Lost, Rejected
from asset_pipeline_tests.unit.providers.support import HTML, OPENROUTER, held, openrouter, run

NOBODY = "No endpoints found that can handle the requested parameters"
POLICY = "No endpoints available matching your guardrail restrictions and data policy"


def refused(status, message="No", *, headers=None, text=None, error=None, **more):
    """Ask once and return what is made of a refusal."""
    body = {"error": {"code": status, "message": message, **more}, "user_id": "user_1"} if error is None else error
    content = {"json": body} if text is None else {"text": text}

    async def main():
        async with openrouter() as client:
            return await client.chat(held("openai/gpt-6-luna", model="openai/gpt-6-luna"))

    with respx.mock:
        route = respx.post(f"{OPENROUTER}/chat/completions").respond(status, headers=headers, **content)
        got = run(main())
        assert route.call_count == 1
    return got


@pytest.mark.parametrize(
    ("status", "message", "more"),
    [
        (400, "Invalid request parameters", {}),
        (400, "Unrecognized key(s) in object: 'Require_Parameters'", {}),
        (400, "x/y is not a valid model ID", {"availability": {"code": "model_not_found"}}),
        (400, "wrong endpoint", {"availability": {"code": "wrong_endpoint"}}),
        (
            400,
            "maximum context length is 8192 tokens",
            {"metadata": {"error_type": "context_length_exceeded"}},
        ),
        (402, "Too much", {"metadata": {"reason": "weight_exceeds_budget", "limit_source": "openrouter_credits"}}),
        (403, "Not available in your region", {"availability": {"code": "region_restricted"}}),
        (404, POLICY, {}),
        (404, "No endpoints found for x/y.", {"availability": {"code": "no_endpoints"}}),
        (404, "Deprecated", {"availability": {"code": "model_deprecated"}}),
        (404, "Not there", {"availability": {"code": "model_unavailable_upstream"}}),
        (404, "Not for you", {"availability": {"code": "privacy_restricted"}}),
        (404, "No longer free", {"availability": {"code": "free_variant_ended"}}),
        (413, "Request payload too large", {}),
        (422, "Invalid argument", {}),
    ],
)
def test_a_request_that_is_wrong_is_free_again_and_fails_alone(status, message, more):
    got = refused(status, message, **more)
    assert isinstance(got, Rejected)
    assert (got.retry, got.cause) == (False, Cause.REQUEST)
    assert message in got.reason


@pytest.mark.parametrize(
    ("status", "message", "more"),
    [
        (404, NOBODY, {}),
        (404, "No endpoints found for x/y.", {"availability": {"code": "constraint_filtered"}}),
        (404, "None", {"availability": {"code": "constraint_filtered", "excluded_by": ["max_price"]}}),
        (400, "response_format json_schema is not supported", {}),
        (400, "`temperature` is deprecated for this model", {}),
        (400, "Provider returned error", {"metadata": {"raw": "The compiled grammar is too large"}}),
        (400, "Provider returned error", {"metadata": {"raw": "max_tokens must exceed thinking.budget_tokens"}}),
        (400, 'Only one of "reasoning.effort" and "reasoning.max_tokens" can be specified', {}),
    ],
)
def test_a_request_that_is_refused_for_its_parameters_is_free_again_and_may_be_asked_in_another_way(
    status, message, more
):
    got = refused(status, message, **more)
    assert isinstance(got, Rejected)
    assert (got.retry, got.cause) == (False, Cause.PARAMETERS)


@pytest.mark.parametrize("policy", ["data_collection", "zdr"])
def test_a_policy_is_not_circumvented_by_asking_in_another_way(policy):
    got = refused(404, "None", availability={"code": "constraint_filtered", "excluded_by": [policy]})
    assert got == Rejected(f"HTTP 404: None (excluded by {policy})", cause=Cause.REQUEST)


@pytest.mark.parametrize(
    ("status", "message", "metadata"),
    [
        (401, "Missing Authentication header", {}),
        (402, "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens", {}),
        (402, "Prompt tokens limit exceeded: 230799 > 91442", {"provider_name": None}),
        (402, "Key limit", {"limit_source": "openrouter_key_limit"}),
        (403, "Key limit exceeded (monthly limit). Manage it using https://openrouter.ai/settings/keys", {}),
        (403, "Over", {"limit_source": "openrouter_key_limit", "limit_usd": 5, "spend_usd": 5}),
        (403, "Over", {"limit_source": "openrouter_guardrail_budget", "scope": "key"}),
        (403, "Over", {"limit_source": "openrouter_workspace_budget", "scope": "workspace"}),
    ],
)
def test_a_key_or_a_credit_that_is_used_up_is_free_again_and_ends_the_calls(status, message, metadata):
    got = refused(status, message, metadata=metadata)
    assert isinstance(got, Rejected)
    assert (got.retry, got.cause) == (False, Cause.ACCOUNT)
    assert message in got.reason


def test_whose_limit_it_was_and_when_it_ends_is_said():
    metadata = {"limit_source": "openrouter_workspace_budget", "resets_at": "2026-12-01T00:00:00Z"}
    got = refused(403, "Over", metadata=metadata)
    assert got.reason == "HTTP 403: Over (limit of openrouter_workspace_budget; resets at 2026-12-01T00:00:00Z)"


def test_a_flagged_prompt_is_free_again_and_says_what_it_was_flagged_for_but_not_itself():
    message = 'meta/x requires moderation on Meta. Your input was flagged for "misc". No credits were charged.'
    metadata = {"reasons": ["misc", "other"], "flagged_input": "my words", "provider_name": "Meta", "model_slug": "x"}
    got = refused(403, message, metadata=metadata)
    assert got == Rejected(f"HTTP 403: {message} (flagged for misc, other)", cause=Cause.REQUEST)


def test_a_guardrail_says_which_patterns_it_saw():
    got = refused(403, "Request blocked: prompt injection patterns detected", metadata={"patterns": ["ignore all"]})
    assert got.cause is Cause.REQUEST
    assert got.reason.endswith("(patterns ignore all)")


IN_FLIGHT = {
    "reason": "in_flight_budget_exhausted",
    "limit_source": "openrouter_in_flight_budget",
    "headers": {"Retry-After": "120"},
}
UPSTREAM = {
    "raw": "deepseek/x is temporarily rate-limited upstream.",
    "provider_name": "DeepInfra",
    "limit_source": "upstream_provider_shared_pool",
}


@pytest.mark.parametrize(
    ("status", "headers", "more", "seconds"),
    [
        (402, {"Retry-After": "60"}, {"metadata": IN_FLIGHT}, 60),
        (402, None, {"metadata": IN_FLIGHT}, 120),
        (402, None, {"metadata": {"reason": "in_flight_budget_exhausted"}}, None),
        (429, {"Retry-After": "9"}, {}, 9),
        (429, None, {"metadata": UPSTREAM}, None),
        (429, None, {"metadata": {"headers": {"Retry-After": "7"}}}, 7),
        (429, None, {"availability": {"code": "capacity_exhausted", "retryable": True, "retry_after": 30}}, 30),
        (503, {"Retry-After": "5"}, {}, 5),
        (503, None, {}, None),
        (503, None, {"availability": {"code": "temporarily_unavailable", "retry_after": 4}}, 4),
    ],
)
def test_what_passes_is_free_again_and_tried_later_as_a_new_call(status, headers, more, seconds):
    got = refused(status, headers=headers, **more)
    assert isinstance(got, Rejected)
    assert (got.retry, got.retry_after_s) == (True, seconds)
    assert got.cause is (Cause.DOWN if status == 503 else Cause.THROTTLED)


@pytest.mark.parametrize("where", ["header", "body"])
def test_a_limit_per_day_is_waited_for_until_the_moment_that_is_named_in_milliseconds(where):
    reset = {"X-RateLimit-Limit": "50", "X-RateLimit-Reset": str(int((time.time() + 90) * 1000))}
    metadata = {"limit_source": "openrouter_free_tier_daily"} | ({"headers": reset} if where == "body" else {})
    got = refused(
        429,
        "Rate limit exceeded: free-models-per-day",
        headers=reset if where == "header" else None,
        metadata=metadata,
    )
    assert (got.retry, got.cause) == (True, Cause.THROTTLED)
    assert 80 < got.retry_after_s <= 90


def test_a_moment_that_has_passed_is_no_wait():
    assert refused(429, headers={"X-RateLimit-Reset": "1000"}).retry_after_s == 0


def test_what_the_provider_behind_it_said_is_part_of_the_reason():
    got = refused(429, "Provider returned error", metadata=UPSTREAM)
    assert got.reason == f"HTTP 429: Provider returned error (DeepInfra {UPSTREAM['raw']})"


@pytest.mark.parametrize("status", [408, 500, 502, 504, 524, 529])
@pytest.mark.parametrize("text", ['{"error": {"code": 500, "message": "Internal Server Error"}}', HTML, ""])
def test_a_failure_after_sending_is_unknown_as_it_may_have_cost_something(status, text):
    assert isinstance(refused(status, text=text), Lost)


@pytest.mark.parametrize("text", [HTML, "", "{}"])
def test_a_503_of_a_gateway_is_unknown_as_only_openrouter_itself_can_say_that_nobody_took_it(text):
    assert isinstance(refused(503, text=text), Lost)


@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 504, 524, 529])
def test_an_answer_that_is_lost_on_the_way_is_lost_under_its_id(status):
    got = refused(status, text=HTML, headers={"X-Generation-Id": "gen-7"})
    assert isinstance(got, Lost)
    assert got.provider_call_id == "gen-7"


@pytest.mark.parametrize(
    "error",
    [
        {"error": "plain words"},
        {"error": None},
        {"error": {"code": "server_error", "metadata": "none", "availability": [1]}},
        {"error": {"metadata": {"headers": ["x"], "reasons": {"a": 1}, "patterns": 7, "raw": {"b": 2}}}},
        {"error": {"availability": {"error_type": "not_found", "http_status": 404, "retry_after": {}}}},
        [],
        None,
    ],
)
@pytest.mark.parametrize(("status", "kind"), [(400, Rejected), (402, Rejected), (404, Rejected), (429, Rejected)])
def test_an_error_of_any_shape_is_sorted_by_its_status(error, status, kind):
    assert isinstance(refused(status, error=error), kind)
