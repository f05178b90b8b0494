"""`./dev bench [--json] [--only NAME,…]`: ratios, because only they travel between machines."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

from rich.console import Console
from rich.progress import track
from rich.table import Column, Table

from bench import agent, portal, year
from bench.lines import Line

BENCHES: dict[str, Callable[[], Line]] = {
    "seal_us": portal.seal_us,
    "ingest_check_us": portal.ingest_check_us,
    "checkin_sqlite_vs_flask": portal.checkin_sqlite_vs_flask,
    "report_bytes_wire": portal.report_bytes_wire,
    "report_bytes_rest": portal.report_bytes_rest,
    "agent_idle_rss_mib": agent.agent_idle_rss_mib,
    "agent_cpu_s_per_hour_home": agent.agent_cpu_s_per_hour_home,
    "agent_cpu_s_per_hour_stolen": agent.agent_cpu_s_per_hour_stolen,
    "agent_wakeups_per_hour": agent.agent_wakeups_per_hour,
    "mark_to_evidence_s": agent.mark_to_evidence_s,
    "year_open_vs_bare": year.year_open_vs_bare,
    "year_first_picture_s": year.year_first_picture_s,
}


def main() -> int:
    options = _options()
    lines = _measure(options.only or list(BENCHES))
    if options.json:
        for line in lines:
            said = {name: value for name, value in asdict(line).items() if value != {}}
            print(json.dumps(said | {"ratio": line.ratio}), flush=True)
        return 0
    Console().print(_table(list(lines)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--only", type=_names, metavar="NAME,…", help=", ".join(BENCHES))
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in BENCHES]:
        raise argparse.ArgumentTypeError(
            f"there is no {', '.join(unknown)}; there are {', '.join(BENCHES)}"
        )
    return names


def _measure(names: list[str]) -> Iterator[Line]:
    console = Console(stderr=True)
    for name in track(names, "Measuring", console=console, transient=True):
        yield BENCHES[name]()


def _table(lines: list[Line]) -> Table:
    table = Table(
        Column("name", no_wrap=True), "value", "unit", "yardstick", "yardstick's value", "ratio"
    )
    for line in lines:
        numbers = (f"{n:,.4g}" for n in (line.yardstick_value, line.ratio))
        table.add_row(line.name, f"{line.value:,.4g}", line.unit, line.yardstick, *numbers)
        for step, value in line.steps.items():
            table.add_row("", f"{value:,.4g}", line.unit, step)
    return table


if __name__ == "__main__":
    sys.exit(main())
