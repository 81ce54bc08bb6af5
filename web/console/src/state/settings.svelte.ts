// What the daemon's configuration says that the console needs to know.

import { api, ok } from "$lib/api/client";

export interface Known {
  version: string;
  demo: boolean;
  public_url: string;
  waiting: { warn_after_s: number; breach_after_s: number };
  close_reasons: string[];
  max_upload_bytes: number;
}

export class Settings {
  value = $state.raw<Known>({
    version: "",
    demo: false,
    public_url: location.origin,
    waiting: { warn_after_s: 300, breach_after_s: 900 },
    close_reasons: ["problem_solved", "customer_not_responding"],
    max_upload_bytes: 20_000_000,
  });

  async load(): Promise<void> {
    const known = await ok<Partial<Known>>(api.GET("/api/v1/settings" as never) as never);
    this.value = { ...this.value, ...known };
  }
}
