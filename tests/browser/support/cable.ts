// A cable between a browser and the daemon that can be pulled out: connections break, and new ones are refused.

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class Cable {
  #server: Server;
  #open = new Set<Socket>();
  #pulled = false;

  private constructor(
    server: Server,
    readonly port: number,
  ) {
    this.#server = server;
  }

  static async lay(to: number): Promise<Cable> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const cable = new Cable(server, typeof address === "object" && address ? address.port : 0);
    server.on("connection", (near) => cable.#join(near, to));
    return cable;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  pull(): void {
    this.#pulled = true;
    for (const socket of this.#open) socket.destroy();
  }

  plug(): void {
    this.#pulled = false;
  }

  async remove(): Promise<void> {
    this.pull();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(near: Socket, to: number): void {
    if (this.#pulled) {
      near.destroy();
      return;
    }
    const far = connect(to, "127.0.0.1");
    for (const [one, other] of [[near, far], [far, near]] as const) {
      this.#open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#open.delete(one);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}
