// The API, typed by its own description. Everything that is not a success is thrown: `Refused` with the daemon's problem,
// or `Unreachable` when there was no answer.

import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type { Problem } from "./types";

const ANSWER_MS = 15_000;

/** The daemon said no; `problem` says why in words (RFC 9457). */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

/** No answer: nobody knows whether it was done. */
export class Unreachable extends Error {
  constructor() {
    super("no answer");
  }
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_MS)]) });
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Unreachable();
  }
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: reach });

/** The problem an answer carries; made up where something else than the daemon answered, such as a proxy. */
export function problemOf(status: number, body: unknown): Problem {
  if (typeof body === "object" && body !== null && "code" in body) return body as Problem;
  return { type: "about:blank", title: `HTTP ${status}`, status, code: "unexpected", detail: "", errors: [], extra: {} } as unknown as Problem;
}

/** Unwraps an answer: `const page = await ok(api.GET("/api/v1/conversations", …))`. */
export async function ok<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new Refused(problemOf(response.status, error));
  return data as T;
}
