"""One chat model for meetings, pairs, groups and connections; a meeting's chat has the meeting's id."""
