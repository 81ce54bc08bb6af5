// Requests to the daemon's HTTP API.

import type { Problem } from "./types";

const TIMEOUT_MS = 15_000;
const UPLOAD_TIMEOUT_MS = 120_000;

/** The daemon refused; `message` can be shown to a person. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** The daemon could not be reached or did not answer in time: trying again may help. */
export class Unreachable extends Error {
  constructor() {
    super("The server cannot be reached.");
  }
}

export interface Options {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  /** A visitor's token; operators are known by their session cookie. */
  token?: string | undefined;
}

/** Calls `/api/v1` + `path`. `undefined` is the answer without a body. */
export async function call<T>(path: string, options: Options = {}): Promise<T> {
  const headers = new Headers({ Accept: "application/json" });
  if (options.token) headers.set("Authorization", `Bearer ${options.token}`);
  let body: BodyInit | null = null;
  if (options.body instanceof FormData) {
    body = options.body;
  } else if (options.body !== undefined) {
    headers.set("Content-Type", "application/json");
    body = JSON.stringify(options.body);
  }
  const method = options.method ?? (body === null ? "GET" : "POST");
  const signal = AbortSignal.timeout(body instanceof FormData ? UPLOAD_TIMEOUT_MS : TIMEOUT_MS);

  let response: Response;
  let text: string;
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, body, signal, credentials: "same-origin" });
    text = await response.text();
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw new Refused(problemOf(response, text));
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Stores a file; what comes back can be attached to a message. */
export function upload<T>(file: File, token?: string): Promise<T> {
  const form = new FormData();
  form.append("file", file, file.name);
  return call<T>("/uploads", { body: form, token });
}

/** What to tell a person about anything that was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}

// A proxy in between may answer with a page of its own.
function problemOf(response: Response, text: string): Problem {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (typeof problem.title === "string") return { type: "about:blank", status: response.status, ...problem } as Problem;
  } catch {
    // Not JSON: told by its status below.
  }
  return { type: "about:blank", title: `The server answered ${response.status}.`, status: response.status };
}
