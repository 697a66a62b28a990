"""Media nodes: which there are, which has a meeting, and how a participant's media gets there."""
