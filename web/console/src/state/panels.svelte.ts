// Which parts of the screen are open, and which dialog. One dialog at a time, named, so that buttons, menus, shortcuts and
// the palette all open the same.

import type { Conversation } from "$lib/api/types";

const KEY = "trunkline.customer_panel";
/** Below it the panel covers the thread and begins closed. */
const WIDE = 1200;

export type DialogName = "transfer" | "close" | "close_next" | "assign" | "tags" | "priority" | "start" | "shortcuts" | "palette";

class Panels {
  customer = $state(innerWidth >= WIDE && localStorage.getItem(KEY) !== "closed");
  dialog = $state.raw<{ name: DialogName; conversations: Conversation[] } | null>(null);

  toggleCustomer(): void {
    this.customer = !this.customer;
    localStorage.setItem(KEY, this.customer ? "open" : "closed");
  }

  /** Opens a dialog for one conversation or, from the list, for several. */
  ask(name: DialogName, conversations: Conversation[] = []): void {
    this.dialog = { name, conversations };
  }

  close(): void {
    this.dialog = null;
  }
}

export const panels = new Panels();
