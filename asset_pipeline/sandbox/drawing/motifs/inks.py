"""What a motif is drawn with: three paints and an eraser, and the type of a motif's function."""

from collections.abc import Callable
from dataclasses import dataclass

from asset_pipeline.sandbox.drawing.pen import Paint, Pen


@dataclass(frozen=True)
class Inks:
    """The paints of one symbol.

    Attributes:
        ink: The symbol itself.
        shade: The symbol a step nearer to the ground, for a side in shadow.
        accent: The one detail that takes the second colour.
        clear: Wipes back to the ground.
    """

    ink: Paint
    shade: Paint
    accent: Paint
    clear: Paint


# A motif fills about -46..46 in both directions. To live at 48 pixels, no gap or line is thinner than 5.
Motif = Callable[[Pen, Inks], None]
