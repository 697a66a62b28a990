/** Pushes: what they are for, before the browser asks; and on which devices they are shown. */

import { useState } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { useLoaded } from "../ui/loading.ts";
import { toast } from "../ui/toasts.ts";
import * as api from "./api.ts";
import { forgetIf, pushState, turnOff, turnOn } from "./push.ts";

const words = text.notification_preferences;

export function PushOnThisDevice({ userId }: { userId: string }) {
  const [busy, setBusy] = useState(false);
  const [turn, setTurn] = useState(0);
  const state = pushState.value;
  const change = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
    } catch {
      toast(words.pushFailed, { tone: "error" });
    } finally {
      setBusy(false);
      setTurn((before) => before + 1);
    }
  };
  return (
    <div class="push-here">
      <h3>{words.push}</h3>
      {state === "unsupported" && (
        <Notice>{isApplePhone() ? words.unsupportedPhone : words.unsupported}</Notice>
      )}
      {state === "blocked" && <Notice tone="warn">{words.blocked}</Notice>}
      {state === "off" && (
        <>
          <p class="hint">{words.pushWhy}</p>
          <Button icon="bell" busy={busy} onClick={() => void change(() => turnOn(userId))}>
            {words.turnOn}
          </Button>
          {busy && <p role="status">{words.turningOn}</p>}
        </>
      )}
      {state === "on" && (
        <>
          <p role="status">{words.on}</p>
          <Button icon="bell_off" busy={busy} onClick={() => void change(() => turnOff(userId))}>
            {words.turnOff}
          </Button>
        </>
      )}
      <Devices key={turn} userId={userId} />
    </div>
  );
}

function Devices({ userId }: { userId: string }) {
  const { value, again } = useLoaded(api.pushDevices, []);
  if (!value?.items.length) return null;
  const stop = async (id: string) => {
    try {
      await api.removePushDevice(id);
      await forgetIf(id, userId);
    } catch (error) {
      toast(asProblem(error).message, { tone: "error" });
    }
    again();
  };
  return (
    <>
      <h4 id="push-devices">{words.devices}</h4>
      <ul class="sessions" aria-labelledby="push-devices">
        {value.items.map((each) => (
          <li class="session" key={each.id}>
            <Icon name="devices" size={22} />
            <div class="session-what">
              <strong dir="auto">{each.device_name ?? words.unnamed}</strong>
              <small>{words.lastUsed(dateTime(each.last_used_at))}</small>
            </div>
            <Button
              aria-label={words.removeDevice(each.device_name ?? words.unnamed)}
              onClick={() => void stop(each.id)}
            >
              {words.stop}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

const isApplePhone = (): boolean => /iPhone|iPad/.test(navigator.userAgent);
