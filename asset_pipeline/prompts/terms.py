"""The terms of a competition: who may write, and the hash by which a prompt that was won is found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from asset_pipeline.prompts.briefs import Writer, writers_of
from asset_pipeline.prompts.render import Draft
from asset_pipeline.settings.prompts import Criteria, OnNoQuorum, PromptSettings
from asset_pipeline.settings.providers import ReasoningSettings
from asset_pipeline.specs.wanted import canonical_sha256

# What the default criteria were when the first competitions were won; it stands for whatever they are by default, so
# that a better default buys nothing again.
_FIRST_CRITERIA: Mapping[str, str] = {"subject": "0.30", "theme": "0.25", "purpose": "0.25", "craft": "0.20"}
_DECISIVE = ("mode", "writers", "judge", "writer_max_tokens", "judge_max_tokens")


@dataclass(frozen=True)
class Terms:
    """Under which settings a prompt is found.

    Args:
        settings: Who writes, who judges, and what counts.
        reasoning: How much models may think, where that is set.
        mode: `sandbox` or `live`; made-up prompts are never taken for real ones.
    """

    settings: PromptSettings
    reasoning: Mapping[str, ReasoningSettings]
    mode: str

    @cached_property
    def writers(self) -> tuple[Writer, ...]:
        """Who may write."""
        return writers_of(self.settings)

    def among(self, count: int) -> Terms:
        """Return the same terms for the first writers only."""
        return replace(self, settings=self.settings.model_copy(update={"writers": self.settings.writers[:count]}))

    def key(self, draft: Draft) -> str:
        """Return the hash over everything that decides what a won prompt is worth.

        How it was found is left out: quorum, fallback, allocation, and the margin of a second judging. To change these
        must not buy again what has been won. What was not there when the first prompts were won counts only where it is
        set.
        """
        own = draft.own_prompt
        if own:
            said = {"text": own.text, "negative_prompt": own.negative}
            return canonical_sha256({"stage": "own_prompt", "mode": self.mode, **said})
        decisive = {"stage": "orchestrated_prompt", "mode": self.mode, "draft": draft.text, "settings": self._chosen}
        return canonical_sha256(decisive | ({"note": draft.note} if draft.note else {}))

    def keys(self, draft: Draft) -> tuple[str, ...]:
        """Return under which hashes a prompt may have been kept: won first, then fallen back on, if that is allowed."""
        key = self.key(draft)
        if draft.own_prompt or self.settings.mode == "template" or self.settings.on_no_quorum is OnNoQuorum.FAIL:
            return (key,)
        return key, self.fallback_key(key)

    def fallback_key(self, key: str) -> str:
        """Return the hash of a prompt that was taken for want of a quorum; it counts only while that is allowed."""
        return canonical_sha256({"key": key, "on_no_quorum": self.settings.on_no_quorum})

    @cached_property
    def _chosen(self) -> Mapping[str, object]:
        if self.settings.mode == "template":
            return {}
        said = self.settings.model_dump(mode="json")
        models = [writer.model for writer in self.writers]
        chosen: dict[str, object]
        if self.settings.mode == "single":
            chosen = {"mode": "single", "writers": models, "writer_max_tokens": said["writer_max_tokens"]}
        else:
            models.append(self.settings.judge)
            is_default = self.settings.criteria == Criteria()
            chosen = {name: said[name] for name in _DECISIVE}
            chosen["criteria"] = dict(_FIRST_CRITERIA) if is_default else said["criteria"]
        if self.settings.briefs:
            chosen["briefs"] = [writer.brief.text for writer in self.writers]
        reasoning = {model: self.reasoning[model].request() for model in models if model in self.reasoning}
        return chosen | ({"reasoning": reasoning} if reasoning else {})
