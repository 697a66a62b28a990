/** The browser's WebSocket as the socket client needs it. */

import type { Wire } from "./socket.ts";

export function openWire(url: string): Wire {
  // The development server passes sockets on; the backend would refuse its origin.
  const address = import.meta.env.DEV ? url.replace(/^wss?:\/\/[^/]+/, "") : url;
  return new WebSocket(address) as unknown as Wire;
}
