"""The page and the owner's client come to the same verdict, whatever a portal hands over."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from owner import directory as directories
from owner.findings import LOSSES, Code
from owner.verification import Evidence, Handed, Result, Trust, verify
from portal import problem_page
from shared import crypto, envelope, receipt
from shared.encoding import b64, from_json, to_json, unb64
from shared.envelope import Place
from shared.will import Keep, Standing
from tests.browser.windows import watched
from tests.cast import DAY, NOW, Laptop
from tests.owner.story import Story, flip, row, without_body

# What the page advises differs from what the terminal advises.
OWN_WORDS = {Code.CANNOT_OPEN, Code.UNKNOWN_PORTAL_KEY}
TEMPLATES = Path(problem_page.__file__).parent / "templates"
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
LATER = NOW + 100 * DAY
Tamper = Callable[[Story], tuple[Handed, Trust]]


@pytest.fixture(scope="module")
def verdict(browser: Browser, pages: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(f"{pages}/verification.html")
        page.locator("html[data-ready]").wait_for(state="attached")
        yield page


def ask(page: Page, handed: Handed, trust: Trust, now: int) -> dict[str, Any]:
    head = handed.head
    question = {
        "handed": {
            "orders": handed.orders, "records": handed.records, "forks": handed.forks,
            "offer": handed.offer,
            "head": head and {"seq": head.seq, "chain": b64(head.chain_hash)},
        },
        "directory": directories.to_json(trust.directory),
        "device": trust.pins.device_id.hex(),
        "keys": [key.pkcs8[-32:].hex() for key in trust.keys.values()],
        "now": now,
    }  # fmt: skip
    answer: dict[str, Any] = page.evaluate("question => verification.check(question)", question)
    return answer


def expected(result: Result, trust: Trust) -> dict[str, Any]:
    high = result.high
    moved = trust.directory.with_device(result.moves(trust.pins))
    return {
        "findings": [finding.to_json() for finding in result.findings],
        "evidence": [told(one) for one in result.evidence],
        "forks": [told(one) for one in result.forks],
        "verified": result.verified,
        "letGo": sorted(result.let_go),
        "high": high and {"seq": high.seq, "chain": b64(high.chain_hash)},
        "directory": from_json(to_json(directories.to_json(moved))),
    }


def told(one: Evidence) -> dict[str, Any]:
    return {
        "seq": one.seq, "moment": one.moment, "opened": one.record is not None,
        "receipt": one.receipt.seq if one.receipt else None,
        "ip": one.sighting.ip if one.sighting else None,
    }  # fmt: skip


def in_one_voice(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "code": one["code"],
            "seq": one["seq"],
            "sentence": None if one["code"] in OWN_WORDS else one["sentence"].replace(CURLY, "'"),
        }
        for one in findings
    ]


def with_pins(story: Story, **pins: Any) -> tuple[Handed, Trust]:
    return story.handed(), story.trust(**pins)


def honest(story: Story) -> tuple[Handed, Trust]:
    return with_pins(story)


def stolen_and_recovered(story: Story) -> tuple[Handed, Trust]:
    lagging = {"orders_serial": 1, "orders_hash": story.given[0].hash}
    story.mark_stolen()
    story.check_in(story.report(), story.report_with_picture())
    return with_pins(story, **lagging)


def dropped(story: Story) -> tuple[Handed, Trust]:
    del story.rows[2]
    return with_pins(story)


def reordered(story: Story) -> tuple[Handed, Trust]:
    story.rows[1], story.rows[3] = story.rows[3], story.rows[1]
    return with_pins(story)


def replayed(story: Story) -> tuple[Handed, Trust]:
    story.rows.append(story.rows[1])
    return with_pins(story)


def grafted(story: Story) -> tuple[Handed, Trust]:
    story.rows[2] = Story().tell(3).rows[2]
    return with_pins(story)


def forged(story: Story) -> tuple[Handed, Trust]:
    place = Place(story.laptop.id, 1, 5, story.laptop.prev)
    mallory = Laptop().signing
    made = envelope.make(place, story.plaintext(), (), story.vault.public, mallory)
    story.rows.append(row(made, story.received))
    return with_pins(story)


def flipped_skeleton(story: Story) -> tuple[Handed, Trust]:
    story.rows[2] = flip(story.rows[2], "envelope", 80)
    return with_pins(story)


def flipped_magic(story: Story) -> tuple[Handed, Trust]:
    story.rows[2] = flip(story.rows[2], "envelope", 0)
    return with_pins(story)


def flipped_body(story: Story) -> tuple[Handed, Trust]:
    story.rows[2] = flip(story.rows[2], "envelope", -1)
    return with_pins(story)


def flipped_receipt(story: Story) -> tuple[Handed, Trust]:
    story.rows[4] = flip(story.rows[4], "receipt", -1)
    return with_pins(story)


def flipped_sighting(story: Story) -> tuple[Handed, Trust]:
    story.rows[4] = flip(story.rows[4], "sighting", -1)
    return with_pins(story)


def erased(story: Story) -> tuple[Handed, Trust]:
    story.rows[2] = without_body(story.rows[2]) | {"sighting": None}
    return with_pins(story)


def let_go(story: Story) -> tuple[Handed, Trust]:
    """Ninety days later what is gone is gone by choice, but for what belongs to a theft."""
    story.order(keep=Keep(days=7, before=NOW - 1), t=NOW)
    story.mark_stolen()
    story.tell(2)
    story.order(standing=Standing.HOME, theft=None, t=NOW + DAY, keep=Keep(theft_days=730))
    story.received = LATER
    for place in (1, 5):
        story.rows[place] = without_body(story.rows[place]) | {"sighting": None}
    return with_pins(story)


def truncated(story: Story) -> tuple[Handed, Trust]:
    mark = story.mark_at(4)
    del story.rows[3:]
    return with_pins(story, high=mark)


def rolled_back(story: Story) -> tuple[Handed, Trust]:
    mark = replace(story.mark_at(2), chain_hash=bytes(32))
    return with_pins(story, high=mark)


def new_segment(story: Story) -> tuple[Handed, Trust]:
    story.check_in(story.new_segment(1_000_000))
    return with_pins(story)


def segment_from_nowhere(story: Story) -> tuple[Handed, Trust]:
    held = Laptop(story.laptop.signing, story.laptop.opening, held=story.laptop.held)
    place = Place(held.id, 1, 1_000_000, bytes(32), envelope.Kind.SEGMENT_START)
    made = envelope.make(place, story.plaintext(), (), story.vault.public, held.signing)
    story.check_in(made)
    return with_pins(story)


def fork_kept(story: Story) -> tuple[Handed, Trust]:
    other = Laptop(story.laptop.signing, story.laptop.opening, held=story.laptop.held)
    other.seq, other.prev = 2, envelope.parse(unb64(story.rows[1]["envelope"])).chain_hash
    story.forks.append(row(other.seal(story.plaintext("other")), story.received))
    return with_pins(story)


def orders_hidden(story: Story) -> tuple[Handed, Trust]:
    story.mark_stolen()
    story.tell(1)
    return story.handed(orders=[b64(story.given[0].raw)]), story.trust()


def orders_exchanged(story: Story) -> tuple[Handed, Trust]:
    return with_pins(story, orders_hash=bytes(32))


def orders_of_mallory(story: Story) -> tuple[Handed, Trust]:
    mallory = Story(laptop=story.laptop)
    return story.handed(orders=[b64(mallory.given[0].raw)]), story.trust()


def orders_that_skip(story: Story) -> tuple[Handed, Trust]:
    story.given[0] = replace(story.given[0], serial=4)
    story.mark_stolen()
    return with_pins(story)


def another_offer(story: Story) -> tuple[Handed, Trust]:
    return story.handed(offer=b64(Laptop().offer.raw)), story.trust()


def nonsense(story: Story) -> tuple[Handed, Trust]:
    records = [None, 1, "x", {}, {"envelope": 3}, {"envelope": "!"}, *story.rows]
    return story.handed(records=records, offer=7, forks=[[]]), story.trust()


def no_key(story: Story) -> tuple[Handed, Trust]:
    return story.handed(), replace(story.trust(), keys={})


def unknown_portal_key(story: Story) -> tuple[Handed, Trust]:
    story.portal = crypto.SigningKey.generate()
    story.tell(1)
    story.portal = crypto.SigningKey.generate()
    return with_pins(story)


def receipt_for_something_else(story: Story) -> tuple[Handed, Trust]:
    story.quoted = receipt.make(story.laptop.id, 2, bytes(32), 1, bytes(32), story.portal)
    story.check_in(story.report())
    return with_pins(story)


def no_receipts(story: Story) -> tuple[Handed, Trust]:
    for stored in story.rows[3:]:
        stored |= {"receipt": None, "sighting": None}
    return with_pins(story)


def nothing_yet(story: Story) -> tuple[Handed, Trust]:
    return with_pins(Story())


TAMPERED: tuple[Tamper, ...] = (
    honest, stolen_and_recovered, dropped, reordered, replayed, grafted, forged, flipped_skeleton,
    flipped_magic, flipped_body, flipped_receipt, flipped_sighting, erased, let_go, truncated,
    rolled_back, new_segment, segment_from_nowhere, fork_kept, orders_hidden, orders_exchanged,
    orders_of_mallory, orders_that_skip, another_offer,
    nonsense, no_key, unknown_portal_key, receipt_for_something_else, no_receipts, nothing_yet,
)  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_both_come_to_the_same_verdict(verdict: Page, tamper: Tamper) -> None:
    handed, trust = tamper(Story().tell(5))
    for now in (NOW, LATER):
        wanted = expected(verify(handed, trust, now), trust)
        answer = ask(verdict, handed, trust, now)
        assert in_one_voice(answer.pop("findings")) == in_one_voice(wanted.pop("findings"))
        assert answer == wanted


def test_both_name_the_same_findings(verdict: Page) -> None:
    assert set(verdict.evaluate("() => verification.codes")) == set(Code)
    assert set(verdict.evaluate("() => verification.losses")) == LOSSES


def test_pages_have_a_translation_of_every_finding(verdict: Page) -> None:
    listed = (TEMPLATES / "evidence" / "sentences.html").read_text("utf-8")
    for sentence in verdict.evaluate("() => verification.sentences"):
        assert f'  "{sentence}",\n' in listed
