/** Which page stands at the address. */

import { InsightsPage, UsagePage } from "./analytics/lazy.tsx";
import { AccountPage } from "./identity/account.tsx";
import { LogInPage, RegisterPage } from "./identity/pages.tsx";
import { UnknownPage } from "./meetings/gone.tsx";
import { HomePage } from "./meetings/home.tsx";
import { MeetingPage } from "./meetings/page.tsx";
import { route } from "./router.ts";
import { ToastList } from "./ui/toast_list.tsx";

export function App() {
  return (
    <>
      <Page />
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
    case "unknown":
      return <UnknownPage />;
  }
}
