/** What of invitations is loaded when it is needed. */

import { lazily, lazyPart } from "../ui/lazy.tsx";

export const InvitationPage = lazily(async () => (await import("./page.tsx")).InvitationPage);
export const InviteDialog = lazyPart(async () => (await import("./dialog.tsx")).InviteDialog);
export const ReceivedInvitations = lazyPart(async () => (await import("./received.tsx")).ReceivedInvitations);
