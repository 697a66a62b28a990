DROP TABLE messages;
DROP POLICY chat_members_change ON chat_members;
DROP POLICY chat_members_create ON chat_members;
DROP POLICY chat_members_read ON chat_members;
DROP POLICY chats_read ON chats;
DROP FUNCTION app_chat_until(uuid);
DROP TABLE chat_members;
DROP TABLE chats;
