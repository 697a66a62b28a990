"""Drawn people for pictures of the product: a still room, a head that moves a little, as Y4M films."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

Color = tuple[int, int, int]
WIDTH, HEIGHT, RATE, FRAMES = 640, 360, 20, 40


@dataclass(frozen=True)
class Portrait:
    name: str
    wall: Color
    window: Color
    clothes: Color
    skin: Color
    hair: Color
    long_hair: bool


PORTRAITS = (
    Portrait(
        "Amara Okafor", (233, 222, 206), (250, 246, 236), (46, 92, 138), (133, 88, 62), (38, 28, 26), True
    ),
    Portrait(
        "Jonas Weber", (205, 219, 224), (240, 247, 249), (74, 88, 78), (231, 190, 161), (122, 84, 52), False
    ),
    Portrait(
        "Mei Tanaka", (226, 214, 226), (249, 243, 249), (186, 84, 88), (240, 203, 172), (30, 26, 32), True
    ),
    Portrait(
        "Tomás Rivera", (214, 224, 208), (245, 249, 240), (58, 60, 84), (196, 143, 106), (52, 38, 32), False
    ),
)


@dataclass(frozen=True)
class Shape:
    """A filled ellipse, or a rectangle with the same extent. Lengths are in pixels of the full picture."""

    x: float
    y: float
    half_width: float
    half_height: float
    color: Color
    round: bool = True

    def span(self, row: float) -> tuple[float, float] | None:
        off = (row - self.y) / self.half_height
        if abs(off) >= 1:
            return None
        half = self.half_width * (math.sqrt(1 - off * off) if self.round else 1)
        return self.x - half, self.x + half


def write_film(path: Path, who: Portrait) -> None:
    """Two seconds that loop without a jump; Chromium plays them over and over as a camera."""
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420mpeg2\n".encode())
        for number in range(FRAMES):
            sway = math.sin(2 * math.pi * number / FRAMES)
            film.write(b"FRAME\n")
            film.writelines(_planes([*_room(who), *_person(who, 3 * sway, 1.5 * sway)], who.wall))


def _room(who: Portrait) -> list[Shape]:
    frame = _mixed(who.wall, (90, 80, 70), 0.25)
    shelf = _mixed(who.wall, (80, 60, 50), 0.45)
    books = [(170, 90, 70), (70, 110, 120), (200, 165, 90), (90, 90, 120), (140, 150, 110)]
    return [
        Shape(120, 120, 84, 92, frame, round=False),
        Shape(120, 120, 78, 86, who.window, round=False),
        Shape(120, 120, 3, 86, frame, round=False),
        Shape(540, 132, 78, 5, shelf, round=False),
        *(
            Shape(482 + 15 * at, 127 - 22 - 4 * (at % 3), 6, 22 + 4 * (at % 3), color, round=False)
            for at, color in enumerate(books)
        ),
        Shape(598, 108, 15, 19, _mixed(who.clothes, (255, 255, 255), 0.35)),
    ]


def _person(who: Portrait, x: float, y: float) -> list[Shape]:
    middle, shade = 320 + x, _mixed(who.skin, (60, 30, 20), 0.22)
    behind = [Shape(middle, 190 + y, 76, 112, who.hair)] if who.long_hair else []
    dark = (36, 28, 28)
    return [
        *behind,
        Shape(middle - x / 2, 392, 158, 128, who.clothes),
        Shape(middle, 262 + y, 27, 42, shade),
        Shape(middle, 148 + y, 66, 66, who.hair),
        Shape(middle, 178 + y, 56, 72, who.skin),
        Shape(middle, 118 + y, 57, 30, who.hair),
        *(Shape(middle + side, 182 + y, 5, 6, dark) for side in (-22, 22)),
        *(Shape(middle + side, 166 + y, 12, 3, who.hair) for side in (-22, 22)),
        Shape(middle, 200 + y, 5, 9, shade),
        Shape(middle, 219 + y, 19, 8, _mixed(who.skin, (150, 40, 50), 0.6)),
        Shape(middle, 214 + y, 23, 9, who.skin),
    ]


def _planes(shapes: Sequence[Shape], wall: Color) -> Iterable[bytes]:
    yield _plane(shapes, wall, 0, 1)
    yield _plane(shapes, wall, 1, 2)
    yield _plane(shapes, wall, 2, 2)


def _plane(shapes: Sequence[Shape], wall: Color, channel: int, step: int) -> bytes:
    """One channel; the colours at every `step`th pixel and row (4:2:0)."""
    width, plane = WIDTH // step, bytearray()
    values = [_ycbcr(shape.color)[channel] for shape in shapes]
    for number in range(HEIGHT // step):
        row = (number + 0.5) * step
        light = _mixed(wall, (0, 0, 0), 0.16 * row / HEIGHT)
        line = bytearray([round(_ycbcr(light)[channel])]) * width
        for shape, value in zip(shapes, values, strict=True):
            if (span := shape.span(row)) is not None:
                _paint(line, span[0] / step, span[1] / step, value)
        plane += line
    return bytes(plane)


def _paint(line: bytearray, start: float, end: float, value: float) -> None:
    """Whole pixels in full, those at the two ends by how much of them is covered."""
    start, end = max(start, 0.0), min(end, float(len(line)))
    first, last = math.ceil(start), math.floor(end)
    if end <= start:
        return
    if first > last:
        _blend(line, last, end - start, value)
        return
    line[first:last] = bytes([round(value)]) * (last - first)
    _blend(line, first - 1, first - start, value)
    _blend(line, last, end - last, value)


def _blend(line: bytearray, at: int, share: float, value: float) -> None:
    if 0 <= at < len(line) and share > 0:
        line[at] = round(line[at] * (1 - share) + value * share)


def _mixed(one: Color, other: Color, share: float) -> Color:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _ycbcr(color: Color) -> tuple[float, float, float]:
    """BT.601 in limited range: so Chromium takes it, whatever the header says."""
    red, green, blue = color
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return 16 + y * 219 / 255, 128 + 0.496 * (blue - y), 128 + 0.627 * (red - y)
