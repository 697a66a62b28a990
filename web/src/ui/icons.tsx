/** Icons by the name of what they mean here. Decorative: the control around one has the accessible name. */

import {
  ArrowLeft,
  Calendar,
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  CircleHelp,
  Copy,
  Crown,
  DoorOpen,
  EllipsisVertical,
  Hand,
  type IconNode,
  LayoutGrid,
  Link,
  Lock,
  LockOpen,
  LogOut,
  MessageSquare,
  Mic,
  MicOff,
  Monitor,
  MonitorOff,
  MonitorSmartphone,
  MonitorUp,
  Moon,
  Pencil,
  PhoneOff,
  Pin,
  PinOff,
  Plus,
  Reply,
  Send,
  Settings,
  Signal,
  Smile,
  SquareUserRound,
  Sun,
  SunMoon,
  UserMinus,
  UserPlus,
  UserStar,
  Users,
  Video,
  VideoOff,
  Volume2,
  WifiOff,
  X,
} from "lucide";

const icons = {
  back: ArrowLeft,
  calendar: Calendar,
  check: Check,
  down: ChevronDown,
  previous: ChevronLeft,
  next: ChevronRight,
  help: CircleHelp,
  copy: Copy,
  host: Crown,
  door: DoorOpen,
  more: EllipsisVertical,
  speaker_view: SquareUserRound,
  hand: Hand,
  grid: LayoutGrid,
  link: Link,
  lock: Lock,
  unlock: LockOpen,
  logout: LogOut,
  chat: MessageSquare,
  mic: Mic,
  mic_off: MicOff,
  screen: Monitor,
  devices: MonitorSmartphone,
  screen_stop: MonitorOff,
  screen_start: MonitorUp,
  dark: Moon,
  rename: Pencil,
  leave: PhoneOff,
  pin: Pin,
  unpin: PinOff,
  plus: Plus,
  reply: Reply,
  send: Send,
  settings: Settings,
  signal: Signal,
  smile: Smile,
  light: Sun,
  system: SunMoon,
  remove: UserMinus,
  admit: UserPlus,
  people: Users,
  promote: UserStar,
  camera: Video,
  camera_off: VideoOff,
  sound: Volume2,
  offline: WifiOff,
  close: X,
} satisfies Record<string, IconNode>;

export type IconName = keyof typeof icons;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {icons[name].map(([Tag, attributes], index) => {
        const Shape = Tag as "path";
        return <Shape key={index} {...(attributes as Record<string, string>)} />;
      })}
    </svg>
  );
}
