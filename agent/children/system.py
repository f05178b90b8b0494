"""The short-lived program that asks the operating system how well the laptop is protected."""

from pathlib import Path

from agent.children.question import answer
from agent.hosts.senses import posture

if __name__ == "__main__":
    answer({"posture": lambda until: posture(until, Path())})  # it is started in the work folder
