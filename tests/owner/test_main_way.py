"""Register, pair, stolen, evidence, recovered: typed into the real client, on a real portal."""

import json
from dataclasses import replace
from pathlib import Path

from portal import create_app
from portal.context import services_of
from tests.owner.conftest import Registered, Run, Served, serving
from tests.owner.http_laptop import JPEG, HttpLaptop


def test_the_recovery_code_is_eight_groups_of_four(registered: Registered) -> None:
    assert [len(group) for group in registered.recovery_code.split("-")] == [4] * 8


def test_a_paired_laptop_is_at_home_and_does_not_know_of_anything_else(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.report()
    listed = {one["name"]: one for one in run("devices", "--json").said["devices"]}
    assert listed[name]["standing"] == "home"
    assert listed[name]["known"] is True
    assert listed[name]["findings"] == []


def test_from_stolen_to_evidence_to_recovered(
    run: Run, laptop: HttpLaptop, name: str, tmp_path: Path
) -> None:
    laptop.report()
    marked = run("stolen", name, "--json")
    assert marked.code == 0
    assert marked.said["changed"] is True
    laptop.live()
    shown = run("evidence", name, "--open", str(tmp_path / "out"), "--json")
    assert shown.code == 0, shown.out
    assert shown.said["verified"] is True
    assert [one["record"]["why"] for one in shown.said["reports"]] == ["hourly", "stolen"]
    assert shown.said["reports"][1]["sighting"]["ip"] == "127.0.0.1"
    assert (tmp_path / "out" / "000001-front-camera.jpg").read_bytes() == JPEG
    assert run("recovered", name, "--json").code == 0
    laptop.live()
    assert laptop.standing.value == "home"


def test_the_devices_say_when_the_laptop_knows(run: Run, laptop: HttpLaptop, name: str) -> None:
    laptop.report()
    run("stolen", name)
    assert "does not know yet" in run("devices").out
    laptop.live()
    laptop.check_in()
    listed = {one["name"]: one for one in run("devices", "--json").said["devices"]}
    assert listed[name]["known"] is True
    assert listed[name]["known_at"]


def test_a_second_press_changes_nothing(run: Run, laptop: HttpLaptop, name: str) -> None:
    first = run("stolen", name, "--json").said
    second = run("stolen", name, "--json")
    assert second.code == 0
    assert second.said == {"name": name, "until": first["until"], "changed": False}


def test_renewing_moves_the_end(run: Run, laptop: HttpLaptop, name: str) -> None:
    first = run("stolen", name, "--until-days", "2", "--json").said
    renewed = run("stolen", name, "--until-days", "30", "--renew", "--json").said
    assert renewed["until"] > first["until"]
    assert renewed["changed"] is True


def test_no_camera_stands_in_the_orders(run: Run, laptop: HttpLaptop, name: str) -> None:
    run("stolen", name, "--no-camera", "--note", "left in the train")
    laptop.check_in()
    assert laptop.core.held is not None
    theft = laptop.core.held.will.theft
    assert theft is not None
    assert not theft.camera
    assert theft.note == "left in the train"


def test_only_to_what_the_laptop_said_can_she_say_anew_that_it_is_stolen(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    run("stolen", name, "--tell-at-once")
    laptop.check_in()
    assert run("still-stolen", name, "--json").refusal == "bad-input"
    seen = laptop.tell("usual-user")
    told = run("still-stolen", name, "--json")
    assert (told.code, told.said) == (0, {"name": name, "seen": seen})
    laptop.check_in()
    assert laptop.core.held is not None
    theft = laptop.core.held.will.theft
    assert theft is not None
    assert (theft.confirmed, theft.notice_after_s) == (seen, 0)
    assert run("still-stolen", name, "--json").refusal == "bad-input"


def test_what_somebody_wrote_at_the_laptop_is_shown_as_text(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.tell("disputed", text="[red]Bought it\x1b[31m, 555-0199")
    shown = run("evidence", name).out
    assert "[red]Bought it" in " ".join(shown.split())
    assert "\x1b[31m, 555" not in shown


def test_a_laptop_at_home_cannot_be_recovered(run: Run, laptop: HttpLaptop, name: str) -> None:
    assert run("recovered", name, "--json").refusal == "not-stolen"


def test_report_now_reaches_the_laptop_with_rising_counters(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    assert run("command", name, "report-now", "--json").code == 0
    assert run("command", name, "report-now", "--json").code == 0
    laptop.live()
    shown = run("evidence", name, "--json").said
    assert [one["record"]["why"] for one in shown["reports"]] == ["report-now"]


def test_evidence_as_a_table_names_place_source_and_accuracy(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.report()
    shown = run("evidence", name)
    assert shown.code == 0
    assert "52.52000" in shown.out
    assert "±25" in shown.out
    assert "wifi" in shown.out


def test_a_column_that_says_nothing_of_any_report_is_left_out(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.report()
    told = run("evidence", name).out.splitlines()[0].split()
    assert told[:3] == ["No.", "Time", "Why"]
    assert "Place" in told
    assert "Hops" not in told
    assert run("evidence", name, "--since", "2120-01-01").out.split()[:4] == [*told[:3], "Checked:"]


def test_since_shows_only_what_came_later(run: Run, laptop: HttpLaptop, name: str) -> None:
    laptop.report()
    assert run("evidence", name, "--since", "2020-01-01", "--json").said["reports"]
    assert not run("evidence", name, "--since", "2120-01-01", "--json").said["reports"]


def test_another_computer_of_hers_continues_where_this_one_stopped(
    run: Run, laptop: HttpLaptop, name: str, home: Path
) -> None:
    laptop.report()
    run("stolen", name)
    (home / "session.json").unlink()
    (home / "seen.json").unlink()
    assert run("login", "alice@example.org", "--json").code == 0
    assert run("recovered", name, "--json").code == 0
    assert run("evidence", name, "--json").said["verified"] is True


def test_opening_twice_into_one_folder_is_fine_and_adds_what_is_new(
    run: Run, laptop: HttpLaptop, name: str, tmp_path: Path
) -> None:
    laptop.report()
    assert run("evidence", name, "--open", str(tmp_path / "out")).code == 0
    laptop.report()
    assert run("evidence", name, "--open", str(tmp_path / "out")).code == 0
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    assert {"report-000000.json", "report-000001.json"} <= set(index["files"])


def test_a_picture_that_has_not_come_yet_is_named(
    run: Run, laptop: HttpLaptop, name: str, tmp_path: Path
) -> None:
    laptop.late_pictures = True
    run("stolen", name)
    laptop.live()
    shown = run("evidence", name, "--open", str(tmp_path / "out"), "--json")
    assert [finding["code"] for finding in shown.said["findings"]] == ["missing-media"]
    assert shown.said["verified"] is True


def test_no_session_file_holds_a_key_that_signs(
    run: Run, laptop: HttpLaptop, name: str, home: Path
) -> None:
    """In PKCS#8 an X25519 key says 2b 65 6e, which is K2Vu here, and an Ed25519 key K2Vw."""
    run("stolen", name)
    held = json.loads((home / "session.json").read_text())
    assert held["keys"]
    assert all("K2Vu" in key and "K2Vw" not in key for key in held["keys"])
    assert (home / "session.json").stat().st_mode & 0o777 == 0o600


def test_a_portal_on_another_address_gets_no_cookie(run: Run, portal: Served) -> None:
    elsewhere = portal.url.replace("127.0.0.1", "127.0.0.2")
    assert run("devices", "--portal", elsewhere, "--json").refusal == "not-signed-in"


def test_a_renewed_portal_key_is_named_until_the_owner_trusts_it(
    run: Run, laptop: HttpLaptop, name: str, portal: Served, home: Path
) -> None:
    app = create_app(replace(portal.settings, receipt_seed=bytes(range(32))))
    with serving(app) as laptop.portal:
        laptop.report()
        assert "unknown-portal-key" in run("evidence", name).out
        ran = run("evidence", name, "--trust-new-portal-keys", "--json")
    services_of(app).engine.dispose()
    assert ran.code == 0
    assert ran.said["findings"] == []
