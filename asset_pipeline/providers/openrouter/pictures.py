"""Pictures in a question: the journal keeps what they are, and only the request that is sent has them in it.

Shape: the `image_url` content part of OpenRouter's API reference, with a data URL; documented, never recorded.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Picture:
    """A PNG that a model is shown.

    Args:
        data: The file.
    """

    data: bytes

    @cached_property
    def reference(self) -> dict[str, Any]:
        """The part of a message that stands for it: by its hash, so that a journal does not keep it."""
        return {
            "type": "image_url",
            "image_url": {"sha256": hashlib.sha256(self.data).hexdigest(), "bytes": len(self.data)},
        }

    @property
    def part(self) -> dict[str, Any]:
        """The part of a message that shows it."""
        return {
            "type": "image_url",
            "image_url": {"url": f"data:image/png;base64,{base64.b64encode(self.data).decode()}"},
        }


def with_pictures(request: Mapping[str, Any], pictures: Sequence[Picture]) -> Mapping[str, Any]:
    """Return a request as it is sent: each reference gives way to the picture that it stands for.

    Args:
        request: As the journal keeps it.
        pictures: Those that it refers to.
    """
    if not pictures:
        return request

    def shown(part: Any) -> Any:  # noqa: ANN401 - any JSON
        return next((picture.part for picture in pictures if picture.reference == part), part)

    def complete(message: Mapping[str, Any]) -> Mapping[str, Any]:
        content = message["content"]
        return {**message, "content": [shown(part) for part in content]} if isinstance(content, list) else message

    return {**request, "messages": [complete(message) for message in request["messages"]]}
