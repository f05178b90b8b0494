"""What the portal writes to people, and how it reaches a mail server."""
