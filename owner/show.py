"""Tables for people. Everything from elsewhere goes in as plain text, never as markup."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from owner import summary
from owner.summary import Line
from owner.verification import Evidence, Result


def evidence(screen: Console, result: Result) -> None:
    since = summary.marked_since(result)
    if since is None:
        _reports(screen, result, result.evidence)
    else:
        before = tuple(one for one in result.evidence if one.moment < since)
        screen.print("Before it was marked as stolen", style="bold")
        _reports(screen, result, before)
        screen.print(f"\nSince it was marked as stolen, {summary.clock(since)}", style="bold")
        _reports(screen, result, result.since(since).evidence)
    if result.let_go:
        screen.print(f"Of {len(result.let_go)} more the content is gone, as you asked.")
    findings = [finding.to_json() for finding in result.findings]
    sentences(screen, findings, verified=result.verified)


def _reports(screen: Console, result: Result, shown: tuple[Evidence, ...]) -> None:
    wrong = {finding.seq for finding in result.findings}
    there = [item for item in shown if item.seq not in result.let_go]
    rows = [_cells(summary.line(item), item.seq in wrong) for item in there]
    table = Table(box=None, header_style="bold", pad_edge=False)
    # A terminal is narrow: a column that says nothing of any report leaves its room to the others.
    told = [n for n, title in enumerate(_TITLES) if n < _ALWAYS or any(row[n] for row in rows)]
    for n in told:
        table.add_column(_TITLES[n], no_wrap=_TITLES[n] == "Time")
    for row in rows:
        table.add_row(*(Text(row[n]) for n in told))
    screen.print(table)


_TITLES = ("No.", "Time", "Why", "Place", "Hops", "Pictures", "Battery", "")
_ALWAYS = 3


def _cells(said: Line, wrong: bool) -> tuple[str, ...]:
    mark = "!" if wrong else ""
    return (
        str(said.seq), said.time, said.why, said.place, said.hops, said.pictures, said.battery,
        mark,
    )  # fmt: skip


def sentences(screen: Console, findings: list[dict[str, Any]], *, verified: bool) -> None:
    """Each finding and, last, what to make of them."""
    for said in findings:
        screen.print(Text(f"{said['sentence']} [{said['code']}]", style="yellow"))
    if verified:
        screen.print("Checked: signed by the laptop, in order, receipts hold.", style="green")
    else:
        screen.print("Not everything here can be believed; see above.", style="red")


def devices(screen: Console, listed: list[dict[str, Any]]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Laptop", "Standing", "Last heard", "The laptop", "Checked to"):
        table.add_column(title, no_wrap=title == "The laptop")
    for said in listed:
        checked = "" if said["checked_to"] is None else f"report {said['checked_to']}"
        cells = (
            said["name"], _standing(said), summary.clock(said["last_heard"]) or "never",
            _known(said), checked,
        )  # fmt: skip
        table.add_row(*(Text(str(cell)) for cell in cells))
    screen.print(table)
    for said in listed:
        for finding in said["findings"]:
            screen.print(Text(f"{said['name']}: {finding['sentence']}", style="red"))
        if said["drill"]:
            screen.print(_rehearsal(said["name"], said["drill"]))


def _rehearsal(name: str, drill: dict[str, Any]) -> Text:
    last = summary.clock(drill["last"])
    told = f"last on {last}" if last else "not yet"
    often = f"{name} rehearses a theft every {drill['every_days']} days: {told}."
    if not drill["lapsed"]:
        return Text(often)
    return Text(f"{often} That is overdue. Is it awake and online?", style="yellow")


def _standing(said: dict[str, Any]) -> str:
    if left := summary.clock(said["left"]):
        return f"let go on {left}"
    until = summary.clock(said["until"])
    return f"stolen, until {until}" if until else str(said["standing"])


def _known(said: dict[str, Any]) -> str:
    if said["left"] or said["standing"] not in ("home", "stolen"):
        return ""
    if not said["known"]:
        return "does not know yet"
    since = summary.clock(said["known_at"])
    return f"knows since {since[11:16]}" if since else "knows"
