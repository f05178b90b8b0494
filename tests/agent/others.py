"""What it takes for other accounts of the laptop to come near a test's files."""

import os
from pathlib import Path
from tempfile import gettempdir

import pytest

NOBODY = 65534
_HERE = Path(__file__)
_IS_OPEN = all(one.stat().st_mode & 0o005 == 0o005 for one in _HERE.parents)
as_root = pytest.mark.skipif(
    bool(os.geteuid()) or not _IS_OPEN,
    reason="only root can become somebody else, who must be able to read this program",
)


def open_way_to(path: Path) -> None:
    """The folders of a test are its own; a laptop's are not."""
    for one in (path, *path.parents):
        if one != Path(gettempdir()) and one.is_relative_to(gettempdir()):
            one.chmod(one.stat().st_mode | 0o055)
