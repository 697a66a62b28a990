/** Which page stands at the address. */

import { InsightsPage, UsagePage } from "./analytics/lazy.tsx";
import { CalendarPage } from "./calendar/lazy.tsx";
import { CallsPage } from "./calls/lazy.tsx";
import { ChatsPage } from "./chat/lazy.tsx";
import { ContactsPage } from "./contacts/lazy.tsx";
import { AccountPage } from "./identity/account.tsx";
import { LogInPage, RegisterPage } from "./identity/pages.tsx";
import { InvitationPage } from "./invitations/lazy.tsx";
import { UnknownPage } from "./meetings/gone.tsx";
import { HomePage } from "./meetings/home.tsx";
import { MeetingPage } from "./meetings/page.tsx";
import { NotificationsPage, UnsubscribePage } from "./notifications/lazy.tsx";
import { route } from "./router.ts";
import { SignedIn } from "./signed_in.tsx";
import { ToastList } from "./ui/toast_list.tsx";

export function App() {
  return (
    <>
      <Page />
      <SignedIn />
      <ToastList />
    </>
  );
}

function Page() {
  const at = route.value;
  switch (at.page) {
    case "home":
      return <HomePage />;
    case "login":
      return <LogInPage next={at.next} />;
    case "register":
      return <RegisterPage next={at.next} />;
    case "account":
      return <AccountPage />;
    case "meeting":
      return <MeetingPage code={at.code} />;
    case "insights":
      return <InsightsPage code={at.code} />;
    case "usage":
      return <UsagePage />;
    case "chats":
      return <ChatsPage chatId={at.chatId} messageId={at.messageId} />;
    case "contacts":
      return <ContactsPage />;
    case "calls":
      return <CallsPage />;
    case "notifications":
      return <NotificationsPage />;
    case "unsubscribe":
      return <UnsubscribePage token={at.token} />;
    case "calendar":
      return <CalendarPage />;
    case "invitation":
      return <InvitationPage token={at.token} />;
    case "unknown":
      return <UnknownPage />;
  }
}
