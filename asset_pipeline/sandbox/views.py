"""What the sandbox's Replicate says about a prediction; keys come as it goes on, as in recorded answers."""

from __future__ import annotations

import base64
import time
from typing import Any

from asset_pipeline.sandbox.catalog import sandbox_models
from asset_pipeline.sandbox.delivery import Delivery
from asset_pipeline.sandbox.fates import FATES
from asset_pipeline.sandbox.metering import metrics_of
from asset_pipeline.sandbox.outputs import MEDIA_TYPES
from asset_pipeline.sandbox.prediction import StoredPrediction
from asset_pipeline.sandbox.times import as_text

View = dict[str, Any]
# Keys of a prediction that has ended; an answer that was waited for has not even the time of its start.
_AT_THE_END = ("completed_at", "metrics")
_AFTERWARDS = ("started_at", *_AT_THE_END)


class Views:
    """Tells about predictions.

    Args:
        delivery: Has the files that some answers carry themselves.
    """

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    async def shown(self, prediction: StoredPrediction, base: str) -> View:
        """Return a prediction as GET shows it now.

        Args:
            prediction: The prediction.
            base: Address of the sandbox, with a slash at its end.
        """
        return _shaped(await self._plain(prediction, base), prediction)

    async def waited_for(self, prediction: StoredPrediction, base: str) -> View:
        """Return a prediction as the answer to `Prefer: wait` shows it, as recorded.

        Such an answer comes when the output is there, before the books are closed: the status is still `processing`,
        and there are no metrics. If the time is up before that, the output is null.
        """
        plain = await self._plain(prediction, base)
        view = {key: value for key, value in plain.items() if key not in _AFTERWARDS}
        status = "processing" if view["status"] == "succeeded" else view["status"]
        return _shaped({"output": None} | view | {"status": status, "data_removed": False}, prediction)

    async def canceled(self, prediction: StoredPrediction, base: str) -> View:
        """Return a prediction as the answer to its cancellation shows it: without logs, and with an old key."""
        return await self.shown(prediction, base) | {"logs": None, "webhook_completed": None}

    async def listed(self, prediction: StoredPrediction, base: str) -> View:
        """Return a prediction as lists show it, as documented: without logs, and with where it was made."""
        view = {"data_removed": False, "source": "api"} | await self.shown(prediction, base)
        view.pop("logs", None)
        return view

    async def told(self, prediction: StoredPrediction, base: str) -> View:
        """Return a prediction as its webhook is told of it: as GET shows it, and what was asked for, as recorded."""
        asked = {"webhook": prediction.webhook, "webhook_events_filter": list(prediction.events)}
        return await self.shown(prediction, base) | asked

    async def told_of_start(self, prediction: StoredPrediction, base: str) -> View:
        """Return a prediction as its webhook is told that it has begun."""
        view = {key: value for key, value in (await self.told_of_output(prediction, base)).items() if key != "output"}
        return view | {"error": None}

    async def told_of_output(self, prediction: StoredPrediction, base: str) -> View:
        """Return a prediction as its webhook is told that the output is there: it has not quite ended."""
        view = await self.told(prediction, base)
        return {key: value for key, value in view.items() if key not in _AT_THE_END} | {"status": "processing"}

    async def _plain(self, prediction: StoredPrediction, base: str) -> View:
        now = time.time()
        status = prediction.status(now)
        address = f"{base}v1/predictions/{prediction.id}"
        view: View = {
            "id": prediction.id,
            "model": prediction.model,
            "version": prediction.version,
            "input": dict(prediction.input),
            "logs": "",
            "error": None,
            "status": status,
            "created_at": as_text(prediction.created_at),
            "urls": {"cancel": f"{address}/cancel", "get": address},
        }
        if prediction.deployment:
            view["deployment"] = prediction.deployment
        if prediction.deadline_s is not None:
            view["deadline"] = as_text(prediction.created_at + prediction.deadline_s)
        if status == "starting":
            return view
        if status != "aborted":
            view["started_at"] = as_text(prediction.created_at + min(prediction.begins_s, prediction.ends_s))
        if status == "processing":
            return view
        view["completed_at"] = as_text(prediction.created_at + prediction.ends_s)
        view["metrics"] = metrics_of(prediction, now)
        view["output"] = None
        if status == "succeeded":
            view["output"] = await self._output(prediction, base)
        elif status == "failed":
            view["error"] = FATES[prediction.fate].error
        return view

    async def _output(self, prediction: StoredPrediction, base: str) -> Any:  # noqa: ANN401 - any JSON
        model = sandbox_models()[prediction.model]
        extension = model.extension(prediction.input)
        count = model.count(prediction.input)
        urls = [f"{base}delivery/{prediction.id}/out-{number}.{extension}" for number in range(count)]
        if prediction.fate == "data_url":
            data = await self._delivery.drawing(prediction, 0, extension)
            urls = [f"data:{MEDIA_TYPES[extension]};base64,{base64.b64encode(data).decode()}"]
        output = FATES[prediction.fate].output
        return output(urls) if output else urls if model.facts.as_list else urls[0]


def _shaped(view: View, prediction: StoredPrediction) -> View:
    shape = FATES[prediction.fate].shape
    return dict(shape(view)) if shape else view
