// The owner's colour, made readable: text in it and on it has a contrast of at least 4.5:1 (WCAG 1.4.3), light and dark.

type Rgb = [number, number, number];

const READABLE = 4.5;
const SURFACES = { light: "#ffffff", dark: "#1a2021" };

export interface Accent {
  /** What is written on the owner's colour. */
  on: string;
  /** The colour as text: moved towards black (light) or white (dark) until it can be read. */
  text: string;
}

export function accentFor(wanted: string, theme: "light" | "dark"): Accent {
  const surface = rgb(SURFACES[theme]);
  const towards: Rgb = theme === "light" ? [0, 0, 0] : [255, 255, 255];
  const start = rgb(wanted);
  let text = start;
  for (let step = 1; step <= 20 && contrast(text, surface) < READABLE; step++) text = mix(start, towards, step / 20);
  return { on: onColor(wanted), text: hex(text) };
}

/** White or black: one of them can be read on any colour. */
export function onColor(color: string): string {
  return contrastOf("#ffffff", color) >= contrastOf("#000000", color) ? "#ffffff" : "#000000";
}

/** Contrast of two colours by WCAG 2, 1 to 21. */
export function contrastOf(a: string, b: string): number {
  return contrast(rgb(a), rgb(b));
}

export function isColor(text: string | null | undefined): text is string {
  return /^#[0-9a-f]{6}$/i.test(text ?? "");
}

/** Gives the page its colours. */
export function applyAccent(wanted: string | null | undefined): void {
  if (!isColor(wanted)) return;
  const set = (name: string, value: string) => document.documentElement.style.setProperty(name, value);
  set("--accent", wanted);
  set("--on-accent", onColor(wanted));
  set("--accent-light", accentFor(wanted, "light").text);
  set("--accent-dark", accentFor(wanted, "dark").text);
}

/** `light`, `dark`, or anything else for what the system says. */
export function applyTheme(theme: string | null | undefined): void {
  document.documentElement.dataset.theme = theme === "light" || theme === "dark" ? theme : "auto";
}

function contrast(a: Rgb, b: Rgb): number {
  const [bright, dim] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function mix(a: Rgb, b: Rgb, part: number): Rgb {
  return a.map((value, i) => Math.round(value + ((b[i] ?? 0) - value) * part)) as Rgb;
}

function rgb(text: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) as Rgb;
}

function hex(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
