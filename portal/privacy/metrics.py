"""The closed list of what may be counted: metrics.toml."""

import tomllib
from enum import StrEnum
from pathlib import Path

_FILE = Path(__file__).with_name("metrics.toml")
SENTENCES: dict[str, str] = tomllib.loads(_FILE.read_text("utf-8"))


class Metric(StrEnum):
    """One that is not in the list does not exist."""

    VISITORS = "visitors"
    VIEWS = "views"
    USES = "uses"
    LAPTOPS = "laptops"
