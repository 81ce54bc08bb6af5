// What browsers can show of a file. The daemon serves only these types inline; all others are taken as a download.

import type { Attachment } from "$lib/api/types";

/** The address that shows it instead of saving it. */
export function inline(file: Attachment): string {
  return `${file.url}${file.url.includes("?") ? "&" : "?"}inline=1`;
}

export function mediaOf(file: Attachment): "image" | "video" | "audio" | "other" {
  const type = file.content_type.toLowerCase();
  if (/^image\/(png|jpe?g|gif|webp|avif|bmp)$/.test(type)) return "image";
  if (/^video\/(mp4|webm|ogg)$/.test(type)) return "video";
  if (/^audio\/(mpeg|mp3|mp4|aac|ogg|opus|wav|x-wav|webm|x-m4a|m4a|flac)(;|$)/.test(type)) return "audio";
  return "other";
}

export function isPicture(file: Attachment): boolean {
  return mediaOf(file) === "image";
}
