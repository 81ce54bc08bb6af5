// A site of somebody else that carries the widget, under the strictest policy that is promised to be enough. Under its address
// (127.0.0.1) it is another origin of the daemon's own site; under its name (localhost) it is another site, whose frames may keep
// nothing in the test browser, as in a private window.

import { once } from "node:events";
import { createServer, type Server } from "node:http";

export class Site {
  #server: Server;
  page = "";
  policy = "";

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

  /** Carries the widget of that daemon and inbox, and allows nothing but it. */
  carry(daemon: string, inbox: string): void {
    this.policy = `default-src 'none'; script-src ${daemon}; frame-src ${daemon}`;
    this.page = `<!doctype html><html lang="en"><title>A shop</title><h1>A shop</h1><script async src="${daemon}/widget.js" data-inbox="${inbox}"></script></html>`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
