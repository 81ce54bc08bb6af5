// A form that is sent: its values, the wait, and what the daemon had against them, field by field.

import { Refused } from "$lib/api/client";
import { reason } from "$console/state/toasts.svelte";

export class Form {
  busy = $state(false);
  /** What is wrong with the whole. */
  error = $state("");
  /** What is wrong with a field, by its name. */
  fields = $state.raw<Record<string, string>>({});

  /** For `onsubmit`: gives `send` the values by name. Focus goes to the first field that was refused. */
  submit(send: (values: Record<string, string>) => Promise<void>): (event: SubmitEvent) => void {
    return (event) => {
      event.preventDefault();
      const form = event.currentTarget as HTMLFormElement;
      const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
      void this.run(() => send(values)).then((fine) => {
        if (!fine) requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid]")?.focus());
      });
    };
  }

  /** Whether it was done. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = "";
    this.fields = {};
    try {
      await work();
      return true;
    } catch (error) {
      const fields = error instanceof Refused ? (error.problem.errors ?? []) : [];
      this.fields = Object.fromEntries(fields.map((field) => [field.pointer.slice(1), field.detail]));
      this.error = reason(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
