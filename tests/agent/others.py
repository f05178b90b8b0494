"""What it takes for other accounts of the laptop to come near a test's files."""

from pathlib import Path
from tempfile import gettempdir

import pytest

NOBODY = 65534
as_root = pytest.mark.skipif("os.geteuid()", reason="only root can become somebody else")


def open_way_to(path: Path) -> None:
    """The folders of a test are its own; a laptop's are not."""
    for one in (path, *path.parents):
        if one != Path(gettempdir()) and one.is_relative_to(gettempdir()):
            one.chmod(one.stat().st_mode | 0o055)
