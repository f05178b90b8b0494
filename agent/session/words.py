"""What windows say to the person at the laptop, and how an owner's text becomes harmless."""

import unicodedata

from agent.session.window import Window

ABOUT = (
    "Homeward shows this: a program that the owner of this laptop put on it, to find it again. It "
    "does not see what you type and does not listen. What it looked at and did: homeward-agent log"
)
_BREAKS = {"\u2028": "\n", "\u2029": "\n", "\r\n": "\n", "\r": "\n"}


def message(text: str) -> Window:
    lines = tuple(line for line in plain(text).split("\n") if line.strip())
    return Window("A message from the owner of this laptop", (*lines, ABOUT), "I have read this")


def alarm(seconds: int) -> Window:
    return Window(
        "This laptop sounds an alarm",
        (
            f"Its owner asked for it. It ends after {seconds} seconds, or when you press the "
            "button. In a terminal: homeward-agent quiet",
            ABOUT,
        ),
        "I have heard it",
    )


def plain(text: str) -> str:
    """Letters and line breaks only: nothing that turns the writing around, hides or commands."""
    for odd, usual in _BREAKS.items():
        text = text.replace(odd, usual)
    return "".join(one for one in text if one == "\n" or _is_harmless(one))


def _is_harmless(character: str) -> bool:
    """Neither a control nor a format character (Cc, Cf: bidi, zero width), nor one of no use."""
    return unicodedata.category(character)[0] != "C"
