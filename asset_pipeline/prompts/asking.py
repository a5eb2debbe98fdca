"""The ways in which a question can be asked of a model, from the strongest to the weakest.

A weaker way is only for when a stronger one is refused: it costs nothing, but the answer's form is less certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asset_pipeline.prompts.question import Question
from asset_pipeline.providers.openrouter.endpoints import Endpoint
from asset_pipeline.providers.openrouter.routing import Format, Needs, NoRoute, Route, find_routes
from asset_pipeline.settings.providers import OpenRouterSettings

# Where nothing is set: by themselves, models that can think have used up short answers before the first word of them.
LITTLE_REASONING: Mapping[str, object] = {"effort": "low"}
_FORMS = list(Format)


@dataclass(frozen=True)
class Way:
    """One way to ask.

    Args:
        route: Where, and in which format.
        reasoning: How much may be thought; None to say nothing of it.
    """

    route: Route
    reasoning: Mapping[str, object] | None

    @property
    def rank(self) -> tuple[int, bool]:
        """Its place among the ways, whatever the question: the lower, the stronger."""
        return _FORMS.index(self.route.format), self.reasoning is None

    def request(self, question: Question, *, data_collection: str) -> dict[str, Any]:
        """Return the body of a request; thoughts are never sent back, as nobody reads them."""
        body = {
            "model": question.model,
            **question.form(self.route.format),
            self.route.length_parameter: question.max_tokens,
            "provider": self.route.preferences(data_collection=data_collection),
        }
        return body if self.reasoning is None else body | {"reasoning": {**self.reasoning, "exclude": True}}


def ways_to_ask(
    question: Question, endpoints: Sequence[Endpoint], *, settings: OpenRouterSettings, as_of: str
) -> tuple[Way, ...] | NoRoute:
    """Return the ways to ask a question, the strongest first; or why there is none.

    Where the settings say how much may be thought, each way says so. Where they do not, little is asked for; some
    providers turn that into a budget of at least 1,024 tokens and refuse it beside a shorter answer, so the next way
    says nothing of it.

    Args:
        question: What is asked.
        endpoints: The model's providers.
        settings: What is set for the model.
        as_of: Date on which the providers were looked up.
    """
    tokens = question.prompt_bytes + question.picture_tokens
    needs = Needs(tokens, question.max_tokens, settings.providers.get(question.model, ()))
    routes = find_routes(endpoints, model=question.model, needs=needs, as_of=as_of)
    if isinstance(routes, NoRoute):
        return routes
    wanted = settings.reasoning.get(question.model)
    ways = []
    for route in routes:
        if not route.can_reason:
            ways.append(Way(route, None))
        elif wanted:
            ways.append(Way(route, wanted.request()))
        else:
            ways += [Way(route, LITTLE_REASONING), Way(route, None)]
    return tuple(ways)
