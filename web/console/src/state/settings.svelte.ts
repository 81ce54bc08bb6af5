// What the daemon's configuration says that the console needs to know.

import { api, ok } from "$lib/api/client";
import type { Settings as Known } from "$lib/api/types";

/** Until the daemon has answered. */
const BEFORE: Known = {
  version: "",
  demo: false,
  public_url: location.origin,
  waiting: { warn_after_s: 300, breach_after_s: 900 },
  close_reasons: ["problem_solved", "customer_not_responding"],
  max_upload_bytes: 20_000_000,
  max_attachments: 10,
  max_text_chars: 10_000,
  max_preferences_bytes: 16_384,
};

export class Settings {
  value = $state.raw<Known>(BEFORE);

  async load(): Promise<void> {
    this.value = await ok(api.GET("/api/v1/settings"));
  }
}
