"""What can be wrong with a document, each named for what happened.

Parsers and verifiers in shared/ raise nothing else, whatever bytes they are given.
Each error has a stable `code`, the one the portal answers with and the owner's client prints.
"""


class ProtocolError(ValueError):
    """A document of protocol v1 that must be refused."""

    code = "protocol-error"


class Malformed(ProtocolError):
    """Wrong length, magic, reserved bits or JSON: not a document of this kind at all."""

    code = "malformed"


class UnknownSuite(ProtocolError):
    """A suite byte this version does not speak (protocol.md 0: refuse, never guess)."""

    code = "unknown-suite"


class BadSignature(ProtocolError):
    """The signature does not belong to these bytes and this key."""

    code = "bad-signature"


class BadMac(ProtocolError):
    """The pairing code was wrong, or somebody changed the message on its way."""

    code = "bad-mac"


class WrongDevice(ProtocolError):
    """A genuine document, for another laptop."""

    code = "wrong-device"


class UnknownSigner(ProtocolError):
    """Signed by a key that may not say this."""

    code = "unknown-signer"


class OutOfOrder(ProtocolError):
    """Does not continue the chain: replayed, reordered, dropped or grafted."""

    code = "out-of-order"


class Expired(ProtocolError):
    """Was genuine once; its time has passed (or has not come)."""

    code = "expired"


class BodyMismatch(ProtocolError):
    """The bytes are not the ones the signed header promised."""

    code = "body-mismatch"


class CannotOpen(ProtocolError):
    """Sealed to another key, for another purpose, or changed since."""

    code = "cannot-open"


class WeakKdf(ProtocolError):
    """The portal offered password hashing outside protocol.md 2's floor and ceiling."""

    code = "weak-kdf"


class TooLarge(ProtocolError):
    """Over the size this document may have."""

    code = "too-large"
