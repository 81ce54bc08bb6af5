// Stand-ins of the providers on ports of their own, for a daemon that knows nothing of them yet.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { APIRequestContext } from "@playwright/test";
import { beside } from "./process";
import { type Customer, Line } from "./town";

/** What somebody who connects the account finds at the provider. */
export interface Account {
  /** Of the provider's API. */
  url: string;
  token: string;
  group_id?: number;
  phone_number_id?: string;
  waba_id?: string;
  app_secret?: string;
}

export class Provider {
  private constructor(
    private readonly child: ChildProcess,
    readonly account: Account,
  ) {}

  /** The stand-in of one channel. */
  static async start(channel: "telegram" | "vk" | "whatsapp"): Promise<Provider> {
    const child = spawn(beside("trunkline-stand-ins"), [channel === "whatsapp" ? "graph" : channel], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`the stand-in ended with ${code}`))),
    ]);
    const told = JSON.parse(String(line));
    return new Provider(child, told[channel] ?? told);
  }

  /** The customers' side. */
  line(channel: string, customers: Customer[], request: APIRequestContext): Line {
    return new Line(channel, customers, null, this.account.url, request);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
  }
}
