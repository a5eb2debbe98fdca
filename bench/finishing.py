"""How long finishing and checking take, against Pillow's own resize and save in the same run.

Aim: 500 images in at most 60 s of CPU, checks included.

The originals are drawings of 1024x1024, one flat and one with the grain of a photograph; each is finished at the
default size and format of every type. Pillow alone crops to the middle, resizes with Lanczos and saves by its defaults,
without a thumbnail. The 500 images are those of bench/throughput.py: a cover in every tenth place, else icons.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from asset_pipeline.images.checks import check_picture, perceptual_hash
from asset_pipeline.images.finish import crop_box, finish, remove_background, renditions
from asset_pipeline.images.inspect import open_image
from asset_pipeline.settings.checks import ChecksSettings
from asset_pipeline.specs import Theme, WantedImage
from asset_pipeline.specs.expand import BUILT_IN
from asset_pipeline.specs.renditions import RenditionEntry, wanted_renditions
from asset_pipeline.specs.wanted import ImageType

SIDE = 1024
ROUNDS = 7
IMAGES, COVERS = 500, 50
PILLOW = {"png": "PNG", "webp": "WEBP", "jpg": "JPEG"}
ENTRIES = ({"size": "128x128", "format": "webp"}, {"scale": 2}, {"favicon": True}, {"format": "avif"})


def drawing() -> Image.Image:
    """Return a flat drawing, with its subject out of the middle."""
    picture = Image.new("RGB", (SIDE, SIDE), (250, 246, 235))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((140, 600, 460, 920), fill=(180, 50, 40), outline=(60, 20, 20), width=24)
    draw.polygon([(200, 760), (300, 640), (400, 760)], fill=(240, 200, 90))
    return picture


def photograph() -> Image.Image:
    """Return the drawing on a ground that is nowhere even, with grain."""
    dice = np.random.default_rng(1)
    ground = Image.fromarray(dice.integers(0, 256, (48, 48, 3), dtype=np.uint8)).resize((SIDE, SIDE))
    mixed = np.asarray(Image.blend(drawing(), ground.filter(ImageFilter.GaussianBlur(9)), 0.5), dtype=np.float64)
    return Image.fromarray(np.clip(mixed + dice.normal(0, 5, mixed.shape), 0, 255).astype(np.uint8))


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the CPU time of some work, the least of some rounds, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return 1000 * min(times)


def by_pillow(picture: Image.Image, width: int, height: int, format: str) -> None:  # noqa: A002 - the spec's word
    """Do the same with Pillow alone."""
    box = crop_box(picture.size, (width, height))
    picture.resize((width, height), Image.Resampling.LANCZOS, box=box).save(io.BytesIO(), PILLOW[format])


def checked(picture: Image.Image, data: bytes, image: WantedImage) -> None:
    """Look at a finished file as the pipeline does."""
    check_picture(picture, data, wanted=image, settings=ChecksSettings())
    perceptual_hash(open_image(data))


def order(kind: ImageType, size: tuple[int, int], format: str) -> WantedImage:  # noqa: A002 - the spec's word
    """Return an image of a type, in a theme of two colours."""
    theme = Theme(palette=(("red", "#B43228"), ("paper", "#FAF6EB")))
    width, height = size
    return WantedImage(
        key=f"bench.{kind}.one",
        collection="bench",
        type=kind,
        slug="one",
        title="One",
        model="a/b",
        width=width,
        height=height,
        format=format,
        theme=theme,
    )


def main() -> None:
    """Measure and print."""
    drawn = {"drawing": drawing(), "photograph": photograph()}
    total_ms: dict[ImageType, float] = {}
    print(f"finishing and checks: from {SIDE}x{SIDE} to the default of each type, CPU per image")
    for kind, default in BUILT_IN.items():
        width, height = map(int, default.size.split("x"))
        for name, picture in drawn.items():
            ours = cpu_ms(partial(finish, picture, width=width, height=height, format=default.format))
            alone = cpu_ms(partial(by_pillow, picture, width, height, default.format))
            data = finish(picture, width=width, height=height, format=default.format).data
            looks = cpu_ms(partial(checked, picture, data, order(kind, (width, height), default.format)))
            total_ms[kind] = max(ours + looks, total_ms.get(kind, 0))
            what = f"{kind} {default.size} {default.format}, {name}"
            pillow = f"Pillow alone {alone:6.1f} ms   ratio {ours / alone:5.2f}"
            print(f"  {what:42} {ours:6.1f} ms   {pillow}   checks {looks:6.1f} ms")
    wanted = wanted_renditions(
        [RenditionEntry.model_validate(entry) for entry in ENTRIES], slug="bench", size=(64, 64), format="png"
    )
    print(
        f"  four renditions of an icon                 {cpu_ms(partial(renditions, drawn['drawing'], wanted)):6.1f} ms"
    )
    print(
        f"  a plain ground taken out                   {cpu_ms(partial(remove_background, drawn['drawing'])):6.1f} ms"
    )
    icons = (IMAGES - COVERS) * total_ms[ImageType.ICONS]
    cpu_s = (icons + COVERS * total_ms[ImageType.COVERS]) / 1000
    print(f"  {IMAGES} images, {COVERS} of them covers: {cpu_s:.1f} s of CPU (aim: at most 60)")


if __name__ == "__main__":
    main()
