"""What keeps the product in order for those who run it: audit, limits, health."""
