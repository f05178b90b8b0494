"""A small house, as the panel wants pictures: 32-bit ARGB, the highest byte first."""

Pixmap = tuple[int, int, bytes]

HOUSE = (
    "................",
    ".......##.......",
    "......####......",
    ".....######.....",
    "....########....",
    "...##########...",
    "..############..",
    ".##############.",
    "...##########...",
    "...##########...",
    "...####..####...",
    "...####..####...",
    "...####..####...",
    "...####..####...",
    "................",
    "................",
)
SCALE = 2  # 32 by 32; panels draw it smaller as they need
BLUE, RED, NOTHING = b"\xff\x4a\x86\xe8", b"\xff\xd9\x30\x25", bytes(4)


def house(urgent: bool) -> list[Pixmap]:
    ink = RED if urgent else BLUE
    rows = [b"".join((ink if dot == "#" else NOTHING) * SCALE for dot in row) for row in HOUSE]
    return [(len(HOUSE[0]) * SCALE, len(HOUSE) * SCALE, b"".join(row * SCALE for row in rows))]
