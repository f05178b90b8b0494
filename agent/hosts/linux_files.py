"""Small files of the kernel and of the distribution, read without surprise (Linux)."""

from pathlib import Path


def lines(file: Path) -> list[str]:
    """A small file's lines; none where the kernel or the distribution has no such file."""
    try:
        return file.read_text(errors="replace").splitlines()
    except OSError:
        return []


def number(file: Path) -> int | None:
    """The number that is all of a file; None where there is none."""
    said = lines(file)
    try:
        return int(said[0]) if said else None
    except ValueError:
        return None
