"""Speed and size, each beside a yardstick of the same run. Nothing here passes or fails."""
