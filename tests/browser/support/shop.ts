// A daemon as it is really served, on a folder of its own: it can be killed and started again.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect, type APIRequestContext, type Page } from "@playwright/test";
import { Daemon, freePort } from "./process";

export const ADMIN = { name: "Ann Admin", email: "ann@example.com", password: "a long enough one" };

export class Shop {
  #daemon: Daemon | undefined;

  constructor(
    readonly base: string,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Starts the daemon; answers the link of the first set-up, where it prints one. */
  async start(): Promise<string | null> {
    const daemon = new Daemon(["--config", join(this.folder, "trunkline.toml"), "serve"]);
    this.#daemon = daemon;
    await daemon.says(/listening|setup#token=/i);
    await expect.poll(() => fetch(`${this.base}/healthz`).then((answer) => answer.ok, () => false)).toBe(true);
    return daemon.lines.map((line) => line.match(/(http\S+setup\S+)/)?.[1]).find((link) => link !== undefined) ?? null;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#daemon?.stop(signal);
  }

  async write(config: string): Promise<void> {
    const head = `[server]\nlisten = "127.0.0.1:${this.port}"\npublic_url = "${this.base}"\nmetrics_listen = ""\n[store]\ndata_dir = "${this.folder}/data"\n`;
    await writeFile(join(this.folder, "trunkline.toml"), head + config);
  }
}

/** Becomes the first administrator through the printed link, in the browser. */
export async function setUp(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Your name").fill(ADMIN.name);
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Create administrator" }).click();
}

/** Starts the daemon and becomes its first administrator; the desk is on the page. */
export async function openShop(page: Page, shop: Shop): Promise<void> {
  await setUp(page, (await shop.start()) ?? "");
  await expect(page.getByRole("navigation", { name: "Places" })).toBeVisible();
}

/** Signs in with a request, for a context whose pages are then signed in. */
export async function signIn(request: APIRequestContext, base: string, who: { email: string; password: string } = ADMIN): Promise<void> {
  const answer = await request.post(`${base}/api/v1/sessions`, { data: { email: who.email, password: who.password }, headers: { origin: base } });
  expect(answer.ok(), await answer.text()).toBe(true);
}

export const test = base.extend<{ shop: Shop }>({
  shop: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "trunkline-browser-"));
    const port = await freePort();
    const shop = new Shop(`http://127.0.0.1:${port}`, folder, port);
    await shop.write("");
    await use(shop);
    await shop.stop();
    await rm(folder, { recursive: true, force: true });
  },
});

export { expect };
