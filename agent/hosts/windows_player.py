"""Plays the sound that is its input, once (Windows); it runs in the session of the person."""

import sys
import winsound

if __name__ == "__main__":
    winsound.PlaySound(sys.stdin.buffer.read(), winsound.SND_MEMORY | winsound.SND_NODEFAULT)
