"""What was refused or does not fit, kept for whoever looks into it later. Bounded, oldest go first.

A thing is new only once: who sends the same forged orders every minute makes one event, not many.
"""

from pathlib import Path

from agent import durable

MOST = 64 * 1024 * 1024
MOST_FILES = 4096


class Aside:
    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder = folder
        self._most = most
        durable.make_folder(folder, 0o700)

    def holds(self, name: str) -> bool:
        return (self._folder / name).exists()

    def keep(self, name: str, data: bytes) -> bool:
        """True when nothing of this name was here yet."""
        if self.holds(name):
            return False
        durable.write(self._folder / name, data)
        self._stay_within()
        return True

    def take(self, path: Path) -> None:
        """Move a file here."""
        path.replace(self._folder / path.name)
        self._stay_within()

    def _stay_within(self) -> None:
        durable.remove_leftovers(self._folder)
        files = sorted((path.stat().st_mtime_ns, path) for path in self._folder.iterdir())
        used = sum(path.stat().st_size for _, path in files)
        for number, (_, path) in enumerate(files):
            if used <= self._most and len(files) - number <= MOST_FILES:
                break
            used -= path.stat().st_size
            path.unlink()
