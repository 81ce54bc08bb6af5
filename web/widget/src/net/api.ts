// Requests of the widget to the daemon's HTTP API, as the visitor it was let in as.

const ANSWER_MS = 15_000;

/** RFC 9457 with a stable code. */
export interface Problem {
  status: number;
  title: string;
  detail?: string;
  code?: string;
}

/** The daemon said no. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }

  /** Trying again later may help: too many at once, or the daemon is starting. */
  get temporary(): boolean {
    return this.problem.status === 429 || this.problem.status >= 500;
  }
}

/** No answer: nobody knows whether it was done. */
export class Unreachable extends Error {}

/** Calls `/api/v1` + `path`; with a body as POST. */
export async function call<T>(path: string, body?: object, token?: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      ...(body && { method: "POST", body: JSON.stringify(body) }),
      headers: { ...(body && { "content-type": "application/json" }), ...(token && { authorization: `Bearer ${token}` }) },
      credentials: "omit",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch {
    throw new Unreachable();
  }
  const text = await response.text().catch(() => "");
  if (!response.ok) throw new Refused(problemOf(response.status, text));
  return JSON.parse(text) as T;
}

/** A file of a conversation, which a plain link could not ask for: it carries no token. */
export async function file(url: string, token: string): Promise<Blob> {
  const address = new URL(url, location.origin);
  // Whatever a message says, the visitor's token goes nowhere else.
  if (address.origin !== location.origin) throw new Unreachable();
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` }, credentials: "omit" }).catch(() => undefined);
  if (!response) throw new Unreachable();
  if (!response.ok) throw new Refused({ status: response.status, title: `HTTP ${response.status}` });
  return response.blob();
}

/** Sends a file, telling how much of it is there (0 to 1). `fetch` cannot tell that. */
export function upload(
  file: Blob,
  name: string,
  token: string,
  progress: (part: number) => void,
  stop: AbortSignal,
): Promise<{ id: string }> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, name);
    request.open("POST", "/api/v1/uploads");
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status < 300) done(JSON.parse(request.responseText) as { id: string });
      else fail(new Refused(problemOf(request.status, request.responseText)));
    };
    request.onerror = request.onabort = () => fail(new Unreachable());
    stop.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

// A proxy in between may answer with a page of its own.
function problemOf(status: number, text: string): Problem {
  try {
    return { title: `HTTP ${status}`, ...(JSON.parse(text) as object), status };
  } catch {
    return { status, title: `HTTP ${status}` };
  }
}
