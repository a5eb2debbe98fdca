"""Deterministic drawings for the sandbox: one function from a prompt to a picture.

The prompt is all it knows, as with a real model: the kind of image, the subject and the colours are
read from the words.
"""

from asset_pipeline.sandbox.drawing.render import draw

__all__ = ["draw"]
