/** Whom one has blocked: loaded when first asked for, then kept by the events of one's own devices. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { device } from "../delivery/device.ts";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { myBlocks } from "./api.ts";
import { type Block, withoutPerson } from "./model.ts";

/** Null: not loaded yet. */
export const blocks = signal<Block[] | null>(null);
export const blocksProblem = signal<Problem | null>(null);

type Change = (items: Block[]) => Block[];

let owner: string | null = null;
/** Changes while the list is on its way, which may be from before them. */
let meanwhile: Change[] = [];

export const isBlocked = (userId: string): boolean =>
  blocks.value?.some((block) => block.person.user_id === userId) ?? false;

export function useBlocks(): void {
  const me = user.value?.id ?? null;
  useEffect(() => {
    if (me && owner !== me) start(me);
  }, [me]);
}

export async function loadBlocks(): Promise<void> {
  const mine = owner;
  const changes: Change[] = [];
  meanwhile = changes;
  blocksProblem.value = null;
  try {
    const found: Block[] = [];
    let cursor: string | null = null;
    do {
      const page = await myBlocks(cursor);
      found.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    if (owner !== mine || meanwhile !== changes) return;
    blocks.value = changes.reduce((items, change) => change(items), found);
  } catch (error) {
    if (owner === mine) blocksProblem.value = asProblem(error);
  }
}

function changed(change: Change): void {
  meanwhile.push(change);
  if (blocks.value) blocks.value = change(blocks.value);
}

let stop: () => void = () => undefined;

function start(me: string): void {
  stop();
  owner = me;
  blocks.value = null;
  const those = [
    device.on("block.added", ({ data }) => {
      const block = data.block as Block;
      changed((items) => [...withoutPerson(items, block.person.user_id), block]);
    }),
    device.on("block.removed", ({ data }) =>
      changed((items) => withoutPerson(items, data.user_id as string)),
    ),
    device.onAfresh(() => void loadBlocks()),
  ];
  stop = () => {
    for (const off of those) off();
  };
}
