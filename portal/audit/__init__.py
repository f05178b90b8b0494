"""Who did what to which account or laptop, without a word of personal data."""
