"""Before the eyes and ears of whoever sits at the laptop: a window to read, a sound to hear."""
