"""SQL of chats, members, messages and marks."""
