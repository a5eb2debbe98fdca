"""From a wanted image to the prompt that is paid for: the free template, then the competition of models.

`PromptRenderer` is pure. `Competition` spends, through the ledger's door.
"""

from asset_pipeline.prompts.competition import Candidate, Competition, Winner
from asset_pipeline.prompts.render import Draft, PromptRenderer

__all__ = ["Candidate", "Competition", "Draft", "PromptRenderer", "Winner"]
