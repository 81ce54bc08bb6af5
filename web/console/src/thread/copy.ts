// Puts a text into the clipboard and says so.

import { t } from "$console/i18n/index.svelte";
import { toasts } from "$console/state/toasts.svelte";

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.show("success", t("common.copied"));
  } catch {
    // Browsers refuse it on pages without HTTPS.
    toasts.show("error", t("thread.copy_refused"));
  }
}
