// The console: lists on the left, the open conversation on the right, one socket for both.

import { call } from "../lib/api";
import { element, show } from "../lib/dom";
import { Realtime } from "../lib/realtime";
import type { Conversation, Operator } from "../lib/types";
import { OpenConversation } from "./conversation";
import { Queue } from "./queue";

export class Console {
  readonly #realtime = new Realtime();
  readonly #queue = new Queue((conversation) => this.#choose(conversation));
  readonly #pane = element("div", { className: "pane" }, element("p", { className: "quiet" }, "Choose a conversation."));
  readonly #connection = element("p", { className: "state", attributes: { role: "status" } }, "Connecting…");
  readonly #views = new Map<string, OpenConversation>();
  #current: OpenConversation | null = null;

  constructor(private readonly operator: Operator) {}

  start(): void {
    const leave = element("button", { type: "button", className: "quiet", onclick: () => void this.#signOut() }, "Sign out");
    const bar = element("header", { className: "bar" }, element("h1", {}, "Trunkline"), this.#connection, element("bdi", {}, this.operator.name), leave);
    show(bar, element("main", { className: "console" }, this.#queue.root, this.#pane));
    this.#queue.refresh();
    this.#listen();
    this.#realtime.connect(
      () => {
        this.#connection.textContent = "";
        this.#queue.refresh();
        for (const view of this.#views.values()) void view.ready();
      },
      () => {
        this.#connection.textContent = "Connecting…";
      },
    );
  }

  #listen(): void {
    this.#realtime.on("chat:new_session", () => this.#queue.refresh());
    this.#realtime.on("chat:new_message", (event) => {
      this.#views.get(event.session_id)?.received([event.message]);
      this.#queue.refresh();
    });
    this.#realtime.on("chat:message_edited", (event) => {
      this.#views.get(event.session_id)?.received([event.message]);
      this.#queue.refresh();
    });
    this.#realtime.on("chat:delivery", (event) => this.#views.get(event.session_id)?.delivered(event.message_id, event.status));
    this.#realtime.on("chat:typing", (event) => {
      if (event.sender_type === "customer") this.#views.get(event.session_id)?.customerTypes(event.typing !== false);
    });
    for (const name of ["chat:session_assigned", "chat:ended"] as const) {
      this.#realtime.on(name, (event) => {
        void this.#views.get(event.session_id)?.reread().catch(() => undefined);
        this.#queue.refresh();
      });
    }
  }

  // A view once opened lives on, so that nothing written in it but not yet sent is lost.
  #choose(conversation: Conversation): void {
    let view = this.#views.get(conversation.id);
    if (!view) {
      view = new OpenConversation(conversation, this.operator, this.#realtime, () => this.#queue.refresh());
      this.#views.set(conversation.id, view);
      if (this.#realtime.connected) void view.ready();
    }
    this.#current = view;
    this.#queue.select(this.#current.id);
    this.#pane.replaceChildren(view.root);
  }

  async #signOut(): Promise<void> {
    await call("/sessions/current", { method: "DELETE" }).catch(() => undefined);
    location.reload();
  }
}
