"""What lives on the laptop: looks when it may, keeps before it sends, and says so to anyone."""
