/** Icons by the name of what they mean here. Decorative: the control around one has the accessible name. */

import {
  ArrowLeft,
  Ban,
  Bell,
  BellOff,
  Calendar,
  Check,
  CheckCheck,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  CircleHelp,
  Copy,
  Crown,
  DoorOpen,
  Download,
  EllipsisVertical,
  File,
  Hand,
  type IconNode,
  Info,
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
  Paperclip,
  Pencil,
  Phone,
  PhoneIncoming,
  PhoneOff,
  PhoneOutgoing,
  Pin,
  PinOff,
  Play,
  Plus,
  Reply,
  RotateCw,
  Search,
  Send,
  Settings,
  Signal,
  Smile,
  SquareUserRound,
  Sun,
  SunMoon,
  Trash2,
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
  block: Ban,
  bell: Bell,
  bell_off: BellOff,
  calendar: Calendar,
  check: Check,
  read: CheckCheck,
  down: ChevronDown,
  previous: ChevronLeft,
  next: ChevronRight,
  help: CircleHelp,
  copy: Copy,
  host: Crown,
  door: DoorOpen,
  download: Download,
  more: EllipsisVertical,
  file: File,
  speaker_view: SquareUserRound,
  hand: Hand,
  info: Info,
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
  attach: Paperclip,
  rename: Pencil,
  call: Phone,
  incoming: PhoneIncoming,
  outgoing: PhoneOutgoing,
  leave: PhoneOff,
  pin: Pin,
  unpin: PinOff,
  play: Play,
  plus: Plus,
  reply: Reply,
  again: RotateCw,
  search: Search,
  send: Send,
  settings: Settings,
  signal: Signal,
  smile: Smile,
  light: Sun,
  system: SunMoon,
  bin: Trash2,
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
