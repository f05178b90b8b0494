"""The person at the laptop: whose eyes and ears a window or a sound is meant for."""

from agent.hosts.session import NoSessionManager, Session, own_session, sessions


def at_the_laptop(bus: str = "SYSTEM") -> Session | None:
    """Whoever has the screen just now, locked or not; None where nobody is signed in to one.

    `bus` is the system bus, or the address of another.
    """
    try:
        found = sessions(bus)
    except NoSessionManager:
        return own_session()
    return next((one for one in found if one.graphical and one.active), None)
