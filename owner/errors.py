"""What can stop the owner's client: each says what happened and what to do next."""


class OwnerError(Exception):
    """The text is a sentence for the owner; `code` is stable, for programs."""

    code = "failed"


class Unreachable(OwnerError):
    """No usable answer from the portal."""

    code = "unreachable"


class Unintelligible(OwnerError):
    """The portal answered something that is not in docs/api.md."""

    code = "unintelligible"


class Refused(OwnerError):
    """A problem document from the portal; its code and its sentence pass through."""

    def __init__(self, code: str, detail: str, status: int) -> None:
        super().__init__(detail)
        self.code = code
        self.status = status


class NotSignedIn(OwnerError):
    code = "not-signed-in"

    def __init__(self, why: str = "You are not signed in on this computer.") -> None:
        super().__init__(f"{why} Run `homeward login EMAIL`.")


class WrongPassword(OwnerError):
    code = "wrong-password"

    def __init__(self) -> None:
        super().__init__("This email and password do not fit together. Check both and try again.")


class WeakPassword(OwnerError):
    code = "weak-password"


class PasswordMissing(OwnerError):
    code = "password-missing"


class CodeMissing(OwnerError):
    """A second factor is asked for, and nobody is there to type it."""

    code = "code-missing"


class BrokenFile(OwnerError):
    """Something of ours on this disk cannot be read; it was set aside."""

    code = "broken-file"


class OlderDirectory(OwnerError):
    """The portal hands out a directory older than one this computer has seen."""

    code = "older-directory"


class StaleDirectory(OwnerError):
    """Another client of the same owner kept changing the directory."""

    code = "stale-directory"


class UnknownLaptop(OwnerError):
    code = "unknown-laptop"


class NameTaken(OwnerError):
    code = "name-taken"


class NotConfirmed(OwnerError):
    code = "not-confirmed"


class OrdersNotTrusted(OwnerError):
    """The portal's chain of orders is not the one this owner signed."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{sentence} Nothing was signed. Ask the portal's operator.")
        self.code = code


class OrdersNotKept(OwnerError):
    """The portal said yes and shows something else."""

    code = "orders-not-kept"


class NotStolen(OwnerError):
    code = "not-stolen"


class AlreadyStolen(OwnerError):
    code = "already-stolen"


class WouldOverwrite(OwnerError):
    """Evidence on this disk differs from what would be written over it."""

    code = "would-overwrite"


class NotSound(OwnerError):
    """What the portal shows would not convince anybody else."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{sentence} No pack was made. `homeward evidence` says more.")
        self.code = code


class CannotWrite(OwnerError):
    code = "cannot-write"


class DrillTimedOut(OwnerError):
    code = "drill-timed-out"


class StillStolen(OwnerError):
    """A drill could not end what it began."""

    code = "still-stolen"


class BadInput(OwnerError):
    """Something that was typed cannot be used as it stands."""

    code = "bad-input"
