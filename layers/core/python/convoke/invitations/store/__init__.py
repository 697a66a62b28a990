"""SQL of invitations, of the letters that tell of them, and of calendar feeds."""
