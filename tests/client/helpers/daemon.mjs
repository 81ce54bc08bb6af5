// Runs the real daemon on a free port, with a data folder of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START_MS = 30_000;
const STOP_MS = 30_000;
/** Lines kept to explain a failed start. */
const TAIL = 40;

export class Daemon {
  #process;
  #dataDir;

  constructor(process, dataDir, url, setupToken) {
    this.#process = process;
    this.#dataDir = dataDir;
    this.url = url;
    this.setupToken = setupToken;
  }

  /** Starts it and waits until it listens and has printed its one-time set-up link. */
  static async start() {
    const binary = process.env.TRUNKLINE_BIN;
    assert.ok(binary, "TRUNKLINE_BIN names the daemon to test; `make test-client` sets it");
    const dataDir = await mkdtemp(join(tmpdir(), "trunkline-client-"));
    const child = spawn(binary, ["serve"], {
      cwd: dataDir,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        TRUNKLINE__SERVER__LISTEN: "127.0.0.1:0",
        TRUNKLINE__SERVER__METRICS_LISTEN: "",
        TRUNKLINE__STORE__DATA_DIR: dataDir,
        TRUNKLINE__LOG__FORMAT: "json",
      },
    });
    try {
      const { url, setupToken } = await started(child);
      return new Daemon(child, dataDir, url, setupToken);
    } catch (error) {
      child.kill("SIGKILL");
      await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Asks it to end, and fails when it does not do so by itself, in time and without an error. */
  async stop() {
    if (this.#process.exitCode === null) {
      this.#process.kill("SIGTERM");
      const overdue = setTimeout(() => this.#process.kill("SIGKILL"), STOP_MS);
      if (this.#process.exitCode === null) await once(this.#process, "exit");
      clearTimeout(overdue);
    }
    await rm(this.#dataDir, { recursive: true, force: true });
    assert.equal(this.#process.exitCode, 0, `exit by ${this.#process.signalCode ?? "an error"}`);
  }
}

function started(child) {
  return new Promise((resolve, reject) => {
    const tail = [];
    const found = {};
    const fail = (why) => reject(new Error(`the daemon ${why}; its last lines:\n${tail.join("\n")}`));
    const overdue = setTimeout(() => fail(`was not ready after ${START_MS} ms`), START_MS);
    child.once("error", (error) => fail(`did not start: ${error.message}`));
    child.once("exit", (code) => fail(`ended with ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        tail.push(line);
        if (tail.length > TAIL) tail.shift();
        found.address ??= listeningAddress(line);
        found.setupToken ??= /\/setup#token=([\w.~-]+)/.exec(line)?.[1];
        if (!found.address || !found.setupToken) return;
        clearTimeout(overdue);
        resolve({ url: `http://${found.address}`, setupToken: found.setupToken });
      });
    }
  });
}

/** The `addr` field of the log line `listening`. */
function listeningAddress(line) {
  try {
    const entry = JSON.parse(line);
    const fields = entry.fields ?? entry;
    return fields.message === "listening" ? fields.addr : undefined;
  } catch {
    return undefined;
  }
}
