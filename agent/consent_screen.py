"""What the person at the laptop reads before anything is looked at, and how they answer."""

from collections.abc import Callable
from typing import TextIO

from agent.errors import NoConsent
from agent.plan import SENSORS
from shared import crypto

TEXT = """\
Homeward brings a stolen laptop home. Please read this before you agree.

What it looks at
  Every hour, and when the laptop wakes up or joins another network: the addresses of the
  laptop in its network, the names of the Wi-Fi around it, where it is, its battery, how hot it
  is, the room on its disk, and how well it is protected (encrypted disk, firewall, locked
  screen, updates).
  Only while the owner has reported it stolen, usually every five minutes: the same, the way to
  the internet, and one picture from each camera. The camera's light is left alone. That ends by
  itself after 30 days at most, and after a day at most the screen says so in large letters.
  When the owner rehearses that at home: the same once, with a drawn test picture. No camera.
  It never listens, never films, and never looks at the screen, the keyboard or your files.

What its owner may have it do
  Sound an alarm, which anybody here can end; show a message; lock the screens; report at once.
  Only while it is reported stolen: empty folders that the owner names. Each stands in the log.

Who can see it
  Only the owner of the account that this laptop is paired with. Everything is sealed on this
  laptop; neither the portal nor anybody who works there can read it.

{positioning}How you keep an eye on it
  homeward-agent status     what it is doing just now, and whether it is reported stolen
  homeward-agent log        everything it has looked at and done
  homeward-agent quiet      end an alarm
  homeward-agent dispute    reported stolen, but yours? Pictures pause, and the owner hears of it
  homeward-agent consent    change your mind, also about the camera alone
  homeward-agent leave      end it. An administrator of this laptop can remove it at any time.
"""

POSITIONING = """\
  One exception, set on this laptop: to find out where it is, it tells {host}
  which Wi-Fi transmitters it hears, but not whose laptop it is. "no camera" does not end that;
  an administrator does, by taking wifi_positioning out of the settings.

"""

QUESTION = """\
Type  yes  to agree, or  no camera  to agree to everything but pictures.
Anything else ends here, and nothing has been sent: """

WHO = """\
Who uses this laptop?
Press Enter if that is the owner of the account alone. Otherwise type the names that the others
sign in with, with commas between. Once it is reported stolen and one of them has unlocked it,
pictures stop until the owner, who hears of it, says anew that it is stolen. No owner can change
that from afar: """

_TRIES = 3
_ANSWERS = {
    "yes": SENSORS,
    "no camera": tuple(name for name in SENSORS if name != "camera"),
}


def ask(answers: TextIO, screen: TextIO, positioning: str | None = None) -> tuple[str, ...]:
    """What the person agrees to; raises NoConsent. There is deliberately no way around it.

    `positioning` is the host of the service that Wi-Fi is looked up at.
    """
    screen.write(f"{text(positioning)}\n{QUESTION}")
    screen.flush()
    answer = " ".join(answers.readline().lower().split())
    if answer not in _ANSWERS:
        raise NoConsent("Nothing was agreed to, so nothing was paired and nothing was sent.")
    return _ANSWERS[answer]


def text(positioning: str | None = None) -> str:
    exception = POSITIONING.format(host=positioning) if positioning else ""
    return TEXT.format(positioning=exception)


def edition(positioning: str | None = None) -> str:
    """Tells one wording from another: the first 16 digits of its SHA-256."""
    return crypto.sha256(text(positioning).encode()).hex()[:16]


def ask_who_uses(
    answers: TextIO, screen: TextIO, is_account: Callable[[str], bool]
) -> tuple[str, ...]:
    """The accounts of those who use the laptop and are not its owner; raises NoConsent."""
    for corrected in range(_TRIES):
        screen.write(f"\n{WHO}")
        screen.flush()
        line = answers.readline()
        if corrected and not line:
            break  # nobody is there any more who could press Enter
        names = tuple(name for one in line.split(",") if (name := one.strip()))
        if [name.casefold() for name in names] in ([], ["owner"]):
            return ()
        unknown = [name for name in names if not is_account(name)]
        if not unknown:
            return names
        screen.write(f"Nobody signs in here as {unknown[0]!r}.\n")
    raise NoConsent("It is not clear who uses this laptop. Nothing was paired, nothing was sent.")
