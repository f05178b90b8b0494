"""What can be wrong with an evidence pack: stable codes, and sentences for whoever has it."""

from enum import StrEnum

from shared.errors import ProtocolError


class Wrong(StrEnum):
    NOT_A_PACK = "not-a-pack"
    DAMAGED = "damaged"
    MISSING_FILE = "missing-file"
    BAD_MANIFEST = "bad-manifest"
    ADDED_FILE = "added-file"
    CHANGED_FILE = "changed-file"
    BAD_ORDERS = "bad-orders"
    FOREIGN_OWNER = "foreign-owner"
    BAD_ENVELOPE = "bad-envelope"
    BROKEN_CHAIN = "broken-chain"
    BAD_RECEIPT = "bad-receipt"
    RECORD_MISMATCH = "record-mismatch"
    SIGHTING_MISMATCH = "sighting-mismatch"
    MEDIA_MISMATCH = "media-mismatch"


_SAID = {
    Wrong.NOT_A_PACK: "This is not an evidence pack as it was made. Ask for the original ZIP.",
    Wrong.DAMAGED: "{file} was damaged or changed after the pack was made.",
    Wrong.MISSING_FILE: "{file} is missing from the pack.",
    Wrong.BAD_MANIFEST: "{file} does not carry the owner's signature, or cannot be read.",
    Wrong.ADDED_FILE: "{file} is not part of the pack that was signed.",
    Wrong.CHANGED_FILE: "{file} is not the file that was signed.",
    Wrong.BAD_ORDERS: "{file} was not signed by the owner or does not follow the orders before.",
    Wrong.FOREIGN_OWNER: "{file} is signed by somebody who is not the owner of this laptop.",
    Wrong.BAD_ENVELOPE: "Report {seq} in {file} was not signed by this laptop.",
    Wrong.BROKEN_CHAIN: "Report {seq} in {file} does not follow the report before it.",
    Wrong.BAD_RECEIPT: "The receipt for report {seq} in {file} does not hold.",
    Wrong.RECORD_MISMATCH: "{file} is not what the laptop signed as report {seq}.",
    Wrong.SIGHTING_MISMATCH: "{file} is not what the portal's receipt for report {seq} commits to.",
    Wrong.MEDIA_MISMATCH: "{file} is not a picture that a shown report commits to.",
}


class BrokenPack(ProtocolError):
    """The first thing that is wrong: a stable `code`, the `file` it stands in, a sentence."""

    def __init__(self, wrong: Wrong, file: str, seq: int | None = None) -> None:
        super().__init__(_SAID[wrong].format(file=file, seq=seq))
        self.code = wrong.value
        self.file = file
        self.seq = seq
