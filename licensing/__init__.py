"""Who may protect how many laptops: pure rules, no database, no web, no clock of its own."""
