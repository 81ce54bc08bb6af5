// Takes files in, however they were given, as far as the channel takes them. Large photos are made smaller on the way.

import { size } from "$console/i18n/format";
import { t } from "$console/i18n/index.svelte";
import { toasts } from "$console/state/toasts.svelte";
import { refusalOf, type FileLimits, type Refusal } from "./fileLimits";
import { mayShrink, shrink } from "./shrink";
import type { Prepared, Uploads } from "./uploads.svelte";

export function attach(files: File[], uploads: Uploads, limits: FileLimits): void {
  for (const file of files) {
    const photo = mayShrink(file, limits);
    // How many bytes a photo will have is not known yet.
    const bytes = photo ? Math.min(file.size, limits.maxBytes) : file.size;
    const refusal = refusalOf({ type: file.type, size: bytes }, uploads.items.length, limits);
    if (refusal) refuse(refusal, file, limits);
    else uploads.add(file, photo ? () => prepare(file, limits) : undefined);
  }
}

/** Files in the clipboard. Office programs put a picture of the text beside the text: then it is the text that is meant. */
export function pastedFiles(event: ClipboardEvent): File[] {
  return event.clipboardData?.types.includes("text/plain") ? [] : [...(event.clipboardData?.files ?? [])];
}

async function prepare(file: File, limits: FileLimits): Promise<Prepared | null> {
  // What the browser cannot draw goes as it is.
  const made = await shrink(file).catch(() => file);
  if (made.size > limits.maxBytes) {
    refuse("too_big", file, limits);
    return null;
  }
  return { file: made, original: made !== file && file.size <= limits.maxBytes ? file : null };
}

function refuse(refusal: Refusal, file: File, limits: FileLimits): void {
  toasts.show("error", t(`composer.refused_${refusal}`, { name: file.name, max: size(limits.maxBytes), n: limits.maxFiles }));
}
