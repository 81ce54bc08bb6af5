// What a first visit loads, compressed with gzip, against its bound. A page over its bound fails the build.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const KB = 1024;
const BOUNDS = [
  { what: "console, first load", page: "index.html", max: 150 * KB },
  // The frame's page loads the rest when the chat is opened: counted as well, with the words of one language.
  { what: "widget, first open", page: "widget.html", then: /^(start|en)-/, max: 40 * KB },
  { what: "widget loader", file: "widget.js", max: 4 * KB },
];

const weight = (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 }).length;

/**
 * The page, and the scripts and styles it names: what Vite loads before the first paint, static imports included. Of what is
 * imported later only the chunks that `then` names, with their styles.
 */
function firstLoad(page, then) {
  const html = readFileSync(join(dist, page), "utf8");
  const named = [...html.matchAll(/(?:src|href)="[./]*(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]);
  const files = new Set([page, ...named]);
  for (const file of files) {
    if (!file.endsWith(".js")) continue;
    const code = readFileSync(join(dist, file), "utf8");
    for (const [, name] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) files.add(`assets/${name}`);
    if (!then) continue;
    for (const [, name] of code.matchAll(/["'`](?:\.\/|assets\/)([^"'`]+\.(?:js|css))["'`]/g)) if (then.test(name)) files.add(`assets/${name}`);
  }
  return [...files];
}

let over = false;
for (const { what, page, file, then, max } of BOUNDS) {
  if (!existsSync(join(dist, page ?? file))) continue;
  const total = (page ? firstLoad(page, then) : [file]).reduce((sum, name) => sum + weight(name), 0);
  const line = `${what}: ${(total / KB).toFixed(1)} KB of ${max / KB} KB (gzip)`;
  if (total > max) {
    over = true;
    console.error(`TOO LARGE: ${line}`);
  } else {
    console.log(line);
  }
}
process.exit(over ? 1 : 0);
