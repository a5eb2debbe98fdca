"""The sandbox's Replicate: the endpoints, headers and bodies as recorded and documented, put together."""

from __future__ import annotations

from starlette.routing import Route

from asset_pipeline.sandbox.delivery import Delivery
from asset_pipeline.sandbox.files_api import FilesApi
from asset_pipeline.sandbox.gate import Gate
from asset_pipeline.sandbox.limits import Limits
from asset_pipeline.sandbox.models_api import ModelsApi, account_handler
from asset_pipeline.sandbox.outputs import Artist
from asset_pipeline.sandbox.predictions_api import PredictionsApi
from asset_pipeline.sandbox.state import SandboxState
from asset_pipeline.sandbox.views import Views
from asset_pipeline.sandbox.webhooks import WebhookSender


def replicate_routes(
    state: SandboxState, *, latency_s: float, artist: Artist, limited: bool, webhook_pause_s: float
) -> list[Route]:
    """Return the routes of Replicate's API and of its delivery host, relative to the server's root.

    Args:
        state: The sandbox's memory.
        latency_s: How long a prediction takes, in seconds.
        artist: Makes the files.
        limited: Whether requests above Replicate's rate limits are refused.
        webhook_pause_s: Seconds after which a webhook that could not be delivered is sent again for the first time.
    """
    gate = Gate(Limits(limited=limited))
    delivery = Delivery(state, artist=artist)
    views = Views(delivery)
    webhooks = WebhookSender(state, views, first_pause_s=webhook_pause_s)
    return [
        Route("/v1/account", gate(account_handler())),
        *PredictionsApi(state, views, webhooks, latency_s=latency_s).routes(gate),
        *ModelsApi().routes(gate),
        *FilesApi(state).routes(gate),
        *webhooks.routes(gate),
        *delivery.routes(),
    ]
