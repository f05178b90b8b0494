"""Progress bars, on the error stream so that nothing mixes with what was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from owner import evidence


@contextmanager
def bar(console: Console, title: str) -> Iterator[evidence.Progress]:
    """What it yields is told how much more has come, and of how much (None: not known)."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f}"))
    shown = Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal,
        transient=True,
    )  # fmt: skip
    with shown:
        task = shown.add_task(title, total=None)

        def advance(more: int, of: int | None) -> None:
            shown.update(task, advance=more, total=of)

        yield advance
