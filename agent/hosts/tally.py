"""What became of a folder that was emptied, told in the same words on each system."""

import os
import stat
from dataclasses import asdict, dataclass
from typing import Any

LARGEST_OVERWRITTEN = 64 * 1024 * 1024


@dataclass(slots=True)
class Tally:
    """What became of one folder. `linked`: removed here, while another name elsewhere keeps it."""

    folder: str
    files: int = 0
    folders: int = 0
    bytes: int = 0
    overwritten: int = 0
    linked: int = 0
    kept: int = 0
    there: bool = True
    done: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def note(self, is_: os.stat_result, overwritten: bool) -> None:
        """One thing that is no folder has gone, or would go."""
        self.files += 1
        self.overwritten += overwritten
        if stat.S_ISREG(is_.st_mode):
            self.bytes += is_.st_size
            self.linked += is_.st_nlink > 1


def worth_overwriting(is_: os.stat_result) -> bool:
    """Not what another name elsewhere still means: that stays as it is."""
    return (
        stat.S_ISREG(is_.st_mode) and is_.st_nlink == 1 and 0 < is_.st_size <= LARGEST_OVERWRITTEN
    )
