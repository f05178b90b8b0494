"""The sign in the desktop's panel that Homeward is here, and the notice of a theft."""
