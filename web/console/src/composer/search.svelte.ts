// A list on the daemon that is searched while typing; only the last question's answer counts.

const WAIT_MS = 200;

export class Search<Item> {
  items = $state.raw<Item[]>([]);
  loading = $state(true);
  error = $state.raw<unknown>(null);
  #question = 0;
  #wait: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly find: (query: string) => Promise<Item[]>) {
    void this.#ask("");
  }

  ask(query: string): void {
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => void this.#ask(query.trim()), WAIT_MS);
  }

  async #ask(query: string): Promise<void> {
    const question = ++this.#question;
    this.loading = true;
    try {
      const items = await this.find(query);
      if (question !== this.#question) return;
      this.items = items;
      this.error = null;
    } catch (error) {
      if (question === this.#question) this.error = error;
    } finally {
      if (question === this.#question) this.loading = false;
    }
  }
}
