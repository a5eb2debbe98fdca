"""Keeps answers that carry a picture until the picture is booked: until then they are the only copy there is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from asset_pipeline.folders import Folder, FolderFile, sweep

_BETWEEN = "~"
_SUFFIX = ".json"
UNREAD = "unread"


@dataclass(frozen=True)
class SpooledAnswer:
    """An answer on the disk.

    Args:
        call_id: The call it answers.
        provider_call_id: The provider's id of it.
        file: Where it lies.
    """

    call_id: str
    provider_call_id: str
    file: FolderFile


class Spool:
    """Answers by their call, of one mode.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        sweep(folder)

    def keep(self, call_id: str, provider_call_id: str, answer: bytes) -> None:
        """Keep an answer; it is on the disk when this returns."""
        FolderFile(self._folder, f"{call_id}{_BETWEEN}{provider_call_id}{_SUFFIX}").write(answer)

    def find(self, call_id: str) -> SpooledAnswer | None:
        """Return the answer to a call, or None."""
        found = next((name for name in self._names() if name.startswith(f"{call_id}{_BETWEEN}")), None)
        if found is None:
            return None
        provider_call_id = found.removesuffix(_SUFFIX).partition(_BETWEEN)[2]
        return SpooledAnswer(call_id, provider_call_id, FolderFile(self._folder, found))

    def calls(self) -> list[str]:
        """Return the calls whose answers lie here."""
        return [name.partition(_BETWEEN)[0] for name in self._names()]

    def forget(self, call_id: str) -> None:
        """Remove an answer whose picture is booked."""
        answer = self.find(call_id)
        if answer:
            answer.file.remove()

    def set_aside(self, call_id: str) -> Path | None:
        """Keep an answer for good in which no picture was found, and return where; None where it is not there."""
        answer = self.find(call_id)
        if answer is None:
            return None
        aside = FolderFile(self._folder, f"{UNREAD}/{call_id}{_SUFFIX}")
        answer.file.move(aside)
        return aside.path

    def _names(self) -> list[str]:
        return [name for name in self._folder.names() if _BETWEEN in name and name.endswith(_SUFFIX)]
