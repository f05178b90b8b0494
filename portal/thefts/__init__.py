"""From “mark as stolen” to “recovered”."""
