/** Chats and messages as the API sends them. */

export interface Sender {
  participant_id: string | null;
  user_id: string | null;
  display_name: string;
}

export interface FileRef {
  id: string;
  name: string;
  size: number;
  content_type: string;
  kind: "image" | "video" | "audio" | "file";
  width: number | null;
  height: number | null;
  thumbnail_url: string | null;
  status: "pending" | "checking" | "ready" | "refused";
}

export interface CallNote {
  call_id: string;
  media_type: "audio" | "video";
  status: "ringing" | "answered" | "declined" | "missed" | "ended" | "cancelled" | "busy";
  duration_seconds: number | null;
  initiator_id: string | null;
}

export interface Message {
  id: string;
  chat_id: string;
  /** Its number in the chat at birth, and that of its latest change. */
  seq: number;
  changed_seq: number;
  type: string;
  sender: Sender;
  content: string | null;
  formatted_content: string | null;
  /** Member ids of those whom it calls by name. */
  mentions: string[];
  reply_to: string | null;
  files: FileRef[];
  /** Emoji, and the ids of the members who chose it. */
  reactions: Record<string, string[]>;
  call: CallNote | null;
  recipient_participant_id: string | null;
  /** The breakout room in which it was said, for those who were there, and its name. */
  breakout_id: string | null;
  breakout_name: string | null;
  client_id: string | null;
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
}

export interface MessagePage {
  items: Message[];
  next_cursor: string | null;
  /** The chat's number when the page was read. */
  seq: number;
}

/** A breakout room, as far as its chat is concerned. */
export interface Breakout {
  id: string;
  name: string;
}

/** How far a member has read. */
export interface Mark {
  member_id: string;
  read_seq: number;
  read_at: string | null;
}

export interface Changes {
  items: Message[];
  seq: number;
  next_after: number | null;
  marks: Mark[];
}

export interface Person {
  user_id: string;
  display_name: string;
  username: string | null;
  avatar_url: string | null;
}

export interface Member extends Mark {
  user_id: string | null;
  participant_id: string | null;
  display_name: string;
  username: string | null;
  avatar_url: string | null;
  role: "admin" | "member";
  joined_at: string;
  left_at: string | null;
}

export interface ChatSummary {
  id: string;
  kind: "direct" | "group" | "connection" | "meeting";
  title: string | null;
  avatar_url: string | null;
  peer: Person | null;
  member_count: number;
  role: "admin" | "member" | null;
  last_message: Message | null;
  last_activity_at: string;
  seq: number;
  read_seq: number;
  unread: number;
  writable: boolean;
  muted_until: string | null;
  created_at: string;
}

export interface ChatDetail extends ChatSummary {
  members: Member[];
}

export interface Receipt {
  member_id: string;
  display_name: string;
  read_at: string | null;
}
