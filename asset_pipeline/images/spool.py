"""Keeps answers that carry a picture until the picture is booked: until then they are the only copy there is."""

from __future__ import annotations

from pathlib import Path

from asset_pipeline.images.files import write_atomically


class Spool:
    """Answers by their call.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, call_id: str, answer: bytes) -> None:
        """Keep an answer; it is on the disk when this returns."""
        write_atomically(self._path(call_id), answer)

    def find(self, call_id: str) -> bytes | None:
        """Return the answer to a call, or None."""
        try:
            return self._path(call_id).read_bytes()
        except FileNotFoundError:
            return None

    def calls(self) -> list[str]:
        """Return the calls whose answers lie here."""
        return [path.stem for path in self._folder.glob("*.json")]

    def forget(self, call_id: str) -> None:
        """Remove an answer whose picture is booked."""
        self._path(call_id).unlink(missing_ok=True)

    def _path(self, call_id: str) -> Path:
        return self._folder / f"{call_id}.json"
