// Takes files in, however they were given, as far as the channel takes them.

import { size } from "$console/i18n/format";
import { t } from "$console/i18n/index.svelte";
import { toasts } from "$console/state/toasts.svelte";
import { refusalOf, type FileLimits } from "./fileLimits";
import type { Uploads } from "./uploads.svelte";

export function attach(files: File[], uploads: Uploads, limits: FileLimits): void {
  for (const file of files) {
    const refusal = refusalOf(file, uploads.items.length, limits);
    if (refusal) toasts.show("error", t(`composer.refused_${refusal}`, { name: file.name, max: size(limits.maxBytes), n: limits.maxFiles }));
    else uploads.add(file);
  }
}

/** Files in the clipboard. Office programs put a picture of the text beside the text: then it is the text that is meant. */
export function pastedFiles(event: ClipboardEvent): File[] {
  return event.clipboardData?.types.includes("text/plain") ? [] : [...(event.clipboardData?.files ?? [])];
}
