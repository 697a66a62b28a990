"""Who is there, who is typing, and when somebody was last seen."""
