// Whether the daemon is reached, as far as the visitor has to know.

/** Most drops heal at once: before this nobody is bothered with them. */
const PATIENCE_MS = 1_500;

export class Connection {
  connected = $state.raw(false);
  /** Worth telling: the line is gone for longer than a moment. */
  cut = $state.raw(false);
  /** When the next try is, in milliseconds since 1970. */
  retryAt = $state.raw(0);
  #timer: ReturnType<typeof setTimeout> | undefined;

  up(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.connected = true;
    this.cut = false;
  }

  /** The next try is after so many milliseconds. */
  down(wait: number): void {
    this.connected = false;
    this.retryAt = Date.now() + wait;
    this.#timer ??= setTimeout(() => (this.cut = true), PATIENCE_MS);
  }
}
