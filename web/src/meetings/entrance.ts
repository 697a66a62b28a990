/** The way in: a join over REST gives a seat and a ticket; by the ticket the seat is taken on a socket. */

import type { Ticket } from "../delivery/socket.ts";
import { freshTicket, joinMeeting } from "./api.ts";
import type { Line } from "./line.ts";
import type { JoinReply } from "./model.ts";

const LOBBY_RETRY_MS = 15_000;

export interface Answers {
  display_name?: string;
  password?: string;
}

/** Who is asked for a place. */
export type Door = (answers: Answers) => Promise<JoinReply>;

export class Entrance {
  #reference: string;
  #door: Door;
  #answers: Answers = {};
  #reply: JoinReply | null = null;
  #ready: Promise<void> = Promise.resolve();
  /** With which the seat is taken on the page's socket; a guest's has opened their own by it. */
  #ticket: string | null = null;
  #asking: ReturnType<typeof setInterval> | undefined;

  constructor(reference: string, door: Door = (answers) => joinMeeting(reference, answers)) {
    this.#reference = reference;
    this.#door = door;
  }

  get participantId(): string | undefined {
    return this.#reply?.participant_id;
  }

  /** Without answers: as the time before. */
  async ask(answers: Answers = this.#answers): Promise<JoinReply> {
    this.#answers = answers;
    this.#reply = await this.#door(answers);
    return this.#reply;
  }

  /** Only guests get a token of their own. */
  open(line: Line, { participant_token, controller, ticket }: JoinReply): void {
    if (participant_token) return line.open({ endpoint: controller.endpoint, ticket });
    this.#ticket = ticket;
    this.#ready = line.share();
  }

  /** What `join` is asked with beside the media, as soon as it may be asked. */
  async seat(): Promise<{ ticket?: string }> {
    await this.#ready;
    const ticket = this.#ticket;
    this.#ticket = null;
    return ticket ? { ticket } : {};
  }

  /** In the lobby, until there is an answer. */
  keepAsking(knock: () => void): void {
    this.#asking ??= setInterval(knock, LOBBY_RETRY_MS);
  }

  stopAsking(): void {
    clearInterval(this.#asking);
    this.#asking = undefined;
  }

  /** A guest's fresh ticket after a lost connection. In the lobby only that of a join names the participant. */
  async freshTicket(inside: boolean): Promise<Ticket> {
    if (inside && this.#reply) return freshTicket(this.#reference, this.#reply);
    const { ticket, controller } = await this.ask();
    return { ticket, endpoint: controller.endpoint };
  }

  /** What a new connection is bound again with. In the lobby that is for the page's socket alone. */
  resumeWith(at: string): { participant_id: string } | null {
    const reply = this.#reply;
    const bound = at === "in" || (at === "waiting" && reply?.participant_token === null);
    return reply && bound ? { participant_id: reply.participant_id } : null;
  }
}
