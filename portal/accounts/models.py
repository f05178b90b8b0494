"""Accounts, what opens them, their sessions, and the sign-in throttle."""

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, BigInt, Bytes32, Id, Ms
from shared.vault import Kdf


def _account() -> ForeignKey:
    return ForeignKey("account.id", ondelete="CASCADE")


class Account(Base):
    """The verifiers are HMACs (protocol.md 1); keys are public halves; the rest is sealed."""

    __tablename__ = "account"

    id: Mapped[Id] = mapped_column(primary_key=True)
    email_norm: Mapped[str] = mapped_column(String(254), unique=True)
    account_salt: Mapped[Id]
    kdf_m: Mapped[int]
    kdf_t: Mapped[int]
    kdf_p: Mapped[int]
    verifier: Mapped[Bytes32]
    recovery_verifier: Mapped[Bytes32]
    owner_key: Mapped[Bytes32]
    owner_opening_key: Mapped[Bytes32]
    recovery_key: Mapped[Bytes32]
    ak_gen: Mapped[BigInt]
    directory_version: Mapped[BigInt]
    directory_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created: Mapped[Ms]
    language: Mapped[str] = mapped_column(String(2), default="en")
    resting: Mapped[Ms | None]  # since when nothing is done with it but what its owner asks for
    uncounted: Mapped[Ms | None]  # since when its owner objects to being counted

    slots: Mapped[list["Slot"]] = relationship(
        order_by="Slot.type, Slot.id", cascade="all, delete-orphan"
    )
    keyring: Mapped[list["KeyringKey"]] = relationship(order_by="KeyringKey.added, KeyringKey.kind")

    @property
    def kdf(self) -> Kdf:
        return Kdf(self.kdf_m, self.kdf_t, self.kdf_p)


class FormerEmail(Base):
    """What opened an account before its email was changed, kept until `until`."""

    __tablename__ = "former_email"

    account_id: Mapped[Id] = mapped_column(_account(), primary_key=True)
    email_norm: Mapped[str] = mapped_column(String(254), unique=True)
    account_salt: Mapped[Id]
    kdf_m: Mapped[int]
    kdf_t: Mapped[int]
    kdf_p: Mapped[int]
    verifier: Mapped[Bytes32]
    slot_id: Mapped[Id]
    slot_sealed: Mapped[bytes] = mapped_column(LargeBinary(92))
    until: Mapped[Ms]


class Slot(Base):
    """One way of unlocking the account key."""

    __tablename__ = "slot"

    account_id: Mapped[Id] = mapped_column(_account(), primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    type: Mapped[int] = mapped_column(SmallInteger)
    ak_gen: Mapped[BigInt]
    sealed: Mapped[bytes] = mapped_column(LargeBinary(92))


class KeyringKey(Base):
    """A private key, wrapped under the account key."""

    __tablename__ = "keyring_key"

    account_id: Mapped[Id] = mapped_column(_account(), primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kid: Mapped[Id] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary(76))
    added: Mapped[Ms]


class SignIn(Base):
    """A session; the cookie holds the random token of which only the hash stands here."""

    __tablename__ = "sign_in"

    token_hash: Mapped[Bytes32] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(_account(), index=True)
    created: Mapped[Ms]
    last_used: Mapped[Ms]
    expires: Mapped[Ms]
    browser: Mapped[str] = mapped_column(String(40), default="")


class KnownBrowser(Base):
    """A kind of browser its owner has signed in with; the first time with another is told."""

    __tablename__ = "known_browser"

    account_id: Mapped[Id] = mapped_column(_account(), primary_key=True)
    browser: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_used: Mapped[Ms] = mapped_column(index=True)


class Totp(Base):
    """The secret of an authenticator app, sealed under the pepper. It counts once `confirmed`;
    `last_step` is the newest half-minute whose code was used.
    """

    __tablename__ = "totp"

    account_id: Mapped[Id] = mapped_column(_account(), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(48))
    created: Mapped[Ms]
    confirmed: Mapped[Ms | None]
    last_step: Mapped[BigInt] = mapped_column(default=0)


class BackupCode(Base):
    """One of the codes for the day the second factor is lost, as an HMAC; used once, then gone."""

    __tablename__ = "backup_code"

    account_id: Mapped[Id] = mapped_column(_account(), primary_key=True)
    kept: Mapped[Bytes32] = mapped_column(primary_key=True)


class Passkey(Base):
    """A WebAuthn credential; with PRF it has a slot (type 3) of the same id."""

    __tablename__ = "passkey"

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(_account(), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[BigInt]
    created: Mapped[Ms]
    last_used: Mapped[Ms | None]


class Challenge(Base):
    """What a passkey has to sign next, for one account and one purpose, once."""

    __tablename__ = "challenge"

    nonce: Mapped[Bytes32] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(_account(), index=True)
    use: Mapped[str] = mapped_column(String(16))
    expires: Mapped[Ms]


class Throttle(Base):
    """How often somebody has tried lately; `key` is an HMAC of whom, unreadable here."""

    __tablename__ = "throttle"

    key: Mapped[Bytes32] = mapped_column(primary_key=True)
    tries: Mapped[int]
    last: Mapped[Ms]


class PortalKey(Base):
    """A receipt key and the time in which it signed; `until` is empty for today's."""

    __tablename__ = "portal_key"

    public: Mapped[Bytes32] = mapped_column(primary_key=True)
    since: Mapped[Ms]
    until: Mapped[Ms | None]
