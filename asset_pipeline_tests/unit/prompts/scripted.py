"""Language models that answer as a test says, before a real ledger in a real database."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from asset_pipeline.ledger import Database, Door, Ledger, Stage
from asset_pipeline.prompts import Competition
from asset_pipeline.prompts.chat import ChatBuyer
from asset_pipeline.providers.openrouter import OpenRouterClient
from asset_pipeline.settings import BudgetSettings
from asset_pipeline.settings.prompts import Criteria, PromptSettings
from asset_pipeline.settings.providers import OpenRouterSettings
from asset_pipeline.slots import Places, Slot
from asset_pipeline.specs import WantedImage
from asset_pipeline.spender import Spender
from asset_pipeline_tests.support.ledgers import new_ledger

PRICING = {"prompt": "0.000001", "completion": "0.00002"}
PARAMETERS = ("max_tokens", "response_format", "structured_outputs")
ALL_CRITERIA = tuple(Criteria().weights())
Answer = Callable[[str], httpx.Response]


def says(content: Any, *, usage: Any = None, finish: str = "stop", refusal: str | None = None) -> Answer:
    """Return a model that always gives one answer, for $0.001 unless `usage` says otherwise; `{}` leaves it out."""
    text = content if isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refusal}

    def answer(generation_id: str) -> httpx.Response:
        body = {"id": generation_id, "choices": [{"finish_reason": finish, "message": message}]}
        return httpx.Response(200, json=body | {"usage": {"cost": 0.001} if usage is None else usage})

    return answer


def scored(*by_position: float | Mapping[str, float], criteria: Sequence[str] = ALL_CRITERIA) -> dict[str, Any]:
    """Return a judge's verdicts on candidates in their order; a number counts for each criterion."""
    verdicts = []
    for n, given in enumerate(by_position):
        points = given if isinstance(given, Mapping) else dict.fromkeys(criteria, given)
        scores = {name: {"reason": f"Place {n}, {name}.", "score": score} for name, score in points.items()}
        verdicts.append({"candidate": "ABCDEFGH"[n], "scores": scores})
    return {"verdicts": verdicts}


def judges(taste: Callable[[str], float]) -> Callable[[dict[str, Any]], Answer]:
    """Return a judge that scores by the text of each candidate alone, for $0.002."""

    def judge(body: dict[str, Any]) -> Answer:
        said = "\n".join(message["content"] for message in body["messages"])
        prompts = re.findall(r'(?s)<candidate label="\w">\n(.*?)\n</candidate>', said)
        return says(scored(*(taste(prompt) for prompt in prompts)), usage={"cost": 0.002})

    return judge


def refuses(status: int, message: str) -> Answer:
    """Return a model that takes no request."""
    return lambda _id: httpx.Response(status, json={"error": {"message": message, "code": status}})


@dataclass
class ScriptedModels:
    """OpenRouter, as a test wants it.

    Args:
        answers: What each model answers, by its name.
        pricing: What each model costs, where it is not the usual.
        looked_up: What a generation is said to have cost; None where OpenRouter knows none.
        parameters: What the one provider of each model supports.
        reads: Models that answer by what they are asked, by their names; they come before `answers`.
        bodies: The questions that came.
    """

    answers: dict[str, Answer]
    pricing: Mapping[str, Any] = field(default_factory=dict)
    looked_up: float | None = None
    parameters: Sequence[str] = PARAMETERS
    reads: Mapping[str, Callable[[dict[str, Any]], Answer]] = field(default_factory=dict)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    @property
    def asked(self) -> int:
        """How often any model was asked."""
        return len(self.bodies)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path = request.url.path
        if path.endswith("/endpoints"):
            model = path.removeprefix("/models/").removesuffix("/endpoints")
            pricing = self.pricing.get(model, PRICING)
            endpoint = {"tag": "scripted", "pricing": pricing, "supported_parameters": list(self.parameters)}
            return httpx.Response(200, json={"data": {"endpoints": [endpoint]}})
        if path == "/generation":
            return httpx.Response(200, json={"data": {"total_cost": self.looked_up}})
        self.bodies.append(json.loads(request.content))
        body = self.bodies[-1]
        model = body["model"]
        answer = self.reads[model](body) if model in self.reads else self.answers[model]
        return answer(f"gen-{next(self._numbers)}")


@dataclass
class Desk:
    """What asks and books.

    Args:
        database: The real one.
        ledger: Over it.
        buyer: Asks the scripted models.
    """

    database: Database
    ledger: Ledger
    buyer: ChatBuyer

    def competition(self, settings: PromptSettings) -> Competition:
        """Return a competition that remembers nothing yet."""
        return Competition(self.database, self.ledger, self.buyer, settings)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        return self.database.run(lambda connection: connection.execute(sql).fetchall())


@asynccontextmanager
async def desk(folder: Path, models: ScriptedModels, settings: OpenRouterSettings | None = None) -> AsyncIterator[Desk]:
    """Open a ledger in a folder, before scripted models."""
    with Database(new_ledger(folder / "pipeline.duckdb")) as database:
        ledger = Ledger(database, mode="sandbox", gated=False)
        ledger.adopt_settings(BudgetSettings())
        async with httpx.AsyncClient(base_url="http://models", transport=httpx.MockTransport(models)) as api:
            client = OpenRouterClient(api, request_timeout_s=5)
            yield Desk(database, ledger, ChatBuyer(ledger, Door(ledger), client, settings or OpenRouterSettings()))


def spender(wanted: WantedImage) -> Spender:
    """Return an image that money is spent for."""
    return Spender(wanted, Stage.SAMPLE, "run-1", Slot(Places(10)))
