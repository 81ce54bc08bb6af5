// The caret in what is being written, and what is put there.

import { tick } from "svelte";

export class Caret {
  area = $state<HTMLTextAreaElement>();

  /** `changed` runs after words were put in, as it does after typing. */
  constructor(
    private readonly text: { get: () => string; set: (value: string) => void },
    private readonly changed: () => void,
  ) {}

  get position(): number {
    return this.area?.selectionStart ?? this.text.get().length;
  }

  /** Goes on writing at the end, as soon as what has changed is shown. */
  async toEnd(): Promise<void> {
    await tick();
    this.area?.focus();
    this.area?.setSelectionRange(this.area.value.length, this.area.value.length);
  }

  /** Puts words at the caret, or in the place of `length` letters before it. */
  async insert(words: string, length = 0): Promise<void> {
    const at = this.position;
    const end = this.area?.selectionEnd ?? at;
    this.text.set(this.text.get().slice(0, at - length) + words + this.text.get().slice(end));
    await tick();
    this.area?.focus();
    this.area?.setSelectionRange(at - length + words.length, at - length + words.length);
    this.changed();
  }

  /** Marks a variable that has no value, to be written over. */
  select(variable: string): void {
    const match = new RegExp(`\\{\\{\\s*${variable}\\s*\\}\\}`).exec(this.text.get());
    if (!match || !this.area) return;
    this.area.focus();
    this.area.setSelectionRange(match.index, match.index + match[0].length);
  }
}
