"""Bring what happened to everyone who should see it, on every device, in order, and again after a gap."""
