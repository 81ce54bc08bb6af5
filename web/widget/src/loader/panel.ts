// What the loader puts on the site's page: a launcher, a preview of what came, and the panel with the frame. All of it made by
// DOM calls, without a style attribute or a string of HTML: it works under the strictest policies.

import { STYLES } from "./styles";

const SVG = "http://www.w3.org/2000/svg";
const BUBBLE = "M4 5h16v11H10l-5 4v-4H4z";
const CROSS = "M6 6l12 12M18 6L6 18";
const PHONE = "(max-width:479px)";

export interface Panel {
  readonly frame: HTMLIFrameElement | undefined;
  readonly opened: boolean;
  open(): void;
  close(): void;
  /** The launcher, there or not. */
  show(shown: boolean): void;
  /** Begins to load the frame. */
  load(src: string, title: string, loaded: () => void): void;
  /** The chat in the frame is alive. */
  ready(): void;
  label(title: string, open: string, close: string): void;
  unread(count: number, label: string, preview?: { from: string; text: string }): void;
  look(look: { accent?: string | undefined; on?: string | undefined; dir?: string | undefined; theme?: string | undefined; left?: boolean }): void;
}

export function makePanel(toggle: () => void, escape: () => void): Panel {
  const host = document.createElement("trunkline-chat");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  shadow.adoptedStyleSheets = [sheet];

  const root = element("div", "root");
  const launcher = element("button", "launcher");
  const badge = element("span", "badge");
  const panel = element("div", "panel");
  const preview = element("div", "preview");
  const words = element("button", "words");
  const dismiss = element("button", "no");
  const [bubble, cross] = [icon(BUBBLE), icon(CROSS)];
  const labels = { title: "Chat", open: "Open chat", close: "Close chat", unread: "" };
  let frame: HTMLIFrameElement | undefined;
  let opened = false;
  let before: Element | null = null;
  let overflow = "";

  badge.setAttribute("aria-hidden", "true");
  preview.setAttribute("role", "status");
  panel.setAttribute("role", "dialog");
  badge.hidden = panel.hidden = words.hidden = dismiss.hidden = true;
  preview.classList.add("off");
  launcher.append(bubble, badge);
  dismiss.append(icon(CROSS));
  preview.append(words, dismiss);
  root.append(preview, panel, launcher);
  shadow.append(root);
  preview.hidden = true;

  launcher.onclick = words.onclick = toggle;
  dismiss.onclick = () => ((preview.hidden = true), launcher.focus());
  root.onkeydown = (event) => event.key === "Escape" && opened && escape();
  draw();
  (document.body ?? document.documentElement).append(host);

  function draw() {
    launcher.setAttribute("aria-expanded", String(opened));
    const open = labels.unread ? `${labels.open}, ${labels.unread}` : labels.open;
    launcher.setAttribute("aria-label", opened ? labels.close : open);
    launcher.firstElementChild?.replaceWith(opened ? cross : bubble);
    panel.setAttribute("aria-label", labels.title);
    panel.hidden = !opened;
    root.classList.toggle("opened", opened);
  }

  return {
    get frame() {
      return frame;
    },
    get opened() {
      return opened;
    },
    open() {
      before = document.activeElement === host ? launcher : document.activeElement;
      opened = true;
      preview.hidden = true;
      draw();
      const phone = matchMedia(PHONE).matches;
      panel.setAttribute("aria-modal", String(phone));
      if (phone) {
        // Behind the chat nothing scrolls.
        const style = document.documentElement.style;
        overflow = style.overflow;
        style.overflow = "hidden";
        before = launcher;
      }
      frame?.focus();
    },
    close() {
      opened = false;
      draw();
      if (panel.getAttribute("aria-modal") === "true") document.documentElement.style.overflow = overflow;
      const back = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : launcher;
      back.focus();
    },
    show(shown) {
      launcher.hidden = !shown;
    },
    load(src, title, loaded) {
      frame = element("iframe", "");
      frame.title = title;
      frame.allow = "microphone 'none'; camera 'none'; geolocation 'none'";
      frame.referrerPolicy = "origin";
      frame.onload = loaded;
      frame.src = src;
      panel.append(frame);
      if (opened) frame.focus();
    },
    ready() {
      root.classList.add("ready");
    },
    label(title, open, close) {
      Object.assign(labels, { title, open, close });
      if (frame) frame.title = title;
      dismiss.setAttribute("aria-label", close);
      draw();
    },
    unread(count, label, text) {
      badge.textContent = count > 99 ? "99+" : String(count);
      badge.hidden = count === 0;
      labels.unread = count > 0 ? label : "";
      draw();
      if (count === 0) preview.hidden = true;
      if (!text || opened || launcher.hidden) return;
      const from = element("b", "");
      from.textContent = text.from;
      const said = element("span", "");
      said.dir = "auto";
      said.textContent = text.text;
      words.replaceChildren(from, said);
      preview.hidden = words.hidden = dismiss.hidden = false;
    },
    look({ accent, on, dir, theme, left }) {
      if (accent) root.style.setProperty("--accent", accent);
      if (on) root.style.setProperty("--on", on);
      if (dir) root.dir = dir;
      if (theme) root.dataset.theme = theme;
      if (left !== undefined) root.classList.toggle("left", left);
    },
  };
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  if (made instanceof HTMLButtonElement) made.type = "button";
  return made;
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
