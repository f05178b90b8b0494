"""The sign as desktops ask for it: a StatusNotifierItem with a menu (com.canonical.dbusmenu).

Both as freedesktop.org and the desktops have it. Nothing here waits or remembers: an answer is made
of the question and of what the sign says just now.
"""

from collections.abc import Sequence
from typing import Any

from agent.indicator.icon import house
from agent.indicator.words import Sign

ITEM, MENU = "/StatusNotifierItem", "/Menu"
ITEM_INTERFACE, MENU_INTERFACE = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
CLICKS = ("Activate", "SecondaryActivate", "ContextMenu", "Scroll")
ROOT, TITLE, FIRST = 0, 1, 10  # the menu's numbers; FIRST is that of the first page
Values = dict[str, tuple[str, Any]]
Reply = tuple[str, tuple[Any, ...]]


def item(sign: Sign) -> Values:
    picture = house(sign.urgent)
    return {
        "Category": ("s", "SystemServices"),
        "Id": ("s", "homeward"),
        "Title": ("s", sign.title),
        # Never "Passive": a panel hides what is.
        "Status": ("s", "NeedsAttention" if sign.urgent else "Active"),
        "WindowId": ("i", 0),
        "IconName": ("s", ""),
        "IconPixmap": ("a(iiay)", picture),
        "AttentionIconName": ("s", ""),
        "AttentionIconPixmap": ("a(iiay)", picture),
        "ToolTip": ("(sa(iiay)ss)", ("", [], sign.title, sign.detail)),
        "ItemIsMenu": ("b", True),
        "Menu": ("o", MENU),
    }


def menu() -> Values:
    return {
        "Version": ("u", 3),
        "TextDirection": ("s", "ltr"),
        "Status": ("s", "normal"),
        "IconThemePath": ("as", []),
    }


def entries(sign: Sign, pages: Sequence[str]) -> dict[int, Values]:
    """Each line of the menu by its number."""
    title: Values = {"label": ("s", _label(sign.title)), "enabled": ("b", False)}
    lines: dict[int, Values] = {TITLE: title, TITLE + 1: {"type": ("s", "separator")}}
    return lines | {
        number: {"label": ("s", _label(page)), "enabled": ("b", True)}
        for number, page in enumerate(pages, FIRST)
    }


def menu_reply(
    method: str, body: tuple[Any, ...], lines: dict[int, Values], revision: int
) -> Reply | None:
    """What a question about the menu is answered with; None for one that is none."""
    root: Values = {"children-display": ("s", "submenu")}
    known = {ROOT: root, **lines}
    if method == "GetLayout" and body[0] in known:
        return "u(ia{sv}av)", (revision, _layout(body[0], known))
    if method == "GetGroupProperties":
        asked = body[0] or known
        return "a(ia{sv})", ([(number, known[number]) for number in asked if number in known],)
    if method == "GetProperty" and body[1] in known.get(body[0], {}):
        return "v", (known[body[0]][body[1]],)
    if method == "AboutToShow":
        return "b", (True,)
    if method == "AboutToShowGroup":
        return "aiai", (list(body[0]), [])
    if method == "EventGroup":
        return "ai", ([],)
    return ("", ()) if method == "Event" else None


def pressed(method: str, body: tuple[Any, ...], pages: Sequence[str]) -> str | None:
    """The page that was clicked."""
    events = [body] if method == "Event" else body[0] if method == "EventGroup" else []
    numbers = dict(enumerate(pages, FIRST))
    clicked = (numbers.get(event[0]) for event in events if event[1] == "clicked")
    return next(clicked, None)


def _layout(number: int, known: dict[int, Values]) -> tuple[int, Values, list[Any]]:
    below = [one for one in known if one != ROOT] if number == ROOT else []
    children: list[tuple[str, Any]] = [("(ia{sv}av)", (one, known[one], [])) for one in below]
    return number, known[number], children


def _label(text: str) -> str:
    """An underscore would mark a key."""
    return text.replace("_", "__")
