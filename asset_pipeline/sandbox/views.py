"""What the sandbox's Replicate says about a prediction; keys come as it goes on, as in recorded answers."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from asset_pipeline.sandbox.delivery import Delivery
from asset_pipeline.sandbox.fates import FATES, as_json
from asset_pipeline.sandbox.outputs import MEDIA_TYPES
from asset_pipeline.sandbox.state import WAITING_SHARE, StoredPrediction
from asset_pipeline.sandbox.tariff import IMAGE_MODELS


class Views:
    """Tells about predictions.

    Args:
        delivery: Has the files that some answers carry themselves.
    """

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    async def answer(
        self,
        prediction: StoredPrediction,
        request: Request,
        *,
        status_code: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Return the answer to a request about one prediction."""
        content = as_json(await self.view(prediction, request), prediction.fate)
        return Response(content, status_code=status_code, headers=headers, media_type="application/json")

    async def view(self, prediction: StoredPrediction, request: Request) -> dict[str, Any]:
        """Return a prediction's JSON as it is now."""
        shape = FATES[prediction.fate].shape
        view = await self._plain(prediction, request)
        return shape(view) if shape else view

    async def _plain(self, prediction: StoredPrediction, request: Request) -> dict[str, Any]:
        now = time.time()
        status = prediction.status(now)
        base = f"{request.base_url}v1/predictions/{prediction.id}"
        view: dict[str, Any] = {
            "id": prediction.id,
            "model": prediction.model,
            "version": prediction.version,
            "input": dict(prediction.input),
            "logs": "",
            "error": None,
            "status": status,
            "created_at": _time(prediction.created_at),
            "urls": {"cancel": f"{base}/cancel", "get": base},
        }
        if status == "starting":
            return view
        if status != "aborted":
            view["started_at"] = _time(prediction.created_at + prediction.duration_s * WAITING_SHARE)
        if status == "processing":
            return view
        ran_s = min(prediction.duration_s, (prediction.canceled_at or now) - prediction.created_at)
        view["completed_at"] = _time(prediction.created_at + ran_s)
        view["metrics"] = {"predict_time": ran_s * (1 - WAITING_SHARE), "total_time": ran_s}
        view["output"] = None
        if status == "succeeded":
            await self._add_output(view, prediction, request)
        elif status == "failed":
            view["error"] = FATES[prediction.fate].error
        return view

    async def _add_output(self, view: dict[str, Any], prediction: StoredPrediction, request: Request) -> None:
        model = IMAGE_MODELS[prediction.model]
        count = int(prediction.input.get("num_outputs", 1))
        view["metrics"]["image_output_count"] = count
        extension = str(prediction.input.get("output_format") or model.default_format)
        urls = [f"{request.base_url}delivery/{prediction.id}/out-{n}.{extension}" for n in range(count)]
        if prediction.fate == "data_url":
            data = await self._delivery.drawing(prediction, 0, extension)
            urls = [f"data:{MEDIA_TYPES[extension]};base64,{base64.b64encode(data).decode()}"]
        output = FATES[prediction.fate].output
        view["output"] = output(urls) if output else urls if model.as_list else urls[0]


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
