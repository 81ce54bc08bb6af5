// Files on their way to the daemon, before they belong to a message. XMLHttpRequest, because fetch tells no progress.

import { problemOf, Refused, Unreachable } from "$lib/api/client";
import type { Upload } from "$lib/api/types";
import { newId } from "$lib/ids";
import { reason } from "$console/state/toasts.svelte";

export interface Item {
  key: string;
  name: string;
  size: number;
  type: string;
  /** 0 to 1. */
  progress: number;
  /** What it is here to be sent under; set when it has arrived. */
  upload: Upload | null;
  /** Why it has not; it can be tried again. */
  failed: string | null;
  /** A picture of it, for images picked on this page. */
  preview: string | null;
  /** Bytes of the picture this was made from, where that can be sent instead. */
  original: number | null;
}

/** What a file has become before it is sent, and what it was where that can be sent instead. */
export interface Prepared {
  file: File;
  original: File | null;
}

export class Uploads {
  items = $state.raw<Item[]>([]);
  readonly #files = new Map<string, File>();
  readonly #originals = new Map<string, File>();
  readonly #requests = new Map<string, XMLHttpRequest>();

  get busy(): boolean {
    return this.items.some((item) => !item.upload && !item.failed);
  }

  get failed(): boolean {
    return this.items.some((item) => item.failed);
  }

  get done(): Upload[] {
    return this.items.flatMap((item) => (item.upload ? [item.upload] : []));
  }

  /** Files of a draft, uploaded before. */
  restore(uploads: Upload[]): void {
    this.items = uploads.map((upload) => ({ key: upload.id, name: upload.name, size: upload.size, type: upload.content_type, progress: 1, upload, failed: null, preview: null, original: null }));
  }

  /** `prepare` makes of it what is sent, or nothing where it cannot be; until then it counts as being on its way. */
  add(file: File, prepare?: () => Promise<Prepared | null>): void {
    const key = newId();
    const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    this.#files.set(key, file);
    this.items = [...this.items, { key, name: file.name || "file", size: file.size, type: file.type, progress: 0, upload: null, failed: null, preview, original: null }];
    if (prepare) void prepare().then((prepared) => this.#prepared(key, prepared));
    else this.#send(key, file);
  }

  /** The picture as it was, instead of the smaller one. */
  sendOriginal(key: string): void {
    const original = this.#originals.get(key);
    if (!original) return;
    this.#requests.get(key)?.abort();
    this.#originals.delete(key);
    this.#use(key, original, null);
  }

  again(key: string): void {
    const file = this.#files.get(key);
    if (!file) return;
    this.#change(key, { failed: null, progress: 0 });
    this.#send(key, file);
  }

  /** Also cancels one that is on its way. */
  remove(key: string): void {
    this.#requests.get(key)?.abort();
    this.#forget(key);
    this.items = this.items.filter((item) => item.key !== key);
  }

  /** They belong to a message now. */
  clear(): void {
    for (const item of this.items) this.remove(item.key);
  }

  #prepared(key: string, prepared: Prepared | null): void {
    // Taken away meanwhile.
    if (!this.#files.has(key)) return;
    if (!prepared) return this.remove(key);
    if (prepared.original) this.#originals.set(key, prepared.original);
    this.#use(key, prepared.file, prepared.original);
  }

  #use(key: string, file: File, original: File | null): void {
    this.#files.set(key, file);
    this.#change(key, { name: file.name || "file", size: file.size, type: file.type, progress: 0, upload: null, failed: null, original: original?.size ?? null });
    this.#send(key, file);
  }

  #send(key: string, file: File): void {
    const request = new XMLHttpRequest();
    this.#requests.set(key, request);
    const failed = (error: unknown) => this.#change(key, { failed: reason(error) });
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => this.#change(key, { progress: total ? loaded / total : 0 });
    request.onload = () => {
      if (request.status === 201) this.#change(key, { upload: request.response as Upload, progress: 1 });
      else failed(new Refused(problemOf(request.status, request.response)));
    };
    request.onerror = () => failed(new Unreachable());
    request.onloadend = () => this.#requests.delete(key);
    request.open("POST", "/api/v1/uploads");
    const body = new FormData();
    body.append("file", file, file.name || "file");
    request.send(body);
  }

  #change(key: string, change: Partial<Item>): void {
    this.items = this.items.map((item) => (item.key === key ? { ...item, ...change } : item));
  }

  #forget(key: string): void {
    const preview = this.items.find((item) => item.key === key)?.preview;
    if (preview) URL.revokeObjectURL(preview);
    this.#files.delete(key);
    this.#originals.delete(key);
    this.#requests.delete(key);
  }
}
