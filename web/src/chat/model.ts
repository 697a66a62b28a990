/** Messages as the API sends them. */

export interface Message {
  id: string;
  chat_id: string;
  type: string;
  sender: { participant_id: string | null; user_id: string | null; display_name: string };
  content: string | null;
  reply_to: string | null;
  recipient_participant_id: string | null;
  client_id: string | null;
  created_at: string;
  edited_at?: string | null;
  deleted_at?: string | null;
}

export interface MessagePage {
  items: Message[];
  next_cursor: string | null;
}
