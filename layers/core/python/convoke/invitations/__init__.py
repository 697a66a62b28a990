"""Ask people into a meeting, by account, by e-mail or by link, and let them answer."""
