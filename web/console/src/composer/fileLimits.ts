// Whether a file can go with a message, told before it is uploaded.

import type { Mode } from "./drafts";
import type { Capabilities } from "./capabilities";

/** The daemon's own limit of files with one message. */
const MOST_FILES = 20;

export interface FileLimits {
  maxBytes: number;
  maxFiles: number;
  /** Kinds the channel sends; null where it does not matter. */
  sends: string[] | null;
}

/** Notes stay here: only the daemon's limits count for them. */
export function limitsOf(mode: Mode, capabilities: Capabilities | null, maxUploadBytes: number): FileLimits {
  if (mode === "note" || !capabilities) return { maxBytes: maxUploadBytes, maxFiles: MOST_FILES, sends: null };
  return {
    maxBytes: Math.min(maxUploadBytes, capabilities.max_attachment_bytes),
    maxFiles: Math.min(MOST_FILES, capabilities.max_attachments),
    sends: capabilities.sends,
  };
}

export type Refusal = "none" | "too_many" | "too_big" | "kind" | "empty";

/** `already`: how many files the message has. */
export function refusalOf(file: { size: number; type: string }, already: number, limits: FileLimits): Refusal | null {
  if (limits.maxFiles === 0 || limits.maxBytes === 0) return "none";
  if (already >= limits.maxFiles) return "too_many";
  if (file.size === 0) return "empty";
  if (file.size > limits.maxBytes) return "too_big";
  const family = file.type.split("/")[0] ?? "";
  const kind = ["image", "audio", "video"].includes(family) ? family : "file";
  return limits.sends && !limits.sends.includes(kind) && !limits.sends.includes("file") ? "kind" : null;
}
