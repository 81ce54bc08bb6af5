// A site of somebody else that carries the widget, under the strictest policy that is promised to be enough. Under its address
// (127.0.0.1) it is another origin of the daemon's own site; under its name (localhost) it is another site, whose frames may keep
// nothing in the test browser, as in a private window.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { expect, type FrameLocator, type Page } from "@playwright/test";
import { openShop, type Shop } from "./shop";

export class Site {
  #server: Server;
  page = "";
  policy = "";
  /** Id of the inbox whose widget it carries. */
  inbox = "";

  private constructor(
    server: Server,
    readonly origin: string,
  ) {
    this.#server = server;
  }

  static async open(host: "127.0.0.1" | "localhost" = "127.0.0.1"): Promise<Site> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const site = new Site(server, `http://${host}:${typeof address === "object" && address ? address.port : 0}`);
    server.on("request", (_, answer) => {
      answer.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": site.policy });
      answer.end(site.page);
    });
    return site;
  }

  /** Of a shop that allows it, whose first administrator is signed in on `page`. */
  static async of(page: Page, shop: Shop, more: { host?: "127.0.0.1" | "localhost"; inbox?: string } = {}): Promise<Site> {
    const site = await Site.open(more.host);
    await shop.write(`[inboxes."${more.inbox ?? "website"}"]\nchannel = "web_chat"\nsettings = { allowed_origins = ["${site.origin}"] }\n`);
    await openShop(page, shop);
    await site.carry(shop);
    return site;
  }

  /** Carries the shop's widget, and allows nothing but it. */
  async carry({ base: daemon }: Shop): Promise<void> {
    this.inbox = ((await (await fetch(`${daemon}/api/v1/widget/default`)).json()) as { inbox_id: string }).inbox_id;
    this.policy = `default-src 'none'; script-src ${daemon}; frame-src ${daemon}`;
    this.page = `<!doctype html><html lang="en"><title>A shop</title><h1>A shop</h1><script async src="${daemon}/widget.js" data-inbox="${this.inbox}"></script></html>`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** Opens the widget of the page that a visitor looks at. */
export async function openWidget(visitor: Page): Promise<FrameLocator> {
  await visitor.getByRole("button", { name: /Open chat/ }).click();
  return visitor.frameLocator('iframe[title="Chat"]');
}

/** Says it in the widget; it is in the thread at once, sent or not. */
export async function say(chat: FrameLocator, text: string): Promise<void> {
  await chat.getByRole("textbox", { name: "Message" }).fill(text);
  await chat.getByRole("button", { name: "Send" }).click();
  await expect(chat.getByRole("log")).toContainText(text);
}
