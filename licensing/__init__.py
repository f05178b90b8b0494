"""Who may protect how many laptops: pure rules, no database, no web. Empty so far."""
