"""The owner's own client, without JavaScript: everything a page can do, and checks it can't."""
