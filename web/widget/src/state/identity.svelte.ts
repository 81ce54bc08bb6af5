// Who the visitor is to the daemon: whom the site proves, whoever was here before, or a stranger. Never one for the other.

import { current } from "../i18n/index.svelte";
import { call, Refused } from "../net/api";
import type { Entered } from "../net/types";
import type { User } from "../protocol";
import type { Storage } from "./storage";

export class Identity {
  visitor = $state.raw<Entered["visitor"] | null>(null);
  /** The site has proved who it is. */
  verified = $state.raw(false);
  /** Shows the daemon who asks; empty: nobody yet. */
  token = "";
  #user: User | undefined;
  /** The token lies in the storage, which other pages of the site share; otherwise it is in this page alone. */
  #stored = true;

  constructor(
    private readonly inboxId: string,
    /** Strangers are not let in. */
    private readonly required: boolean,
    private readonly storage: Storage,
  ) {}

  /** Takes what the site says who this is. True: it is another than before, and nothing of that one is left here. */
  claims(user: User | undefined): boolean {
    const id = user?.id ?? subjectOf(user?.token);
    const before = this.storage.get<string>("user");
    const other = id !== undefined && before !== undefined && id !== before;
    if (other) this.forget();
    if (id !== undefined) this.storage.set("user", id);
    this.#user = user;
    return other;
  }

  forget(): void {
    this.#user = undefined;
    this.visitor = null;
    this.token = "";
    this.#stored = true;
    this.storage.clear();
  }

  /**
   * Lets the visitor in. A proof that is wrong or has expired is the site's mistake: the visitor can still write, as a stranger.
   * Never as whoever was here before them. Throws `Refused` or `Unreachable`.
   */
  async admit(): Promise<Entered> {
    try {
      return await this.#ask(this.#user);
    } catch (error) {
      const user = this.#user;
      if (!(error instanceof Refused) || error.temporary || !(user?.token || user?.hmac) || this.required) throw error;
      console.warn(`Trunkline: the identity was refused: ${error.message}`);
      this.#user = { name: user.name, email: user.email } as User;
      this.token = "";
      this.#stored = true;
      this.storage.set("token", null);
      return this.#ask(this.#user);
    }
  }

  /** A new token for the old one alone: the site's proof may have expired since it was shown. */
  renew(): Promise<Entered> {
    return this.token ? this.#ask(undefined) : this.admit();
  }

  async #ask(user: User | undefined): Promise<Entered> {
    const proof = user?.token ? { jwt: user.token } : user?.hmac ? { hmac: user.hmac } : undefined;
    const entered = await call<Entered>(`/widget/${encodeURIComponent(this.inboxId)}/visitors`, {
      token: this.#stored ? this.storage.get<string>("token") : this.token,
      name: user?.name,
      email: user?.email,
      language: current(),
      ...(proof && { ...proof, user_id: user?.id ?? subjectOf(user?.token) }),
    });
    this.token = entered.token;
    this.visitor = entered.visitor;
    this.verified = entered.identity === "verified";
    // Whom the site proves, it proves on its next page as well: nothing of theirs needs to lie in its storage.
    this.#stored = !this.verified || !this.storage.onSite;
    this.storage.set("token", this.#stored ? entered.token : null);
    return entered;
  }
}

/** `sub` of a JWT, which the daemon checks against it. */
function subjectOf(jwt: string | undefined): string | undefined {
  try {
    const part = (jwt?.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return (JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0)))) as { sub?: string }).sub;
  } catch {
    return undefined;
  }
}
