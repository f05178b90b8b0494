"""A full-screen window above all others, with one button. A program of its own: it runs as the
person at the laptop, in whichever Python there has Tk, and so imports nothing of ours.

Reads {"title", "lines", "button"} as JSON from stdin, and says "shown" on stdout. Ends with 0 when
the button was pressed.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

UNREAD_MS = 1500
SMALLEST = 6  # points
CLOSED, NO_TK, NO_SCREEN = 1, 4, 5  # exit codes
Acknowledge = Callable[..., None]
INK, PAPER, BLUE = "#1a2230", "#f6f7f9", "#1f4fa3"

try:
    import tkinter
    import tkinter.font
except ImportError:
    sys.exit(NO_TK)


def main() -> int:
    said = json.loads(sys.stdin.read())
    try:
        root = tkinter.Tk(className="Homeward")
    except tkinter.TclError:
        return NO_SCREEN
    answer = [CLOSED]

    def acknowledge(_event: object = None) -> None:
        answer[0] = 0
        root.destroy()

    button = _fill(root, said, acknowledge)
    _cover_screen(root)
    button.after(UNREAD_MS, _open_for_answers, button, acknowledge)
    _end_with_parent(root, os.getppid())
    print("shown", flush=True)
    root.mainloop()
    return answer[0]


def _fill(
    root: "tkinter.Tk", said: dict[str, Any], acknowledge: Callable[..., None]
) -> "tkinter.Button":
    width, height = root.winfo_screenwidth(), root.winfo_screenheight()
    size = max(12, height // 55)
    root.title(said["title"])
    root.configure(background=PAPER)
    page = tkinter.Frame(root, background=PAPER)
    page.place(relx=0.5, rely=0.5, anchor="center")
    large = tkinter.font.Font(root, family="sans-serif", size=size * 2, weight="bold")
    usual = tkinter.font.Font(root, family="sans-serif", size=size)
    for text, font in [(said["title"], large), *((line, usual) for line in said["lines"])]:
        tkinter.Label(
            page, text=text, font=font, wraplength=int(width * 0.7),
            justify="left", anchor="w", foreground=INK, background=PAPER,
        ).pack(fill="x", pady=size // 2)  # fmt: skip
    button = tkinter.Button(
        page, text=said["button"], command=acknowledge, font=("sans-serif", size, "bold"),
        foreground="white", background=BLUE, activeforeground="white", activebackground=INK,
        padx=size, pady=size // 2, relief="flat", state="disabled",
    )  # fmt: skip
    button.pack(anchor="w", pady=size)
    _fit(page, height, large, usual)
    return button


def _fit(page: "tkinter.Frame", height: int, *fonts: "tkinter.font.Font") -> None:
    """A long text gets smaller letters, rather than a button below the edge of the screen."""
    page.update_idletasks()
    while page.winfo_reqheight() > height and min(font["size"] for font in fonts) > SMALLEST:
        for font in fonts:
            font["size"] -= 1
        page.update_idletasks()


def _open_for_answers(button: "tkinter.Button", acknowledge: Acknowledge) -> None:
    """Not at once: whoever is typing when the window comes up has not read it."""
    button.configure(state="normal")
    button.bind("<Return>", acknowledge)
    button.focus_force()


def _cover_screen(root: "tkinter.Tk") -> None:
    """Its size first, for a screen without a window manager, then the wish to cover it."""
    root.geometry(f"{root.winfo_screenwidth()}x{root.winfo_screenheight()}+0+0")
    root.attributes("-fullscreen", True)
    root.attributes("-topmost", True)
    root.wait_visibility()
    root.lift()
    root.focus_force()
    root.update()


def _end_with_parent(root: "tkinter.Tk", parent: int) -> None:
    """Nobody would hear the answer any more, or close the window."""
    if os.getppid() != parent:
        root.destroy()
        return
    root.after(1000, _end_with_parent, root, parent)


if __name__ == "__main__":
    sys.exit(main())
