// A daemon with a long conversation, a long list and one operator: filled once, for all that is measured.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test as base, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { freePort } from "../support/process";
import { ADMIN, Shop, signIn } from "../support/shop";
import { Figures } from "./figures";
import { putProbe } from "./probe";
import { Visitor } from "./visitor";

const root = new URL("../../../", import.meta.url).pathname;
const filler = process.env.TRUNKLINE_BENCH_BIN ?? join(root, "target/release/trunkline-bench");
/** A folder that stays filled between runs: for trying things out, not for figures. */
const kept = process.env.TRUNKLINE_BENCH_KEEP;
const FILL_MS = 240_000;

// A load of one visitor from one address: quotas and throttles are not what is measured.
const CONFIG = `[access]
requests_per_minute = 10000000
[inboxes.website]
channel = "web_chat"
[inboxes.website.settings.quotas]
messages_per_minute = 10000000
starts_per_hour = 10000000
`;

export class Desk {
  constructor(
    readonly base: string,
    /** The conversation of 50,000 messages. */
    readonly conversation: string,
    readonly visitor: Visitor,
    private readonly browser: Browser,
  ) {}

  /** A browser of its own with nothing kept, signed in as the operator; its pages carry the probe. */
  async operator(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    await signIn(context.request, this.base);
    return context;
  }

  async page(context: BrowserContext, path: string): Promise<Page> {
    const page = await context.newPage();
    await putProbe(page);
    await page.goto(this.base + path);
    return page;
  }
}

export const test = base.extend<object, { desk: Desk; figures: Figures }>({
  figures: [
    async ({}, use) => {
      const figures = new Figures();
      await use(figures);
      process.stdout.write(`\n${figures.table()}\n`);
      await figures.write(process.env.TRUNKLINE_BENCH_JSON ?? join(root, "target/bench-browser.json"));
    },
    { scope: "worker" },
  ],
  desk: [
    async ({ browser }, use) => {
      const folder = kept ?? (await mkdtemp(join(tmpdir(), "trunkline-bench-")));
      await mkdir(folder, { recursive: true });
      const port = await freePort();
      const shop = new Shop(`http://127.0.0.1:${port}`, folder, port);
      try {
        await shop.write(CONFIG);
        const { token, conversation } = await filled(shop, folder);
        await shop.start();
        const visitor = await Visitor.connect(shop.base, token);
        await visitor.join(conversation);
        await use(new Desk(shop.base, conversation, visitor, browser));
        visitor.leave();
      } finally {
        await shop.stop();
        if (!kept) await rm(folder, { recursive: true, force: true });
      }
    },
    { scope: "worker", timeout: FILL_MS * 2 },
  ],
});

interface People {
  token: string;
  conversation: string;
}

async function filled(shop: Shop, folder: string): Promise<People> {
  const note = join(folder, "people.json");
  const before = await readFile(note, "utf8").catch(() => null);
  if (before) return JSON.parse(before) as People;
  const made = await people(shop);
  const store = `sqlite:${folder}/data/trunkline.db`;
  await promisify(execFile)(filler, ["--fill", store, "--conversation", made.conversation], { timeout: FILL_MS });
  await writeFile(note, JSON.stringify(made));
  return made;
}

/** The operator, the visitor and the beginning of what they say, made as people make them; then the daemon is stopped. */
async function people(shop: Shop): Promise<People> {
  const link = await shop.start();
  const secret = /token=([\w-]+)/.exec(link ?? "")?.[1];
  const made = await fetch(`${shop.base}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: shop.base },
    body: JSON.stringify({ token: secret, ...ADMIN }),
  });
  if (!made.ok) throw new Error(`no administrator: ${await made.text()}`);
  const token = await Visitor.newcomer(shop.base);
  const visitor = await Visitor.connect(shop.base, token);
  const conversation = await visitor.start();
  visitor.leave();
  await shop.stop();
  return { token, conversation };
}
