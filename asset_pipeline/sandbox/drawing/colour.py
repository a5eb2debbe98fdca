"""Colour arithmetic in OKLab, where equal steps look equal, and WCAG contrast."""

from functools import lru_cache

RGB = tuple[int, int, int]
Lab = tuple[float, float, float]

WHITE: RGB = (255, 255, 255)


def parse_hex(text: str) -> RGB:
    """Read `#rgb` or `#rrggbb`."""
    digits = text.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encode(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


@lru_cache(maxsize=4096)
def to_lab(colour: RGB) -> Lab:
    """Convert sRGB to OKLab (lightness 0 to 1, then the two opponent axes)."""
    r, g, b = (_linear(channel) for channel in colour)
    l_ = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    m_ = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s_ = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_,
        1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_,
        0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_,
    )


def _channels(lab: Lab) -> Lab:
    lightness, a, b = lab
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )


@lru_cache(maxsize=4096)
def from_lab(lab: Lab) -> RGB:
    """Convert OKLab to sRGB, giving up chroma rather than hue where sRGB ends."""
    lightness, a, b = lab
    for step in range(12):
        keep = 0.86**step
        channels = _channels((lightness, a * keep, b * keep))
        if all(-0.002 <= channel <= 1.002 for channel in channels):
            break
    r, g, b = (round(255 * _encode(min(1.0, max(0.0, channel)))) for channel in channels)
    return r, g, b


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """Blend two colours; `share` is how much of the second."""
    one, two = to_lab(first), to_lab(second)
    return from_lab(
        (
            one[0] + (two[0] - one[0]) * share,
            one[1] + (two[1] - one[1]) * share,
            one[2] + (two[2] - one[2]) * share,
        )
    )


def lightness(colour: RGB) -> float:
    """Perceived lightness, 0 (black) to 1 (white)."""
    return to_lab(colour)[0]


def tone(colour: RGB, level: float, *, chroma: float = 1.0) -> RGB:
    """Give the colour another lightness and keep its hue; `chroma` scales its strength."""
    _, a, b = to_lab(colour)
    return from_lab((min(1.0, max(0.0, level)), a * chroma, b * chroma))


def ramp(stops: list[RGB], count: int) -> list[RGB]:
    """Return `count` colours evenly spread over the stops."""
    if count == 1:
        return [stops[0]]
    colours = []
    for index in range(count):
        place = index / (count - 1) * (len(stops) - 1)
        low = min(int(place), len(stops) - 2)
        colours.append(mix(stops[low], stops[low + 1], place - low))
    return colours


def luminance(colour: RGB) -> float:
    """Relative luminance as WCAG defines it."""
    r, g, b = (_linear(channel) for channel in colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(first: RGB, second: RGB) -> float:
    """WCAG contrast ratio, 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def push(colour: RGB, away_from: RGB, ratio: float) -> RGB:
    """Move the colour's lightness away from another until they contrast by `ratio`."""
    direction = 0.02 if lightness(colour) >= lightness(away_from) else -0.02
    for candidate_direction in (direction, -direction):
        level = lightness(colour)
        while 0.0 <= level <= 1.0:
            candidate = tone(colour, level)
            if contrast(candidate, away_from) >= ratio:
                return candidate
            level += candidate_direction
    return WHITE if luminance(away_from) < 0.18 else (0, 0, 0)
