"""Who may protect how many laptops here: licenses and the seats that laptops take."""
