"""What can be wrong with evidence, each with a stable code and a sentence; none is ever hidden."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    BAD_ORDERS = "bad-orders"
    ORDERS_ROLLED_BACK = "orders-rolled-back"
    ORDERS_REPLACED = "orders-replaced"
    ORDERS_WITHHELD = "orders-withheld"
    DEVICE_KEY_CHANGED = "device-key-changed"
    STRANGE_LAPTOP = "strange-laptop"
    MALFORMED = "malformed"
    GRAFTED = "grafted"
    BAD_SIGNATURE = "bad-signature"
    REPLAYED = "replayed"
    REORDERED = "reordered"
    GAP = "gap"
    FORK = "fork"
    SEGMENT_START = "segment-start"
    ROLLBACK = "rollback"
    TRUNCATED = "truncated"
    ERASED_BODY = "erased-body"
    BODY_MISMATCH = "body-mismatch"
    CANNOT_OPEN = "cannot-open"
    COMMIT_MISMATCH = "commit-mismatch"
    BAD_RECEIPT = "bad-receipt"
    NO_RECEIPT = "no-receipt"
    UNKNOWN_PORTAL_KEY = "unknown-portal-key"
    RECEIPT_CONTRADICTION = "receipt-contradiction"
    MISSING_SIGHTING = "missing-sighting"
    SIGHTING_MISMATCH = "sighting-mismatch"
    MISSING_MEDIA = "missing-media"
    MEDIA_MISMATCH = "media-mismatch"


# Losses that can be honest: the retention the owner chose, a laptop that lost its memory, a
# picture still on its way. They are shown, and what is there is still genuine and in order.
LOSSES = frozenset({
    Code.SEGMENT_START, Code.ERASED_BODY, Code.MISSING_SIGHTING, Code.MISSING_MEDIA,
})  # fmt: skip

# Of a report that is gone because its owner's orders say so, these are no findings.
BY_CHOICE = frozenset({Code.ERASED_BODY, Code.MISSING_SIGHTING})

_SAID = {
    Code.BAD_ORDERS: "Orders {serial} were not signed by you or do not follow the ones before.",
    Code.ORDERS_ROLLED_BACK: (
        "The portal shows orders up to {found} only; you have signed at least {serial}."
    ),
    Code.ORDERS_REPLACED: "Orders {serial} are not the ones this account has signed before.",
    Code.ORDERS_WITHHELD: (
        "Report {seq} was made under orders {serial}, which the portal does not show."
    ),
    Code.DEVICE_KEY_CHANGED: (
        "The portal names other keys for this laptop than it was paired with; the paired ones "
        "were used."
    ),
    Code.STRANGE_LAPTOP: "The portal lists this laptop as yours, but you never added it.",
    Code.MALFORMED: "Row {row} of the portal's answer is not a report.",
    Code.GRAFTED: "Report {seq} was made by another laptop.",
    Code.BAD_SIGNATURE: "Report {seq} was not signed by this laptop, or was changed since.",
    Code.REPLAYED: "Report {seq} was handed over a second time.",
    Code.REORDERED: "Report {seq} was handed over out of its order.",
    Code.GAP: "Reports {first} to {last} are missing.",
    Code.FORK: (
        "Report {seq} exists in two versions that this laptop signed: its memory was copied or "
        "set back, or reports were exchanged."
    ),
    Code.SEGMENT_START: (
        "Before report {seq} the laptop lost its memory; what it had not yet sent is gone."
    ),
    Code.ROLLBACK: "Report {seq} is not the one that was checked here earlier.",
    Code.TRUNCATED: "The portal stops at report {found}, but report {seq} was there before.",
    Code.ERASED_BODY: "The content of report {seq} was erased; its place in the order is proven.",
    Code.BODY_MISMATCH: "The content of report {seq} is not the one the laptop signed.",
    Code.CANNOT_OPEN: (
        "Report {seq} cannot be opened with the keys on this computer. If you added this laptop "
        "elsewhere, run `homeward login` once more."
    ),
    Code.COMMIT_MISMATCH: "The content of report {seq} is not the one its header commits to.",
    Code.BAD_RECEIPT: "The receipt with report {seq} was not signed by this portal.",
    Code.NO_RECEIPT: "The portal shows no receipt for reports {first} to {last}.",
    Code.UNKNOWN_PORTAL_KEY: (
        "The receipt with report {seq} is signed by a portal key that was not known at pairing. "
        "If the operator confirms a new key, run this again with --trust-new-portal-keys."
    ),
    Code.RECEIPT_CONTRADICTION: (
        "A receipt the portal signed says report {about} was different or was there; what it "
        "shows now contradicts it (seen with report {seq})."
    ),
    Code.MISSING_SIGHTING: "What the portal saw of report {seq}'s connection was erased.",
    Code.SIGHTING_MISMATCH: (
        "What the portal saw of report {seq}'s connection is not what its receipt commits to."
    ),
    Code.MISSING_MEDIA: (
        "Picture {index} of report {seq} is not at the portal: not sent yet, or erased."
    ),
    Code.MEDIA_MISMATCH: "Picture {index} of report {seq} is not the one the laptop signed.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`seq` is the report it is about, where it is about one."""

    code: Code
    sentence: str
    seq: int | None = None

    @property
    def is_loss(self) -> bool:
        """A loss that may be honest, rather than something forged, hidden or exchanged."""
        return self.code in LOSSES

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code.value, "seq": self.seq, "sentence": self.sentence}


def found(code: Code, seq: int | None = None, **facts: int | str) -> Finding:
    return Finding(code, _SAID[code].format(seq=seq, **facts), seq)
