"""OpenRouter's HTTP API, as far as prompts need it: one client, and what it makes of answers, refusals and prices.

Facts: OpenRouter's API reference, and answers that its users have posted. Nothing here was recorded by this project; a
shape that is documented and was never seen says so where it is read.
"""

from asset_pipeline.providers.openrouter.answers import ChatAnswer, answered_usd, parse_chat
from asset_pipeline.providers.openrouter.client import OpenRouterClient
from asset_pipeline.providers.openrouter.endpoints import Endpoint
from asset_pipeline.providers.openrouter.key import KeyInformation
from asset_pipeline.providers.openrouter.refusals import sort_refusal_of

__all__ = [
    "ChatAnswer",
    "Endpoint",
    "KeyInformation",
    "OpenRouterClient",
    "answered_usd",
    "parse_chat",
    "sort_refusal_of",
]
