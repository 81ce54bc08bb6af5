// The whole daemon with six lines to stand-ins of the providers, and the customers' phones in our hands.

import { expect, test as base, type APIRequestContext, type Page } from "@playwright/test";
import { Daemon, freePort } from "./process";

const WAIT_MS = 20_000;

/** The providers' ids for the n-th of any number of people. */
const STRANGERS: Record<string, (n: number) => string> = {
  web_chat: (n) => `visitor-${n}`,
  telegram: (n) => String(60_000_000 + n),
  whatsapp: (n) => String(15_558_000_000 + n),
  messenger: (n) => String(7_400_000_000_000_000 + n),
  vk: (n) => String(60_000_000 + n),
  email: (n) => `person-${n}@customers.example`,
};
// Three digits each, so that no name is the beginning of another.
let met = 100;

export interface Customer {
  id: string;
  name: string;
}

export interface Shown {
  id: string;
  mine: boolean;
  kind: string;
  text: string;
  reply_to: string | null;
  reactions?: string[];
}

/** The customers' side of one channel. */
export class Line {
  constructor(
    readonly channel: string,
    readonly customers: Customer[],
    readonly sendPath: string | null,
    /** Where the stand-in is: in the demo under the daemon, else on a port of its own. */
    private readonly root: string,
    private readonly request: APIRequestContext,
  ) {}

  /** Somebody nobody has met yet: a town is shared by tests, its people are not. */
  stranger(): Customer {
    met += 1;
    return { id: STRANGERS[this.channel]?.(met) ?? `stranger-${met}`, name: `Stranger ${met}` };
  }

  #at(customer: Customer, gesture: string): string {
    return `${this.root}/_control/customers/${encodeURIComponent(customer.id)}/${gesture}`;
  }

  async #do(customer: Customer, gesture: string, data: object = {}): Promise<Record<string, unknown>> {
    const answer = await this.request.post(this.#at(customer, gesture), { data });
    expect(answer.ok(), `${this.channel} ${gesture}: ${await answer.text()}`).toBe(true);
    return answer.json().catch(() => ({}));
  }

  /** Writes to the business; answers the stand-in's id of the message. */
  async say(customer: Customer, text: string, more: object = {}): Promise<string> {
    const { message_id } = await this.#do(customer, "say", { name: customer.name, text, ...more });
    return String(message_id);
  }

  edit(customer: Customer, messageId: string, text: string) {
    return this.#do(customer, "edit", { message_id: messageId, text });
  }

  react(customer: Customer, messageId: string, emoji: string | null) {
    return this.#do(customer, "react", { message_id: messageId, emoji });
  }

  typing(customer: Customer) {
    return this.#do(customer, "typing");
  }

  read(customer: Customer) {
    return this.#do(customer, "read");
  }

  async shown(customer: Customer): Promise<Shown[]> {
    const answer = await this.request.get(this.#at(customer, "messages"));
    return (await answer.json()).messages;
  }

  /** Waits until the customer sees that text from the business, and answers how often they do. */
  async sees(customer: Customer, text: string): Promise<number> {
    const times = async () => (await this.shown(customer)).filter((one) => !one.mine && one.text === text).length;
    await expect.poll(times, { timeout: WAIT_MS, message: `${this.channel}: ${text}` }).toBeGreaterThan(0);
    return times();
  }

  /** Arms a fault of the stand-in, as on the page of phones. */
  async fault(fault: object): Promise<void> {
    const answer = await this.request.post(`${this.root}/_control/faults`, { data: fault });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
}

export class Town {
  constructor(
    readonly base: string,
    readonly entrance: string,
    readonly lines: Line[],
  ) {}

  line(channel: string): Line {
    const line = this.lines.find((one) => one.channel === channel);
    if (!line) throw new Error(`no line ${channel}`);
    return line;
  }

  /** Opens the console, signed in. */
  async enter(page: Page, path = "/"): Promise<void> {
    await page.goto(this.entrance);
    await expect(page.getByRole("navigation", { name: "Places" })).toBeVisible({ timeout: WAIT_MS });
    if (path !== "/") await page.goto(this.base + path);
  }
}

/** One town for each worker; tests meet strangers of their own in it. */
export const test = base.extend<object, { town: Town }>({
  town: [
    async ({ playwright }, use) => {
      const port = await freePort();
      const daemon = new Daemon(["demo", "--silent", "--listen", `127.0.0.1:${port}`]);
      const entrance = (await daemon.says(/(http:\S+token=\S+)/))[1] ?? "";
      const root = new URL(entrance).origin;
      const request = await playwright.request.newContext({ extraHTTPHeaders: { origin: root } });
      const described = await (await request.get(`${root}/demo/lines`)).json();
      const lines = described.lines.map(
        (line: { channel: string; customers: Customer[]; send_path: string | null }) =>
          new Line(line.channel, line.customers, line.send_path, `${root}/demo/${line.channel}`, request),
      );
      await use(new Town(root, entrance, lines));
      await request.dispose();
      await daemon.stop();
    },
    { scope: "worker" },
  ],
});

export { expect };
