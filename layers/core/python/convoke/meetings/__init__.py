"""Meetings: who may come in, who is in, what they show each other, and when it is over."""
