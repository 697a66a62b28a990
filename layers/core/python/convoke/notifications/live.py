"""Redis keys of notifications: `gather:{chat}`, there while a look into a chat has been asked for."""

from convoke.backends import redis


def first_of_burst(chat_id: str, seconds: int) -> bool:
    """Whether nobody has said the same of this chat within the last `seconds`."""
    return bool(redis.client().set(f"gather:{{{chat_id}}}", "1", nx=True, ex=seconds))


def forget_burst(chat_id: str) -> None:
    redis.client().delete(f"gather:{{{chat_id}}}")
