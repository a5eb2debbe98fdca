"""Leaves and trees that scenes and letter headers share."""

from asset_pipeline.sandbox.drawing.pen import Pen

_LEAF = "M0,0 C22,-26 20,-68 0,-100 C-20,-68 -22,-26 0,0 Z"
_CYPRESS = "M0,-100 C14,-70 19,-40 15,-14 C12,-4 4,-3 3,4 L-3,4 C-4,-3 -12,-4 -15,-14 C-19,-40 -14,-70 0,-100 Z"


def leaf(pen: Pen, x: float, y: float, *, length: float, turn: float) -> None:
    """Draw one leaf that grows from a place."""
    pen.at(x, y, scale=length / 100, turn=turn).path(_LEAF, 255)


def frond(pen: Pen, length: float, *, leaves: int, breadth: float, bend: float = 0.22) -> None:
    """Draw a stem with paired leaves, upwards from the pen's zero point.

    Args:
        pen: Where it grows, and in which direction.
        length: The stem's length.
        leaves: How many pairs.
        breadth: The lowest leaves' length as a share of the stem's.
        bend: How far the tip hangs over, as a share of the length.
    """
    for index in range(leaves):
        t = (index + 1) / (leaves + 0.6)
        size = length * breadth * (1 - 0.62 * t)
        for side in (-1, 1):
            turn = bend * (55 + 72 * t) + side * (52 - 22 * t)
            leaf(pen, length * bend * t * t, -length * t, length=size, turn=turn)
    stem = [(length * bend * (step / 12) ** 2, -length * step / 12) for step in range(13)]
    pen.stroke(stem, length * 0.014, 255)
    leaf(pen, *stem[-1], length=length * breadth * 0.4, turn=bend * 100)


def cypress(pen: Pen, x: float, y: float, tall: float) -> None:
    """Stand a cypress at a place."""
    pen.at(x, y, scale=tall / 100).path(_CYPRESS, 255)


def round_tree(pen: Pen, x: float, y: float, tall: float) -> None:
    """Stand a round tree at a place."""
    tree = pen.at(x, y, scale=tall / 100)
    tree.rect(-3, -45, 3, 5, 255)
    for dx, dy, r in ((0, -68, 27), (-18, -52, 20), (18, -52, 20)):
        tree.disc(dx, dy, r, 255)
