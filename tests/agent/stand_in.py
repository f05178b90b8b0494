"""Programs of the laptop's own system, made to order: outside parts, as the agent sees them."""

from pathlib import Path


def stand_in(folder: Path, name: str, script: str) -> Path:
    """A program that notes each word it was given, then does as the script says."""
    heard = folder / f"{name}.heard"
    path = folder / name
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {heard}\n{script}\n')
    path.chmod(0o755)
    return heard
