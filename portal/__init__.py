"""What lives on the server: stores what it cannot read, passes on what it cannot sign."""
