"""What others ask of files. The check is apart (`check_file`): it alone needs an imaging library."""

from convoke.files.actions.attach_files import attach, forget, of_messages
from convoke.files.actions.avatars import avatar_link, drop_avatar, set_avatar
from convoke.files.actions.read_file import content, delete, limits, read
from convoke.files.actions.upload_file import complete, start_upload

__all__ = [
    "attach",
    "avatar_link",
    "complete",
    "content",
    "delete",
    "drop_avatar",
    "forget",
    "limits",
    "of_messages",
    "read",
    "set_avatar",
    "start_upload",
]
