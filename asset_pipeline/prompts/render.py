"""Renders the template prompt of an image: deterministic to the byte, free, and without any access but to the image."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from asset_pipeline.results import Failed
from asset_pipeline.specs import WantedImage
from asset_pipeline.specs.wanted import canonical_sha256


@dataclass(frozen=True)
class Draft:
    """A template prompt.

    Args:
        text: The prompt.
        content_key: Hash of it.
    """

    text: str
    content_key: str


class PromptRenderer:
    """Fills the template of an image's type, or the spec's own master prompt, with the image and its theme."""

    def __init__(self) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=PackageLoader("asset_pipeline.prompts"),
            undefined=StrictUndefined,
            autoescape=False,
            keep_trailing_newline=False,
        )

    def render(self, wanted: WantedImage) -> Draft | Failed:
        """Return the template prompt of an image, or why the spec's master prompt cannot be rendered."""
        # Plain values only: the methods of a model would let a template read files and run code.
        image = wanted.model_dump(mode="json", exclude={"master_prompt"})
        values = {"image": image, "theme": image["theme"]}
        try:
            if wanted.master_prompt is None:
                template = self._environment.get_template(f"{wanted.type}.md.j2")
            else:
                template = self._environment.from_string(wanted.master_prompt)
            text = " ".join(template.render(values).split())
        except TemplateError as error:
            return Failed(f"the master prompt of {wanted.type} cannot be rendered: {error.message or error}")
        except Exception as error:  # noqa: BLE001 - a template is somebody else's program and may raise anything
            said = f"{type(error).__name__}: {error}"
            return Failed(f"the master prompt of {wanted.type} cannot be rendered: {said}")
        if not text:
            return Failed(f"the master prompt of {wanted.type} is empty for this image")
        return Draft(text, canonical_sha256({"stage": "prompt", "text": text}))
