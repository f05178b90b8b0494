"""What the portal keeps of people, why, and for how long."""
