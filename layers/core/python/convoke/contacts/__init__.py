"""Whom people know, and whom they do not want to hear from."""
