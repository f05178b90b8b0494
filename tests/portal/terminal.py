"""The environment in which an operator of a test's portal types."""

import os

import pytest

from portal.settings import Settings

SQLITE_ALONE = pytest.mark.skipif(
    os.environ.get("HOMEWARD_TESTS_ON", "sqlite") != "sqlite",
    reason="what SQLite does to its file; run without HOMEWARD_TESTS_ON",
)


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "HOMEWARD_DATA_DIR": str(settings.data_dir),
        "HOMEWARD_DATABASE_URL": settings.database_url,
    }
