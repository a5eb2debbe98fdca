"""Keeps answers that carry a picture until the picture is booked: until then they are the only copy there is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.images.files import sweep, write_atomically

_BETWEEN = "~"
UNREAD = "unread"


@dataclass(frozen=True)
class SpooledAnswer:
    """An answer on the disk.

    Args:
        call_id: The call it answers.
        provider_call_id: The provider's id of it.
        path: Where it lies.
    """

    call_id: str
    provider_call_id: str
    path: Path


class Spool:
    """Answers by their call, of one mode.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        sweep(folder)

    def keep(self, call_id: str, provider_call_id: str, answer: bytes) -> None:
        """Keep an answer; it is on the disk when this returns."""
        write_atomically(self._folder / f"{call_id}{_BETWEEN}{provider_call_id}.json", answer)

    def find(self, call_id: str) -> SpooledAnswer | None:
        """Return the answer to a call, or None."""
        found = next(self._folder.glob(f"{call_id}{_BETWEEN}*.json"), None)
        return SpooledAnswer(call_id, found.stem.partition(_BETWEEN)[2], found) if found else None

    def calls(self) -> list[str]:
        """Return the calls whose answers lie here."""
        return [path.stem.partition(_BETWEEN)[0] for path in self._folder.glob(f"*{_BETWEEN}*.json")]

    def forget(self, call_id: str) -> None:
        """Remove an answer whose picture is booked."""
        answer = self.find(call_id)
        if answer:
            answer.path.unlink(missing_ok=True)

    def set_aside(self, call_id: str) -> Path | None:
        """Keep an answer for good in which no picture was found, and return where; None where it is not there."""
        answer = self.find(call_id)
        if answer is None:
            return None
        aside = self._folder / UNREAD / f"{call_id}.json"
        aside.parent.mkdir(exist_ok=True)
        return answer.path.replace(aside)
