"""The person at the laptop: whose eyes and ears a window or a sound is meant for."""

from collections.abc import Callable

from agent.hosts.session import NoSessionManager, Session, own_session, sessions


def at_the_laptop(signed_in: Callable[[], tuple[Session, ...]] = sessions) -> Session | None:
    """Whoever has the screen just now, locked or not; None where nobody is signed in to one."""
    try:
        found = signed_in()
    except NoSessionManager:
        return own_session()
    return next((one for one in found if one.graphical and one.active), None)
