// Text frames of Engine.IO 4 and Socket.IO 5 over WebSocket, as far as this client needs them: the main namespace, no binary.
// https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/

export type Frame =
  | { type: "open"; pingInterval: number; pingTimeout: number }
  | { type: "ping" }
  | { type: "close" }
  | { type: "connected" }
  | { type: "refused"; message: string }
  | { type: "disconnected" }
  | { type: "event"; name: string; body: unknown }
  | { type: "ack"; id: number; body: unknown }
  | { type: "other" };

const OTHER: Frame = { type: "other" };

export const PONG = "3";

/** Asks to be let in. */
export function hello(auth: object): string {
  return `40${JSON.stringify(auth)}`;
}

/** An event; with an id it is to be answered. */
export function event(name: string, body: object, id?: number): string {
  return `42${id ?? ""}${JSON.stringify([name, body])}`;
}

/** Understands a frame; what cannot be understood is `other`, never an error. */
export function parse(text: string): Frame {
  try {
    switch (text[0]) {
      case "0":
        return { type: "open", ...(JSON.parse(text.slice(1)) as { pingInterval: number; pingTimeout: number }) };
      case "1":
        return { type: "close" };
      case "2":
        return { type: "ping" };
      case "4":
        return message(text);
    }
  } catch {
    // Not JSON: left alone.
  }
  return OTHER;
}

function message(text: string): Frame {
  const [, id = "", json = ""] = /^(\d*)([^]*)$/.exec(text.slice(2)) ?? [];
  const body = json === "" ? undefined : (JSON.parse(json) as unknown);
  switch (text[1]) {
    case "0":
      return { type: "connected" };
    case "1":
      return { type: "disconnected" };
    case "2":
      return Array.isArray(body) ? { type: "event", name: String(body[0]), body: body[1] } : OTHER;
    case "3":
      return Array.isArray(body) ? { type: "ack", id: Number(id), body: body[0] } : OTHER;
    case "4":
      return { type: "refused", message: String((body as { message?: string } | undefined)?.message ?? "") };
    default:
      return OTHER;
  }
}
