"""Tell people what concerns them: in the app, by e-mail and by Web Push, once each."""
