"""Taking in what laptops send: check-ins and media, durable before they are answered."""
