"""The short-lived program that asks the operating system for the Wi-Fi around, and for the place.

Apart from agent/children/system.py: macOS and Windows tell these to programs in the session of the
person at the laptop, who allows it, and the other things to the system's own account.
"""

from agent.children.question import answer
from agent.hosts.surroundings import place, wifi

if __name__ == "__main__":
    answer({"wifi": wifi, "place": place})
