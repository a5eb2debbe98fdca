"""A webhook is taken only as Replicate signed it, with our secret, at most five minutes ago."""

import base64

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asset_pipeline.errors import (
    SettingsError,
    WebhookHeaderError,
    WebhookSecretError,
    WebhookSignatureError,
    WebhookTimeError,
)
from asset_pipeline.providers.webhooks import WINDOW_S, sign, signing_key, verify

# The published example of Replicate's and of Svix's documentation.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT_S, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER_SECRET = f"whsec_{base64.b64encode(b'another key of ours').decode()}"
OTHER_SIGNATURE = sign(OTHER_SECRET, ID, timestamp=str(AT_S), body=BODY)


def headers(**changed):
    """Return the headers of the example, with some changed; None leaves one out."""
    values = {"id": ID, "timestamp": str(AT_S), "signature": SIGNATURE} | changed
    return {f"webhook-{name}": value for name, value in values.items() if value is not None}


def check(given_headers=None, *, secret=SECRET, body=BODY, now_s=AT_S):
    """Verify the example, or what is made of it."""
    verify(secret, given_headers or headers(), body=body, now_s=now_s)


def test_the_published_example_is_genuine_and_is_signed_the_same_by_us():
    check()
    assert sign(SECRET, ID, timestamp=str(AT_S), body=BODY) == SIGNATURE


@pytest.mark.parametrize("age_s", [-WINDOW_S, -1, 0, 0.5, WINDOW_S])
def test_five_minutes_are_allowed_either_way(age_s):
    check(now_s=AT_S + age_s)


@pytest.mark.parametrize(
    ("age_s", "says"), [(WINDOW_S + 1, "signed 301 s ago"), (-WINDOW_S - 1, "signed 301 s in the future")]
)
def test_an_older_one_and_one_from_the_future_are_refused_and_the_clock_is_named(age_s, says):
    with pytest.raises(WebhookTimeError, match=says) as raised:
        check(now_s=AT_S + age_s)
    assert "clock" in str(raised.value)


@pytest.mark.parametrize("body", [b"", BODY + b"\n", BODY.replace(b" ", b""), b'{"test": 2432232315}'])
def test_another_body_is_refused(body):
    with pytest.raises(WebhookSignatureError):
        check(body=body)


def test_another_secret_is_refused_and_no_message_shows_it():
    with pytest.raises(WebhookSignatureError) as raised:
        check(secret=OTHER_SECRET)
    assert OTHER_SECRET[6:] not in str(raised.value)


@pytest.mark.parametrize(
    "signatures",
    [
        f"{OTHER_SIGNATURE} {SIGNATURE}",
        f"{SIGNATURE} {OTHER_SIGNATURE}",
        f"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw {SIGNATURE}",
    ],
)
def test_while_secrets_are_rotated_one_good_signature_among_several_is_enough(signatures):
    check(headers(signature=signatures))


@pytest.mark.parametrize(
    "signature",
    [
        OTHER_SIGNATURE,
        f"{OTHER_SIGNATURE} {OTHER_SIGNATURE}",
        SIGNATURE.replace("v1,", "v2,"),
        SIGNATURE.replace("v1,", "v1a,"),
        SIGNATURE.rstrip("="),
        SIGNATURE[:-2] + "F=",  # the same bytes in another spelling
        SIGNATURE.lower(),
    ],
)
def test_without_a_good_signature_of_version_one_it_is_refused(signature):
    with pytest.raises(WebhookSignatureError):
        check(headers(signature=signature))


@pytest.mark.parametrize("name", ["id", "timestamp", "signature"])
def test_a_missing_header_is_named(name):
    with pytest.raises(WebhookHeaderError, match=f"webhook-{name} is missing"):
        check(headers(**{name: None}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", ""),
        ("id", "a.b"),  # could be read as an id and a timestamp
        ("id", "a b"),
        ("id", "x" * 257),
        ("timestamp", ""),
        ("timestamp", "now"),
        ("timestamp", "-1"),
        ("timestamp", "1614265330.5"),
        ("timestamp", "١٦١٤٢٦٥٣٣٠"),
        ("timestamp", "9" * 13),
        ("signature", ""),
        ("signature", "v1"),
        ("signature", "v1,"),
        ("signature", SIGNATURE[3:]),
        ("signature", f"{SIGNATURE},{SIGNATURE}\xff"),
        ("signature", " ".join([SIGNATURE] * 33)),
    ],
)
def test_a_malformed_header_is_named(name, value):
    with pytest.raises(WebhookHeaderError, match=f"webhook-{name} is malformed"):
        check(headers(**{name: value}))


@pytest.mark.parametrize(
    "secret", ["", "whsec_", SECRET[6:], SECRET.upper(), "whsec_not base64", "whsec_abc", "whsec_é", f" {SECRET}"]
)
def test_a_secret_of_another_form_is_refused_as_a_setting_without_being_shown(secret):
    for use in (lambda: check(secret=secret), lambda: signing_key(secret)):
        with pytest.raises(WebhookSecretError) as raised:
            use()
        assert isinstance(raised.value, SettingsError)
        assert "REPLICATE_WEBHOOK_SECRET" in str(raised.value)
        assert len(secret) < 8 or secret[6:] not in str(raised.value)


IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="."), min_size=1, max_size=40)
TIMES = st.integers(0, 10**12 - 1)


@given(message_id=IDS, at_s=TIMES, body=st.binary(max_size=200), key=st.binary(min_size=1, max_size=64))
def test_whatever_is_signed_is_genuine(message_id, at_s, body, key):
    secret = f"whsec_{base64.b64encode(key).decode()}"
    signature = sign(secret, message_id, timestamp=str(at_s), body=body)
    verify(secret, headers(id=message_id, timestamp=str(at_s), signature=signature), body=body, now_s=at_s)


@given(
    first=st.tuples(IDS, TIMES, st.binary(max_size=50)),
    second=st.tuples(IDS, TIMES, st.binary(max_size=50)),
)
def test_a_signature_is_good_for_its_own_id_time_and_body_only(first, second):
    assume(first != second)
    signature = sign(SECRET, first[0], timestamp=str(first[1]), body=first[2])
    message_id, at_s, body = second
    with pytest.raises(WebhookSignatureError):
        verify(SECRET, headers(id=message_id, timestamp=str(at_s), signature=signature), body=body, now_s=at_s)


@given(place=st.integers(0, len(BODY) - 1), mask=st.integers(1, 255))
def test_one_changed_byte_of_the_body_is_one_too_many(place, mask):
    changed = bytearray(BODY)
    changed[place] ^= mask
    with pytest.raises(WebhookSignatureError):
        check(body=bytes(changed))


@pytest.mark.parametrize("moved", [1, 2, 3])
def test_what_is_signed_cannot_be_taken_apart_in_another_way(moved):
    """The dots that join it could stand elsewhere: in an id that has some, or in a body that begins with digits."""
    signature = sign(SECRET, "msg", timestamp=str(AT_S), body=b"17.18.19")
    pieces = f"msg.{AT_S}.17.18.19".split(".")
    other_id, timestamp, body = ".".join(pieces[:moved]), pieces[moved], ".".join(pieces[moved + 1 :])
    other = headers(id=other_id, timestamp=timestamp, signature=signature)
    if moved == 1:
        check(other, body=body.encode())
    else:
        with pytest.raises(WebhookHeaderError, match="webhook-id is malformed"):
            check(other, body=body.encode(), now_s=int(timestamp))
