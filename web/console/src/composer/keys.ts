// What the Enter key means while something is written.

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

/** The code that browsers give to keys which an input method has taken; Safari says `isComposing` too late. */
const TAKEN = 229;

export function meaningOf(press: Press, enterSends: boolean): "send" | "send_and_close" | null {
  if (press.key !== "Enter" || press.isComposing || press.keyCode === TAKEN || press.altKey) return null;
  const command = press.ctrlKey || press.metaKey;
  if (command) return press.shiftKey ? "send_and_close" : "send";
  return enterSends && !press.shiftKey ? "send" : null;
}
