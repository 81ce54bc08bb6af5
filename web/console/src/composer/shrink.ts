// Photos are made smaller before they leave: cameras make more than anybody looks at in a chat, and what they note beside the
// picture (place, device) is not for the customer. The picture stays upright: browsers turn it as the camera says.

import type { FileLimits } from "./fileLimits";

/** Pixels of the longer side. */
export const LONGEST = 2_560;
/** A picture of more bytes is packed anew, however few pixels it has. */
export const LARGE_BYTES = 5 * 1024 * 1024;
const QUALITY = 0.85;
/** Bytes from the start in which an animation says that it is one. */
const HEAD_BYTES = 4_096;
const STILL = ["image/jpeg", "image/png", "image/webp"];

/** Whether a file may be looked at for this: what is sent as a photo, in a format that browsers can make again. */
export function mayShrink(file: { type: string }, limits: FileLimits): boolean {
  return STILL.includes(file.type) && (limits.sends?.includes("image") ?? false);
}

/** The pixels it is to have, or null where it is small enough. */
export function smaller(picture: { width: number; height: number; bytes: number }): { width: number; height: number } | null {
  const { width, height, bytes } = picture;
  const longest = Math.max(width, height);
  if (longest <= LONGEST && bytes <= LARGE_BYTES) return null;
  const scale = Math.min(1, LONGEST / longest);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** PNG and WebP may hold several pictures, of which only the first would be left. */
export function moves(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head);
  return text.includes("acTL") || text.includes("ANIM");
}

/** The same name, with the ending of another type. */
export function renamed(name: string, type: string): string {
  return `${name.replace(/\.[^.]*$/, "")}.${type === "image/png" ? "png" : "jpg"}`;
}

/** The smaller picture, or the file itself where that is small enough, moves, or cannot be read. */
export async function shrink(file: File): Promise<File> {
  if (moves(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()))) return file;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!picture) return file;
  try {
    const target = smaller({ width: picture.width, height: picture.height, bytes: file.size });
    const made = target && (await drawn(picture, target, file.type));
    return made && made.size < file.size ? new File([made], renamed(file.name, made.type), { type: made.type }) : file;
  } finally {
    picture.close();
  }
}

async function drawn(picture: ImageBitmap, { width, height }: { width: number; height: number }, type: string): Promise<Blob | null> {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  // JPEG knows no transparency, and WebP is a sticker where WhatsApp is concerned.
  const clear = type !== "image/jpeg" && seenThrough(context.getImageData(0, 0, width, height).data);
  return new Promise((done) => canvas.toBlob(done, clear ? "image/png" : "image/jpeg", QUALITY));
}

function seenThrough(pixels: Uint8ClampedArray): boolean {
  for (let at = 3; at < pixels.length; at += 4) if ((pixels[at] ?? 255) < 255) return true;
  return false;
}
