"""The receiver takes what Replicate has signed, leaves a wake-up, and tells nobody anything."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.testclient import TestClient

from asset_pipeline.errors import WebhookSecretError
from asset_pipeline.folders import Folder
from asset_pipeline.images.wakeups import WakeupSpool
from asset_pipeline.providers.webhooks import sign
from asset_pipeline.review.webhooks import MAX_BODY_BYTES, WebhookReceiver, receiver_app

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW_S = 1_800_000_000
CALL = "5b09c1d2e3f45b09c1d2e3f45b09c1d2"
ADDRESS = f"/webhooks/replicate?call={CALL}"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "wakeups"


@pytest.fixture
def client(folder):
    """A client of a receiver whose clock stands still."""
    receiver = WebhookReceiver(WakeupSpool(Folder(folder)), SecretStr(SECRET), now_s=lambda: NOW_S)
    return TestClient(receiver_app(receiver), raise_server_exceptions=False)


def prediction(prediction_id="p1", status="succeeded", **more):
    """Return what a webhook says: the prediction, as it would be answered."""
    return {"id": prediction_id, "status": status, "output": ["https://replicate.delivery/x.png"]} | more


def send(client, said, *, address=ADDRESS, secret=SECRET, at_s=NOW_S, message_id="msg_1", **options):
    """Send a webhook as Replicate does; `said` is JSON, or bytes."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": sign(secret, message_id, timestamp=str(at_s), body=body),
        "content-type": "application/json",
    }
    return client.post(address, content=options.get("content", body), headers=headers | options.get("headers", {}))


def left(folder):
    """Return the wake-ups that are there."""
    return {file.name: json.loads(file.read_bytes()) for file in folder.iterdir()} if folder.exists() else {}


def test_a_signed_webhook_is_answered_with_nothing_and_leaves_the_call_and_the_status_and_no_more(client, folder):
    answer = send(client, prediction())
    assert (answer.status_code, answer.content) == (204, b"")
    assert left(folder) == {"p1": {"prediction_id": "p1", "call_id": CALL, "status": "succeeded"}}


def test_sent_again_or_in_another_order_it_is_taken_all_the_same(client, folder):
    for status in ("succeeded", "succeeded", "starting", "processing"):
        assert send(client, prediction(status=status)).status_code == 204
    assert left(folder).keys() == {"p1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_b3RoZXI="},
        {"at_s": NOW_S - 301},
        {"at_s": NOW_S + 301},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-id": "msg_2"}},
        {"headers": {"webhook-timestamp": "soon"}},
        {"content": b'{"id": "p2", "status": "succeeded"}'},
    ],
    ids=["secret", "old", "future", "unsigned", "id", "timestamp", "body"],
)
def test_what_is_not_signed_by_replicate_is_refused_without_a_word_and_leaves_nothing(client, folder, wrong):
    answer = send(client, prediction(), **wrong)
    assert (answer.status_code, answer.content) == (401, b"")
    assert left(folder) == {}


@pytest.mark.parametrize(
    "said",
    [
        b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff", {}, {"id": "p1"}, {"status": "succeeded"},
        prediction(prediction_id=7), prediction(prediction_id="../../etc/passwd"), prediction(prediction_id=".."),
        prediction(prediction_id=""), prediction(prediction_id="P1"), prediction(prediction_id="x" * 65),
        prediction(status=None), prediction(status="<b>"),
    ],
)  # fmt: skip
def test_what_is_signed_but_no_prediction_is_refused_and_leaves_nothing(client, folder, said):
    answer = send(client, said)
    assert (answer.status_code, answer.content) == (400, b"")
    assert left(folder) == {}


@pytest.mark.parametrize("query", ["", "?call=", "?call=../x", "?call=A", "?call=%00", "?other=1", f"?call={'x' * 65}"])
def test_without_the_call_in_its_address_it_is_none_of_ours(client, folder, query):
    assert send(client, prediction(), address=f"/webhooks/replicate{query}").status_code == 400
    assert left(folder) == {}


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_megabyte_is_taken_and_a_byte_more_is_too_large_whether_announced_or_not(client, folder, in_pieces):
    whole = json.dumps(prediction()).encode()
    for size, status in ((MAX_BODY_BYTES, 204), (MAX_BODY_BYTES + 1, 413)):
        body = whole + b" " * (size - len(whole))
        content = (body[start : start + 65_536] for start in range(0, size, 65_536)) if in_pieces else body
        answer = send(client, body, content=content)
        assert (answer.status_code, answer.content) == (status, b"")
    assert left(folder).keys() == {"p1"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_posts_are_allowed(client, method):
    assert client.request(method, ADDRESS).status_code == 405


def test_there_is_nothing_else(client):
    assert client.get("/").status_code == 404
    assert client.post("/webhooks/openrouter").status_code == 404


def test_where_it_cannot_be_kept_replicate_is_to_send_it_again(client, folder):
    folder.write_text("a file where the folder should be")
    answer = send(client, prediction())
    assert (answer.status_code, answer.content) == (503, b"")


def test_a_receiver_does_not_start_without_a_secret(folder):
    with pytest.raises(WebhookSecretError):
        WebhookReceiver(WakeupSpool(Folder(folder)), SecretStr("not a secret"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    body=st.binary(max_size=200), names=st.dictionaries(st.sampled_from(["id", "timestamp", "signature"]), st.text())
)
def test_nothing_that_strangers_send_is_taken_or_breaks_it(client, folder, body, names):
    headers = {f"webhook-{name}": value.encode("utf-8", "replace") for name, value in names.items()}
    assert client.post(ADDRESS, content=body, headers=headers).status_code == 401
    assert left(folder) == {}
