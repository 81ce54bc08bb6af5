// What the parts of one thread share: where to jump, and which menu, picker or window stands open over it.

import { getContext, setContext } from "svelte";
import type { Attachment, Conversation, Message } from "$lib/api/types";

/** What a menu is placed at: a button, or where the pointer was. */
export type Anchor = HTMLElement | { getBoundingClientRect: () => DOMRect };
export interface OpenAt {
  message: Message;
  anchor: Anchor;
}

/** What the channel can do, as far as the thread asks. */
export interface Abilities {
  delivered_receipts?: boolean;
  read_receipts?: boolean;
  edits?: boolean;
  deletes?: boolean;
  reactions?: boolean;
  reaction_set?: string[];
}

export class ThreadDesk {
  menu = $state.raw<OpenAt | null>(null);
  picker = $state.raw<OpenAt | null>(null);
  raw = $state.raw<Message | null>(null);
  viewer = $state.raw<Attachment | null>(null);

  /** The three are read anew each time: they are the props of the list. */
  constructor(
    readonly conversation: () => Conversation,
    readonly abilities: () => Abilities,
    readonly message: (id: string) => Message | undefined,
    readonly jump: (number: number) => void,
  ) {}
}

const KEY = Symbol("thread");

export function provideThread(thread: ThreadDesk): ThreadDesk {
  setContext(KEY, thread);
  return thread;
}

export function useThread(): ThreadDesk {
  return getContext<ThreadDesk>(KEY);
}
