"""Makes an old picture the original of its image: a call that cost nothing now, and a prompt that nobody competes for.

A run then finds the original as it finds one that was bought before. It stays until somebody wants the image anew, or
the spec wants it from another model or in another size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asset_pipeline.images.files import StoredFile
from asset_pipeline.images.inspect import Inspected
from asset_pipeline.images.model_book import ModelBook
from asset_pipeline.images.model_pages import read_pages
from asset_pipeline.images.quotes import Quotes
from asset_pipeline.images.store import KeptOriginal, Original, read_deliveries, read_originals, save_originals
from asset_pipeline.ledger import Connection
from asset_pipeline.ledger.calls import IMAGE, Outcome, Price, Stage, State
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.ledger.rows import insert
from asset_pipeline.legacy.claims import Claim
from asset_pipeline.model_names import provider_of
from asset_pipeline.processes import this_process
from asset_pipeline.providers.prices import PriceTable
from asset_pipeline.settings.types import Mode
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.takes import Take, read_takes, write_takes
from asset_pipeline.specs.wanted import OwnPrompt, canonical_sha256

AUTHOR = "the old tool"
UNKNOWN_PROMPT = "(the old tool kept no prompt of this picture)"


@dataclass(frozen=True)
class Adoptable:
    """An old picture that is to be the original of an image.

    Args:
        wanted: The image.
        claim: What is known of the picture.
        file: Its copy.
        seen: What it is.
        source: Where it was found.
    """

    wanted: WantedImage
    claim: Claim
    file: StoredFile
    seen: Inspected
    source: str

    @property
    def take(self) -> Take:
        """What is wanted of the image, so that a run finds the picture."""
        return Take(own_prompt=self.prompt)

    @property
    def prompt(self) -> OwnPrompt:
        """What the picture was made from, as far as anybody knows; it stands for this picture alone."""
        text = self.claim.prompt or UNKNOWN_PROMPT
        return OwnPrompt(text=text, author=AUTHOR, holds_for=self.wanted.making_sha256)


class Adopter:
    """Adopts pictures.

    Args:
        prices: What models cost; none is asked anything here.
        connection: In its transaction.
    """

    def __init__(self, prices: PriceTable, connection: Connection) -> None:
        self._connection = connection
        self._quotes = {
            mode: Quotes(ModelBook(read_pages(connection, str(mode))), prices, mode=str(mode)) for mode in Mode
        }

    def adopt(self, these: Sequence[Adoptable]) -> dict[str, str]:
        """Adopt what nobody has decided about; return why not, by image, where it was not done.

        What was adopted before stays as it is.
        """
        keys = [one.wanted.key for one in these]
        takes, deliveries = read_takes(self._connection, keys), read_deliveries(self._connection, keys)
        refused = {}
        for one in these:
            key = one.wanted.key
            before = takes.get(key)
            if before is not None and not (before.is_adopted and before.take == 1):
                refused[key] = "somebody has decided about this image since; that counts"
            elif before is None and key in deliveries:
                refused[key] = "this image has been made already"
            elif not self._enter(one):
                refused[key] = f"{one.wanted.model} cannot be asked for it with the old prompt, so no run would find it"
            else:
                write_takes(self._connection, {key: one.take})
        return refused

    def _enter(self, one: Adoptable) -> bool:
        """Enter a picture as bought, in each mode: what cost real money is real in a sandbox too."""
        wanted = one.wanted.model_copy(update=vars(one.take))
        keys = {mode: quotes.content_keys(wanted, prompt=one.prompt.text) for mode, quotes in self._quotes.items()}
        if not all(wanted.model in by_model for by_model in keys.values()):
            return False
        call_id = f"legacy-{canonical_sha256([one.wanted.key, one.file.sha256])[:24]}"
        content_keys = {mode: by_model[wanted.model] for mode, by_model in keys.items()}
        known = read_originals(self._connection, list(content_keys.values()))
        new = [
            Original(key, call_id, one.file.path, one.file.sha256, one.claim.model or None)
            for key in content_keys.values()
            if key not in known
        ]
        if new:
            self._enter_call(one, call_id=call_id, content_key=content_keys[Mode.LIVE])
            save_originals(self._connection, [KeptOriginal(original, one.file, one.seen) for original in new])
        return True

    def _enter_call(self, one: Adoptable, *, call_id: str, content_key: str) -> None:
        """Write the call that stands for what the old tool paid: settled at nothing, under no budget."""
        known = self._connection.execute("SELECT 1 FROM store.calls WHERE call_id = $1", [call_id]).fetchone()
        if known:
            return
        now = utc_now()
        paid = f"${one.claim.cost_usd}" if one.claim.cost_usd is not None else "an amount that nobody knows"
        note = f"adopted from {one.source}: the old tool has paid {paid} for it"
        price = Price(unit=IMAGE, usd={}, as_of=f"{now:%Y-%m-%d}", source=note)
        request: Mapping[str, object] = {"adopted": one.source, "said_by": one.claim.place, "prompt": one.claim.prompt}
        model = one.claim.model or one.wanted.model
        row = {
            "call_id": call_id,
            "mode": str(Mode.LIVE),
            "provider": provider_of(model),
            "kind": IMAGE,
            "model": model,
            "image_key": one.wanted.key,
            "collection": one.wanted.collection,
            "stage": str(Stage.SAMPLE),
            "content_key": content_key,
            "request": json.dumps(request, ensure_ascii=False),
            "price": json.dumps(vars(price)),
            "worst_usd": "0",
            "scopes": [],
            "owner": this_process(),
            "state": str(State.SETTLED),
            "outcome": str(Outcome.SUCCEEDED),
            "cost_usd": "0",
            "note": note,
            "created_at": now,
            "updated_at": now,
        }
        insert(self._connection, f"store.calls ({', '.join(row)})", [tuple(row.values())])
        columns = "call_id, state, held_change_usd, spent_change_usd, actor, reason, created_at"
        entry = (call_id, str(State.SETTLED), "0", "0", this_process(), note, now)
        insert(self._connection, f"store.entries ({columns})", [entry])
