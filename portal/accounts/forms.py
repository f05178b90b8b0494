"""What owners send about their accounts."""

from typing import Annotated

from pydantic import AfterValidator, Field

from portal.accounts.passkeys import Assertion
from portal.accounts.second_factor import Second
from portal.forms import Base64, Bytes32, Form, Generation, Id, Salt, Version
from shared.vault import SLOT_SIZE, WRAPPED_SIZE, Kdf, email_norm


def _normal_email(text: str) -> str:
    email = email_norm(text)
    name, _, host = email.rpartition("@")
    if not name or not host or len(email) > 254 or not email.isprintable() or " " in email:
        raise ValueError("an email was expected")
    return email


CredentialId = Annotated[bytes, Base64(1, 1023)]
Ceremony = Annotated[bytes, Base64(1, 16 * 1024)]
Email = Annotated[str, AfterValidator(_normal_email)]  # as protocol.md 2 writes it


class KdfForm(Form):
    m: Generation
    t: Generation
    p: Generation

    @property
    def kdf(self) -> Kdf:
        return Kdf(self.m, self.t, self.p)


class SlotForm(Form):
    type: Annotated[int, Field(ge=1, le=3)]
    id: Id
    ak_gen: Generation
    sealed: Annotated[bytes, Base64(SLOT_SIZE, SLOT_SIZE)]


class KeyForm(Form):
    kind: Annotated[int, Field(ge=1, le=3)]
    kid: Id
    wrapped: Annotated[bytes, Base64(WRAPPED_SIZE, WRAPPED_SIZE)]


class DirectoryForm(Form):
    version: Version
    sealed: Annotated[bytes, Base64(28, 128 * 1024)]  # iv and tag, and what stands between


class Registration(Form):
    account_id: Id
    email: Email
    account_salt: Salt
    kdf: KdfForm
    login_verifier: Bytes32
    recovery_verifier: Bytes32
    slots: Annotated[list[SlotForm], Field(min_length=2, max_length=8)]
    keyring: Annotated[list[KeyForm], Field(min_length=2, max_length=8)]
    directory: DirectoryForm
    owner_key: Bytes32
    owner_opening_key: Bytes32
    recovery_key: Bytes32


class SignInStart(Form):
    email: Email


class AssertionForm(Form):
    """What a passkey answered; what its PRF gave stays in the browser, so there is no field."""

    credential_id: CredentialId
    client_data: Ceremony
    authenticator_data: Ceremony
    signature: Ceremony


class SecondForm(Form):
    """A second factor: `totp` is an app's code or a backup code."""

    totp: Annotated[str, Field(max_length=32)] | None = None
    passkey: AssertionForm | None = None

    @property
    def second(self) -> Second:
        form = self.passkey
        if form is None:
            return Second(self.totp)
        shown = Assertion(
            form.credential_id, form.client_data, form.authenticator_data, form.signature
        )
        return Second(self.totp, shown)


class Credentials(SecondForm):
    """`undo`: the email is a former one, and is to count again."""

    email: Email
    login_verifier: Bytes32
    undo: bool = False


class RecoveryCredentials(SecondForm):
    email: Email
    recovery_verifier: Bytes32


class StepUp(Form):
    """The password once more, before anything about signing in changes."""

    login_verifier: Bytes32


class CodeForm(Form):
    code: Annotated[str, Field(max_length=32)]


class NewPasskey(Form):
    """`slot` (type 3) where the passkey has PRF; the authenticator's own form otherwise."""

    client_data: Ceremony
    attestation: Ceremony
    slot: SlotForm | None = None


class PasswordChange(Form):
    """`login_verifier` is today's: of the password or, after a recovery, of the code."""

    login_verifier: Bytes32
    email: Email
    account_salt: Salt
    kdf: KdfForm
    new_login_verifier: Bytes32
    slot: SlotForm


class CodeChange(StepUp):
    """`login_verifier` is the password's or, after a recovery, the old code's; `slot` of type 2."""

    recovery_verifier: Bytes32
    recovery_key: Bytes32
    slot: SlotForm
    directory: DirectoryForm
