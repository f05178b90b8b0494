"""Who may protect how many laptops: pure rules, no database, no web. Empty until there are tiers."""
