"""The brand's colour, in shades that can be read on light and on dark (WCAG 2.2)."""

import re
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass
from typing import Self

TEXT_CONTRAST, CONTROL_CONTRAST = 4.5, 3.0  # success criteria 1.4.3 and 1.4.11
SHADE_STEPS = 50
HOVER_SHARE = 0.14


@dataclass(frozen=True)
class Color:
    """An sRGB colour, and what WCAG says of its contrast."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", text):
            raise ValueError(f"a brand colour is written #rrggbb, not {text!r}")
        digits = text[1:] if len(text) > len("#rgb") else "".join(digit * 2 for digit in text[1:])
        return cls(*bytes.fromhex(digits))

    def hex(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    def luminance(self) -> float:
        """WCAG's relative luminance, 0 for black to 1 for white."""
        red, green, blue = (linear(channel / 255) for channel in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: "Color") -> float:
        low, high = sorted((self.luminance(), other.luminance()))
        return (high + 0.05) / (low + 0.05)

    def text(self) -> "Color":
        """White or black, whichever reads better on this colour: one of them always has 4.5 to 1."""
        return max(WHITE, BLACK, key=self.contrast)

    def lightened(self, lightness: float) -> "Color":
        """The same hue and saturation, from black at 0 to white at 1."""
        hue, _, saturation = rgb_to_hls(self.red / 255, self.green / 255, self.blue / 255)
        return Color(*(round(channel * 255) for channel in hls_to_rgb(hue, lightness, saturation)))

    def lightness(self) -> float:
        return (max(self.red, self.green, self.blue) + min(self.red, self.green, self.blue)) / 510

    def shaded(self, toward: "Color", share: float) -> "Color":
        return self.lightened(self.lightness() + (toward.lightness() - self.lightness()) * share)

    def readable_on(self, ground: "Color", contrast: float) -> "Color":
        """This colour if it stands out from the ground, else its nearest shade that does."""
        if self.contrast(ground) >= contrast:
            return self
        shades = (self.shaded(ground.text(), step / SHADE_STEPS) for step in range(1, SHADE_STEPS + 1))
        return next(shade for shade in shades if shade.contrast(ground) >= contrast)


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


WHITE, BLACK = Color(255, 255, 255), Color(0, 0, 0)
# The cards that pages.css draws in light and dark: the grounds the brand colour has to stand out from.
LIGHT_CARD, DARK_CARD = WHITE, Color.parse("#1b1e26")


@dataclass(frozen=True)
class Palette:
    """The brand colour as custom properties, readable on light and on dark."""

    brand: Color

    @classmethod
    def of(cls, color: str) -> Self:
        return cls(Color.parse(color))

    def css(self) -> str:
        # On white the brand's colour is what its owner chose, with an edge if it is pale; on dark it may need lifting.
        light = shades(self.brand, LIGHT_CARD, fill=self.brand)
        dark = shades(self.brand, DARK_CARD, fill=self.brand.readable_on(DARK_CARD, CONTROL_CONTRAST))
        return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def shades(brand: Color, card: Color, *, fill: Color) -> str:
    text = fill.text()
    named = {
        "card": card,
        "fill": fill,
        "fill-hover": fill.shaded(BLACK if text == WHITE else WHITE, HOVER_SHARE),
        "on-fill": text,
        "edge": fill.readable_on(card, CONTROL_CONTRAST),
        "accent": brand.readable_on(card, TEXT_CONTRAST),
    }
    return "".join(f"--{name}:{shade.hex()};" for name, shade in named.items())
