"""The short-lived program that asks the session manager who is signed in at the laptop."""

from dataclasses import replace

from agent.children.question import answer
from agent.hosts.session import NoSessionManager, sessions
from agent.hosts.signed_in import SignedIn
from shared.readings import Reason, Unread


def signed_in(until: float) -> SignedIn | Unread:
    """Nothing of what leads to their screens: whoever asks only looks at the sessions."""
    del until  # the session manager is asked with a patience of its own
    try:
        return SignedIn(tuple(replace(one, environment={}) for one in sessions()))
    except NoSessionManager as silence:
        return Unread(Reason.FAILED, str(silence))


if __name__ == "__main__":
    answer({"signed-in": signed_in})
