/** The words of notifications, of how one wants them, and of ending mails. */

export const notifications = {
  title: "Notifications",
  lead: "What happened while you were elsewhere. What you have read goes after 30 days.",
  bell: (unread: number) => (unread ? `Notifications, ${unread} unread` : "Notifications"),
  all: "All",
  unreadOnly: "Unread",
  filter: "Which ones",
  none: "Nothing yet",
  noneHint: "Invitations, missed calls and mentions show up here.",
  noneUnread: "All read",
  noneUnreadHint: "You have seen everything there is.",
  readAll: "Mark all as read",
  read: (title: string) => `Mark “${title}” as read`,
  remove: (title: string) => `Remove “${title}”`,
  seeAll: "See all",
  settings: "Settings",
  unread: "Unread",
  open: "Open",
  actions: {
    invitation: "Open invitation",
    meeting_reminder: "Join",
    meeting_changed: "Open meeting",
    meeting_cancelled: "Open calendar",
    incoming_call: "Open",
    missed_call: "Call back",
    message: "Open chat",
    mention: "Open chat",
    contact: "Open contacts",
    system: "Open",
  },
};

export const notification_preferences = {
  title: "Notifications",
  lead: "Choose what reaches you, and how.",
  what: "What",
  ways: { in_app: "In the app", email: "Email", push: "Push" },
  types: {
    invitation: "Invitations to meetings",
    meeting_reminder: "A meeting is about to start",
    meeting_changed: "A meeting was changed",
    meeting_cancelled: "A meeting was cancelled",
    incoming_call: "Incoming calls",
    missed_call: "Missed calls",
    message: "Messages you have not read",
    mention: "Messages that mention you",
    contact: "News of your contacts",
    system: "About your account",
  },
  cell: (type: string, way: string) => `${type}: ${way}`,
  impossible: "Not possible",
  quiet: "Quiet hours",
  quietHint:
    "Emails and pushes wait until they are over, and calls do not ring by push. The list in the app goes on.",
  from: "From",
  to: "To",
  zone: (name: string) => `By the clock in ${name.replaceAll("_", " ")}, the time zone of your account.`,
  notSaved: "The change was not saved.",
  push: "Push on this device",
  pushWhy:
    "Calls, messages and reminders can reach you while no Convoke page is open. Your browser asks for your " +
    "permission first, and you can turn this off again at any time.",
  turnOn: "Turn on",
  turnOff: "Turn off",
  turningOn: "Answer your browser's question to go on.",
  on: "This device shows notifications.",
  blocked:
    "Notifications from Convoke are blocked in this browser. Allow them in the settings that belong to the " +
    "address bar, then come back.",
  unsupported: "This browser cannot show notifications while no page is open.",
  unsupportedPhone:
    "On an iPhone or iPad, add Convoke to the home screen first (Share, then “Add to Home Screen”), and open " +
    "it from there.",
  pushFailed: "Your browser's push service did not answer. Try again later.",
  devices: "Devices that show notifications",
  unnamed: "A browser",
  lastUsed: (when: string) => (when ? `Last notified ${when}` : "Not notified yet"),
  removeDevice: (name: string) => `Stop notifications on ${name}`,
  stop: "Stop",
};

export const unsubscribing = {
  title: "Stop these emails?",
  lead: "You will get no more emails of this kind. Everything else stays as it is.",
  confirm: "Stop these emails",
  doneTitle: "Done",
  done: (kind: string) => `You get no more emails of this kind: ${kind}.`,
  doneLead: "You can change this again in your account.",
  toSettings: "Notification settings",
  invalid: "This link is not valid any more. Log in to choose which emails you get.",
  expired: "This link is too old. Log in to choose which emails you get.",
};
