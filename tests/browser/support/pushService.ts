// A push service in the test's own hands: browsers subscribe with it, the daemon sends to it (RFC 8030), and it can read what was
// encrypted for them (RFC 8291), once it believes the sender (RFC 8292).

import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";

interface Browser {
  keys: ECDH;
  auth: Buffer;
  /** What it subscribed with: the sender's public key. */
  sender: string;
  ended: boolean;
}

/** A notification as it stands in the worker's hands. */
export interface Told {
  browser: number;
  text: string;
}

export class PushService {
  #server: Server;
  #browsers: Browser[] = [];
  readonly told: Told[] = [];

  private constructor(
    server: Server,
    readonly origin: string,
  ) {
    this.#server = server;
  }

  static async open(): Promise<PushService> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const service = new PushService(server, `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`);
    server.on("request", (request, answer) => {
      void service.#take(request).then(
        (status) => answer.writeHead(status).end(),
        (error: unknown) => answer.writeHead(400).end(String(error)),
      );
    });
    return service;
  }

  /** One more browser; what `PushSubscription.toJSON()` gives there. */
  subscribe(sender: string): object {
    const keys = createECDH("prime256v1");
    keys.generateKeys();
    const browser = { keys, auth: randomBytes(16), sender, ended: false };
    const number = this.#browsers.push(browser) - 1;
    return {
      endpoint: `${this.origin}/send/${number}`,
      expirationTime: null,
      keys: { p256dh: keys.getPublicKey("base64url"), auth: browser.auth.toString("base64url") },
    };
  }

  unsubscribe(endpoint: string): void {
    const browser = this.#browsers[Number(endpoint.split("/").at(-1))];
    if (browser) browser.ended = true;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #take(request: IncomingMessage): Promise<number> {
    const number = Number(request.url?.split("/").at(-1));
    const browser = this.#browsers[number];
    const body = Buffer.concat(await request.toArray());
    if (!browser) return 404;
    if (browser.ended) return 410;
    if (sender(String(request.headers.authorization), this.origin) !== browser.sender) return 403;
    this.told.push({ browser: number, text: decrypted(browser, body) });
    return 201;
  }
}

/** The public key of whoever signed for this service; throws when the signature is another's. */
function sender(authorization: string, origin: string): string {
  const { t: token, k: key } = Object.fromEntries([...authorization.matchAll(/([tk])=([\w.-]+)/g)].map((found) => [found[1], found[2]]));
  const [head = "", claims = "", signature = ""] = (token ?? "").split(".");
  const point = Buffer.from(key ?? "", "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
  const known = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" }, format: "jwk" });
  const right = verify("sha256", Buffer.from(`${head}.${claims}`), { key: known, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  if (!right || JSON.parse(Buffer.from(claims, "base64url").toString()).aud !== origin) throw new Error("not signed for this service");
  return key ?? "";
}

function decrypted({ keys, auth }: Browser, body: Buffer): string {
  const salt = body.subarray(0, 16);
  const length = body[20] ?? 0;
  const other = body.subarray(21, 21 + length);
  const sealed = body.subarray(21 + length);
  const about = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), other]);
  const secret = Buffer.from(hkdfSync("sha256", keys.computeSecret(other), auth, about, 32));
  const derived = (info: string, bytes: number) => Buffer.from(hkdfSync("sha256", secret, salt, Buffer.from(`${info}\0`), bytes));
  const cipher = createDecipheriv("aes-128-gcm", derived("Content-Encoding: aes128gcm", 16), derived("Content-Encoding: nonce", 12));
  cipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  // The last record ends with a 2, and zeros where it was made longer.
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}
