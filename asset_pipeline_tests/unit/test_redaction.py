"""No secret survives in a text: neither one that is known, in whatever form, nor what merely looks like one."""

import base64
import json
import string
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.errors import SetupError
from asset_pipeline.ledger import Lost, Rejected
from asset_pipeline.ledger.calls import State
from asset_pipeline.ledger.orders import StepOrder
from asset_pipeline.providers.http import Answer, parse_json
from asset_pipeline.redaction import (
    MASK,
    RedactedError,
    clean_body,
    clean_error,
    forget_all,
    redact,
    redact_tree,
    remember,
    remember_address,
    without_known,
)
from asset_pipeline.results import Failed, Waiting

TOKEN = "hush-hush/4711?&ä"
KEY = "sk-or-v1-" + "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def known():
    """One secret that looks like nothing."""
    remember(TOKEN)
    yield
    forget_all()


@pytest.mark.parametrize(
    "form",
    [
        TOKEN,
        quote(TOKEN),
        quote(TOKEN, safe=""),
        quote(TOKEN, safe="").lower(),
        quote_plus(TOKEN),
        json.dumps(TOKEN),
        json.dumps(TOKEN, ensure_ascii=False),
        repr(TOKEN),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(TOKEN.encode()).decode(),
        base64.b64encode(f"user:{TOKEN}".encode()).decode(),
        base64.b64encode(f"me:{TOKEN} and more".encode()).decode(),
    ],
)
def test_a_known_secret_is_taken_out_in_every_form_and_the_rest_stays(form):
    clean = without_known(f"before {form} after")
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    assert MASK in clean
    assert "4711" not in clean


@given(
    secret=st.text(string.printable, min_size=8, max_size=60),
    before=st.text(max_size=20),
    after=st.text(max_size=20),
)
def test_no_text_shows_a_secret_once_it_is_known_nor_its_base64_wherever_it_begins(secret, before, after):
    remember(secret)
    try:
        assert secret not in without_known(before + secret + after)
        inside = base64.b64encode((before + secret + after).encode()).decode()
        hidden = without_known(inside)
        assert MASK in hidden
        # What is left of it is a character at either end, less than a byte of the secret.
        shown = sum(len(part) for part in hidden.split(MASK))
        assert shown <= len(inside) - (len(secret.encode()) * 8 // 6 - 2)
        assert redact(redact(secret)) == redact(secret)
    finally:
        forget_all()
        remember(TOKEN)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert redact(redact(text)) == redact(text)


def test_a_value_too_short_to_be_a_secret_does_not_black_out_the_words_that_hold_it():
    remember("", "test", "sandbox")
    assert redact("the sandbox is for tests") == "the sandbox is for tests"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("sent r8_AbCdEf0123456789 to it", f"sent r8_{MASK} to it"),
        (f"key={KEY}.", f"key=sk-or-v1-{MASK}."),
        ("signed with whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", f"signed with whsec_{MASK}"),
        ("Authorization: Bearer abc123def456", f"Authorization: Bearer {MASK}"),
        ("authorization: token%20abc123def456", f"authorization: token%20{MASK}"),
        ("Illegal header value b'Bearer r8_abc123\\x01def'", f"Illegal header value b'Bearer {MASK}'"),
        ("Basic dXNlcjpwYXNzd29yZDEyMw==", f"Basic {MASK}"),
        (
            "GET https://s.example/a.png?X-Goog-Signature=0aff&X-Goog-Expires=60 failed",
            f"GET https://s.example/a.png?X-Goog-Signature={MASK}&X-Goog-Expires=60 failed",
        ),
        ("https://h.example/x?a=1&token=t0psecret", f"https://h.example/x?a=1&token={MASK}"),
        ("<a href='/x?a=1&amp;sig=t0p'>", f"<a href='/x?a=1&amp;sig={MASK}'>"),
        ("http://me:pass@proxy.example:8080/", f"http://{MASK}@proxy.example:8080/"),
        (f"data:image/png;base64,{'iVBORw0KGgo' * 9}=", f"data:image/png;base64,{MASK}"),
        (f"said {'iVBORw0KGgo' * 30}== twice", f"said {MASK} twice"),
        ("openai sk-proj-abcdefghijklmnop0123456789", f"openai {MASK}"),
        ("ghp_abcdefghijklmnop0123456789, AKIAABCDEFGHIJKLMNOP", f"{MASK}, {MASK}"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc_DEF-123", f"jwt {MASK}"),
        ("api_key: abcd1234efgh", f"api_key: {MASK}"),
        ('{"password": "hunter2hunter2"}', f'{{"password": "{MASK}"}}'),
        ("Cookie: session=abc123def456", f"Cookie: {MASK}"),
        ("webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN", f"webhook-signature: v1,{MASK}"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out_and_what_it_was_stays_readable(text, clean):
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "the bearer of the lantern, a token of friendship, a basic understanding",
        "HTTP 429: Request was throttled. Your rate limit resets in ~30s.",
        "call 5b09c1d2 of test.icons.lantern is unknown; asset-pipeline reconcile --accept 5b09c1d2 free",
        "https://replicate.com/account/api-tokens",
        "the key sk-or-v1-au7...890 has used $1.25",
        "https://api.replicate.com/v1/predictions?created_after=2026-01-01T00:00:00Z&cursor=cD0y",
        "max_tokens: 1200000000, a password is needed, and the api key of account 12",
        "https://replicate.delivery/xezq/" + "aB3" * 60 + "/out-0.webp",
        "data/originals/ab/cd.png at http://127.0.0.1:8000/v1/models/owner/name",
    ],
)
def test_words_addresses_and_masked_labels_stay_as_they_are(text):
    assert redact(text) == text


@pytest.mark.parametrize("piece", ["x-", "?signature", "://a:", "bearer ", "authorization:a", "eyJa", "&;", "aB3/_"])
def test_no_text_takes_long_however_it_is_made(piece):
    """A page of an error has 64 kB, and is cleaned on the event loop; a pattern gone wrong took seconds."""
    began = time.process_time()
    redact(piece * (65_536 // len(piece)))
    assert time.process_time() - began < 1.0


def test_a_tree_of_json_is_cleaned_text_by_text():
    tree = {"said": [f"Bearer {TOKEN}", 1, None], "deep": {"url": f"https://x.example/?sig={TOKEN}"}, "fine": True}
    assert redact_tree(tree) == {
        "said": [f"Bearer {MASK}", 1, None],
        "deep": {"url": f"https://x.example/?sig={MASK}"},
        "fine": True,
    }


def test_an_answers_body_loses_the_secrets_that_somebody_sent_back():
    body = json.dumps({"error": {"message": f"no such key: Bearer {TOKEN}"}}).encode()
    assert b"4711" not in clean_body(body)
    assert parse_json(body) == {"error": {"message": f"no such key: Bearer {MASK}"}}
    untouched = b'{"image": "\xff\xfe"}'
    assert clean_body(untouched) is untouched


def test_an_answers_detail_is_cleaned_before_it_is_cut_so_that_no_half_of_a_key_stays():
    for place in range(280, 320):
        page = ("x" * (place - 9) + " " + TOKEN + " y" * 200).encode()
        detail = Answer(500, {}, page, None).detail
        assert "hush" not in detail
        assert len(detail) <= 320


def test_texts_that_people_and_the_ledger_get_are_clean_from_the_beginning():
    said = f"refused: Bearer {TOKEN}"
    texts = [
        Failed(said).reason,
        Waiting(said).reason,
        Rejected(said).reason,
        Lost(said).reason,
        StepOrder("call", State.UNKNOWN, "me", reason=said).reason,
        str(SetupError(said, where=said, fix=said)),
    ]
    assert [text for text in texts if "4711" in text or "refused" not in text] == []


def test_an_error_with_a_secret_anywhere_behind_it_is_replaced_and_any_other_is_itself():
    def fail(cause):
        try:
            try:
                raise cause
            except OSError as inner:
                raise ValueError("it did not work") from inner
        except ValueError as error:
            return error

    harmless = fail(OSError("no route to host"))
    assert clean_error(harmless) is harmless
    shown = clean_error(fail(OSError(f"Bearer {TOKEN}")))
    assert isinstance(shown, RedactedError)
    assert str(shown) == "ValueError: it did not work"
    assert (shown.__cause__, shown.__context__) == (None, None)
    assert shown.__traceback__ is not None


def test_an_address_that_opens_something_by_itself_is_a_secret_and_its_host_is_none():
    remember_address("https://hooks.example.com/services/T0/B0/opensesame?x=1")
    remember_address(None)
    said = redact("POST https://hooks.example.com/services/T0/B0/opensesame?x=1 failed at hooks.example.com")
    assert said == f"POST {MASK} failed at hooks.example.com"
    assert redact("target=b'/services/T0/B0/opensesame?x=1'") == f"target=b'{MASK}'"
