"""What the owner sees of everything at once; stands above all other subjects."""
