"""What can be told to people, how they want it, and what a mail or a push of it looks like."""
