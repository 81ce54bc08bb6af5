// Where the keyboard is sent: the composer of the conversation on screen listens.

export type Mode = "reply" | "note";

type Take = (mode: Mode) => void;
let composer: Take | null = null;

/** The composer on screen; call the answer when it leaves. */
export function attachComposer(take: Take): () => void {
  composer = take;
  return () => {
    if (composer === take) composer = null;
  };
}

/** Whether there was a composer to go to. */
export function focusComposer(mode: Mode): boolean {
  composer?.(mode);
  return composer !== null;
}
