// Starts the daemon and stops it again: by the id of the process that was started, and no other.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const START_MS = 30_000;
const bin = process.env.TRUNKLINE_BIN ?? new URL("../../../target/debug/trunkline", import.meta.url).pathname;
/** A program that is built beside the daemon. */
export const beside = (name: string): string => join(dirname(bin), name);

export class Daemon {
  #child: ChildProcess;
  readonly lines: string[] = [];

  constructor(args: string[], env: Record<string, string> = {}) {
    this.#child = spawn(bin, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    }
  }

  /** The first line that fits; fails when the daemon ends before it. */
  async says(wanted: RegExp): Promise<RegExpMatchArray> {
    const until = Date.now() + START_MS;
    while (Date.now() < until) {
      const found = this.lines.map((line) => line.match(wanted)).find((match) => match !== null);
      if (found) return found;
      if (this.#child.exitCode !== null) break;
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`the daemon did not say ${wanted}:\n${this.lines.slice(-20).join("\n")}`);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}

/** A port that is free now and is given to nobody meanwhile: below those the system gives to whoever asks for any. */
export async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  const server = createServer().listen(port, "127.0.0.1");
  const free = await once(server, "listening").then(
    () => true,
    () => false,
  );
  if (!free) return freePort();
  server.close();
  await once(server, "close");
  return port;
}
