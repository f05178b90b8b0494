"""What can go wrong on the laptop, each named for what happened.

The text of each is a sentence somebody may read; none of them holds a place, an address or a key.
"""

from shared.checkin import Head


class AgentError(Exception):
    """Anything the agent itself raises."""


class BadSettings(AgentError):
    """The settings file says something that cannot be meant."""


class NotPaired(AgentError):
    """There is no owner to report to."""


class AlreadyPaired(AgentError):
    """There is one owner already."""


class PairingFailed(AgentError):
    """The owner did not answer, or somebody changed the answer on its way."""


class NoConsent(AgentError):
    """The person at the laptop did not say yes."""


class NotTrusted(AgentError):
    """Somebody else could have written what was to be believed."""


class NoWayToAct(AgentError):
    """The program that acts as root does not listen."""


class Interrupted(AgentError):
    """Whoever carried something out ended before it was done."""


class StateDamaged(AgentError):
    """A file the agent kept is no longer what it wrote."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is damaged")
        self.name = name


class Busy(AgentError):
    """Another process of the agent holds the state just now."""


class NoRoom(AgentError):
    """The disk is full, and nothing that may go is left to go."""


class Unreachable(AgentError):
    """No sensible answer: no network, a portal in trouble, or half a JSON. Try again later."""


class Refused(AgentError):
    """The portal understood and said no; `code` is its stable word for why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Forked(AgentError):
    """What was sent does not continue what the portal holds; `head` is where it stands."""

    def __init__(self, head: Head | None) -> None:
        super().__init__("the portal holds another continuation of this laptop's chain")
        self.head = head
