"""The receiver of webhooks served over real HTTP, and Replicate's part of it: a signed webhook, sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr

from asset_pipeline.folders import Folder
from asset_pipeline.images.wakeups import WakeupSpool
from asset_pipeline.providers.webhooks import sign
from asset_pipeline.review.webhooks import PATH, WebhookReceiver, receiver_app

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the published example


@contextmanager
def served_receiver(folder: Path, secret: str = SECRET) -> Iterator[str]:
    """Serve a receiver on a free port for as long as the context lasts, and give its address."""
    app = receiver_app(WebhookReceiver(WakeupSpool(Folder(folder)), SecretStr(secret)))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, name="receiver", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}{PATH}"
    finally:
        server.should_exit = True
        thread.join()


def send_webhook(url: str, prediction: Mapping[str, Any], *, secret: str = SECRET) -> int:
    """Send a webhook as Replicate does; return the status that answers it."""
    body = json.dumps(prediction).encode()
    at = str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": at,
        "webhook-signature": sign(secret, "msg_1", timestamp=at, body=body),
    }
    return httpx.post(url, content=body, headers=headers).status_code
