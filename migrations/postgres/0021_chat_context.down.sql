DROP FUNCTION chat_context(uuid, uuid, uuid, uuid, uuid, uuid);
