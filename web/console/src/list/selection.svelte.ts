// Which rows are chosen for doing something with all of them.

class Selection {
  ids = $state.raw<string[]>([]);
  #anchor: string | null = null;

  has(id: string): boolean {
    return this.ids.includes(id);
  }

  toggle(id: string): void {
    this.ids = this.has(id) ? this.ids.filter((one) => one !== id) : [...this.ids, id];
    this.#anchor = id;
  }

  /** All rows from the last one that was toggled to this one. */
  extend(to: string, order: readonly string[]): void {
    const from = this.#anchor === null ? -1 : order.indexOf(this.#anchor);
    const end = order.indexOf(to);
    if (from < 0 || end < 0) return this.toggle(to);
    const range = order.slice(Math.min(from, end), Math.max(from, end) + 1);
    this.ids = [...new Set([...this.ids, ...range])];
  }

  all(order: readonly string[]): void {
    this.ids = [...order];
  }

  clear(): void {
    this.ids = [];
    this.#anchor = null;
  }

  /** Rows that have left the list are not chosen any more. */
  keep(order: readonly string[]): void {
    if (this.ids.some((id) => !order.includes(id))) this.ids = this.ids.filter((id) => order.includes(id));
  }
}

export const selection = new Selection();
