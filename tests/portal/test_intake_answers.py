"""What a check-in brings back: orders, commands, the wake ticket; when a laptop counts as heard."""

from typing import Any

from shared import checkin
from shared.checkin import Claim
from shared.encoding import b64
from tests.cast import NOW, Clock, Laptop
from tests.portal.asking import hear, refusal


def test_newer_orders_come_until_the_laptop_says_it_has_them(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    order = alice.owner.stolen(laptop, clock.now)
    path = f"/devices/{laptop.id.hex()}"
    assert alice.post(f"{path}/theft", {"orders": b64(order.raw)}).status_code == 201
    assert hear(alice, laptop).orders == (order.raw,)
    assert hear(alice, laptop).orders == (order.raw,)
    assert alice.get(path).json["known_serial"] == 1
    laptop.learn(order)
    assert hear(alice, laptop).orders == ()
    known = alice.get(path).json
    assert (known["known_serial"], known["known_at"]) == (2, clock.now)


def test_a_command_comes_until_the_laptop_has_dealt_with_it(alice: Any, laptop: Laptop) -> None:
    command = alice.owner.command(laptop)
    path = f"/devices/{laptop.id.hex()}/commands"
    assert alice.post(path, {"command": b64(command.raw)}).status_code == 201
    assert hear(alice, laptop).commands == (command.raw,)
    laptop.last_command = command.id
    assert hear(alice, laptop).commands == ()
    laptop.last_command = checkin.NO_COMMAND
    assert hear(alice, laptop).commands == ()


def test_a_laptop_cannot_claim_orders_that_do_not_exist(alice: Any, laptop: Laptop) -> None:
    claim = Claim(laptop.id, NOW, 9_999, checkin.NO_COMMAND)
    header = {"Authorization": checkin.authorize(claim, b"", laptop.signing)}
    assert alice.http.post("/api/v1/check-in", headers=header).status_code == 200
    assert alice.get(f"/devices/{laptop.id.hex()}").json["known_serial"] == 1


def test_an_old_check_in_said_again_does_not_make_the_laptop_seem_alive(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    path = f"/devices/{laptop.id.hex()}"
    body = laptop.seal().wire
    hear(alice, laptop, body)
    heard = clock.now
    clock.pass_(minutes=6)
    hear(alice, laptop, body)
    hear(alice, laptop)
    assert alice.get(path).json["last_heard"] == heard
    hear(alice, laptop, b"", clock.now)
    assert alice.get(path).json["last_heard"] == clock.now


def test_a_report_counts_even_when_the_laptops_clock_is_wrong(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    hear(alice, laptop, laptop.seal().wire, ms=1000)
    assert alice.get(f"/devices/{laptop.id.hex()}").json["last_heard"] == clock.now


def test_the_wake_route_says_whether_there_is_more_than_the_laptop_was_told(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    def word(ticket: str | None) -> Any:
        return alice.get(f"/wake?ticket={ticket}")

    ticket = hear(alice, laptop).wake
    assert word(ticket).json == {"wake": False}
    order = alice.owner.stolen(laptop, clock.now)
    alice.post(f"/devices/{laptop.id.hex()}/theft", {"orders": b64(order.raw)})
    assert word(ticket).json == {"wake": True}
    # Told now: a laptop that does not take them must not be woken for them for ever.
    told = hear(alice, laptop).wake
    assert word(told).json == {"wake": False}
    command = alice.owner.command(laptop)
    alice.post(f"/devices/{laptop.id.hex()}/commands", {"command": b64(command.raw)})
    assert word(told).json == {"wake": True}
    assert word(hear(alice, laptop).wake).json == {"wake": False}


def test_a_ticket_is_good_for_a_day_and_cannot_be_made_up(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    ticket = hear(alice, laptop).wake
    assert ticket is not None
    swapped = ticket[:30] + ("A" if ticket[30] != "A" else "B") + ticket[31:]
    for forged in ("", "AAAA", "é", ticket[:-4], "B" + ticket[1:], swapped):
        assert refusal(alice.get(f"/wake?ticket={forged}")) == (401, "bad-ticket")
    clock.pass_(hours=23)
    assert alice.get(f"/wake?ticket={ticket}").status_code == 200
    clock.pass_(hours=2)
    assert refusal(alice.get(f"/wake?ticket={ticket}")) == (401, "bad-ticket")
