// A host of somebody else, which mails point to: a server of our own that counts what is asked of it. Browsers reach it
// under an https name, as they would a stranger's.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { BrowserContext } from "@playwright/test";

const PIXEL = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

export interface Asked {
  path: string;
  /** As the browser has sent it. */
  referrer: string | undefined;
}

export class Remote {
  readonly asked: Asked[] = [];

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  /** Everything under that https origin reaches this server, from all pages of the context. */
  static async open(context: BrowserContext, origin: string): Promise<Remote> {
    const server = createServer();
    const remote = new Remote(server, origin);
    server.on("request", (request, answer) => {
      remote.asked.push({ path: request.url ?? "", referrer: request.headers.referer });
      const picture = request.url?.startsWith("/pictures/");
      answer.writeHead(200, { "content-type": picture ? "image/gif" : "text/html; charset=utf-8" });
      answer.end(picture ? PIXEL : "<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const local = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
    await context.route(`${origin}/**`, async (route) => {
      const { referer } = route.request().headers();
      const answer = await fetch(route.request().url().replace(origin, local), { headers: { ...(referer && { referer }) } });
      const contentType = answer.headers.get("content-type") ?? "text/html";
      await route.fulfill({ status: answer.status, contentType, body: Buffer.from(await answer.arrayBuffer()) });
    });
    return remote;
  }

  times(path: string): number {
    return this.asked.filter((one) => one.path === path).length;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }
}
