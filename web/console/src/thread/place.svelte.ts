// Where in a conversation one reads: at the newest while one reads there, in place while older messages are put before, and
// where one was pointed to.

import { tick } from "svelte";
import type { VListHandle } from "virtua/svelte";
import type { Message } from "$lib/api/types";
import type { Thread } from "$console/state/thread.svelte";
import { indexOf, type Row } from "./rows";
import { steps } from "./window";

/** Pixels from an end at which the next page is asked for. */
const AHEAD = 800;
/** Pixels from the end that still count as being there. */
const NEAR = 48;
/** Pixels that stay free above the first unread message. */
const ABOVE_UNREAD = 48;
const PAINT_MS = 200;
const HIGHLIGHT_MS = 2_500;
/** Only what a person did shortly before takes the list away from its end; pictures that grow do not. */
const BY_HAND_MS = 3_000;

export class Place {
  list = $state<VListHandle>();
  frame = $state<HTMLElement>();
  /** What the list shows: the thread's, step by step, so that the list can keep its place. */
  messages = $state.raw<Message[]>([]);
  /** Rows are being put before, or taken from, the beginning. */
  shift = $state(false);
  /** Another one shows messages that have nothing to do with those before: the list begins anew. */
  generation = $state(0);
  atEnd = $state(true);
  /** Number of the message that is pointed at. */
  highlighted = $state<number | null>(null);
  /** The list stands where one begins to read: from now on it is scrolled by hand. */
  settled = false;
  #lastOffset = 0;
  #touchedAt = 0;
  #moving = Promise.resolve();
  #dimming: ReturnType<typeof setTimeout> | undefined;
  /** The message to point at as soon as the window that holds it is there. */
  #wanted: number | null = null;

  /** `rows` are those of `messages`, `first` is the message that the address names. */
  constructor(
    private readonly thread: Thread,
    private readonly rows: () => Row[],
    private readonly first: () => number | null,
  ) {}

  /** Shows these, after whatever is under way. */
  follow(target: Message[]): void {
    this.#moving = this.#moving.then(() => this.#follow(target));
  }

  async jump(number: number): Promise<void> {
    this.atEnd = false;
    this.#wanted = number;
    await this.thread.loadAround(number);
    await tick();
    await this.#moving;
    await this.#pointed();
  }

  newest(): void {
    this.atEnd = true;
    if (this.thread.hasNewer) void this.thread.loadNewest();
    else this.#toEnd();
  }

  /** Somebody uses wheel, finger or keys. */
  touched(): void {
    this.#touchedAt = performance.now();
  }

  scrolled(offset: number): void {
    if (!this.list || !this.settled) return;
    if (this.#isNear()) this.atEnd = true;
    else if (offset < this.#lastOffset && performance.now() - this.#touchedAt < BY_HAND_MS) this.atEnd = false;
    this.#lastOffset = offset;
    this.#more();
  }

  resized(): void {
    if (this.settled && this.atEnd && !this.thread.hasNewer) this.#toEnd();
  }

  /** Up and down walk through the messages; one stop of the Tab key leads into the list and one out of it. */
  walk(event: KeyboardEvent): void {
    this.touched();
    const target = event.target as HTMLElement;
    const key = target.dataset.row;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || (!key && target.getAttribute("role") !== "log")) return;
    if (event.key === "End") return this.newest();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const rows = this.rows();
    const by = event.key === "ArrowUp" ? -1 : 1;
    let index = key ? rows.findIndex((row) => row.key === key) + by : rows.length - 1;
    while (rows[index]?.type === "day" || rows[index]?.type === "unread") index += by;
    if (!rows[index]) return;
    this.list?.scrollToIndex(index, { align: "nearest" });
    void this.#focusRow(index);
  }

  stop(): void {
    clearTimeout(this.#dimming);
  }

  async #follow(target: Message[]): Promise<void> {
    if (this.messages === target) return;
    const way = steps(this.messages, target);
    if (!way) {
      this.settled = false;
      this.messages = target;
      this.generation += 1;
      await tick();
      await this.#begin();
      return;
    }
    for (const step of way) {
      this.shift = step.shift;
      this.messages = step.messages;
      await tick();
    }
    this.shift = false;
    if (!(await this.#pointed()) && this.atEnd && !this.thread.hasNewer) this.#toEnd();
    this.#moreWhenPainted();
  }

  /** Where to begin to read. */
  async #begin(): Promise<void> {
    if (!this.messages.length) return;
    const unread = this.rows().findIndex((row) => row.type === "unread");
    const first = this.first();
    if (this.generation === 1 && first !== null) {
      // Not awaited: it waits for what is being shown now.
      void this.jump(first);
    } else if (await this.#pointed()) {
      // Somebody looks at another place of the conversation.
    } else if (unread > 0) {
      this.atEnd = false;
      this.list?.scrollToIndex(unread, { align: "start", offset: -ABOVE_UNREAD });
      await painted();
      this.atEnd = this.#isNear();
    } else {
      this.#toEnd();
    }
    this.settled = true;
    this.#moreWhenPainted();
  }

  async #pointed(): Promise<boolean> {
    if (this.#wanted === null || indexOf(this.rows(), this.#wanted) < 0) return false;
    const number = this.#wanted;
    this.#wanted = null;
    await this.#point(number);
    return true;
  }

  async #point(number: number): Promise<void> {
    const rows = this.rows();
    const index = indexOf(rows, number);
    if (index < 0) return;
    this.atEnd = index === rows.length - 1 && !this.thread.hasNewer;
    this.list?.scrollToIndex(index, { align: "center" });
    this.highlighted = number;
    clearTimeout(this.#dimming);
    this.#dimming = setTimeout(() => (this.highlighted = null), HIGHLIGHT_MS);
    await this.#focusRow(index);
  }

  #toEnd(): void {
    const { length } = this.rows();
    if (length) this.list?.scrollToIndex(length - 1, { align: "end" });
  }

  #isNear(): boolean {
    const { list } = this;
    return !list || list.getScrollOffset() + list.getViewportSize() >= list.getScrollSize() - NEAR;
  }

  /** Until it is painted the list says where it was before it took in the last page, and a second one would be asked for. */
  #moreWhenPainted(): void {
    void painted().then(() => this.#more());
  }

  #more(): void {
    const { list, thread } = this;
    if (!list || !this.settled) return;
    if (thread.hasOlder && list.getScrollOffset() < AHEAD) void thread.loadOlder();
    else if (thread.hasNewer && list.getScrollOffset() + list.getViewportSize() > list.getScrollSize() - AHEAD) void thread.loadNewer();
  }

  async #focusRow(index: number): Promise<void> {
    await painted();
    const row = this.rows()[index];
    if (row) this.frame?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.key)}"]`)?.focus({ preventScroll: true });
  }
}

/** After the list has measured what it shows; a page that is not seen is not painted. */
function painted(): Promise<unknown> {
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(done));
    setTimeout(done, PAINT_MS);
  });
}
