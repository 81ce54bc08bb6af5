// Holds the texts to the code: every text is said somewhere, every text that is said is there, in every language. What is put
// together (`admin.role_${role}`) counts for those keys whose variable part stands somewhere as a word of its own.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

const web = new URL("..", import.meta.url).pathname;
const LANGUAGES = ["en", "ru", "ar"];
/** Where the daemon's words are from: what a check is about, what a connector tells of a message. */
const DAEMON = ["src", "channels"].map((folder) => sources(join(web, "..", folder), /\.rs$/)).join("\n");
const SCHEMA = readFileSync(join(web, "lib/api/schema.d.ts"), "utf8");

/** The console's keys are `area.name`, one file for each area. */
function consoleTexts(language) {
  const folder = join(web, "console/src/i18n", language);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => Object.keys(json(join(folder, name))).map((key) => `${basename(name, ".json")}.${base(key)}`));
}

const widgetTexts = (language) => Object.keys(json(join(web, `widget/src/i18n/${language}.json`))).map(base);

const wrong = [
  { name: "console", texts: consoleTexts, code: sources(join(web, "console/src")), said: /["'`]([a-z_]+\.[a-z0-9_]+)["'`]/g },
  { name: "widget", texts: widgetTexts, code: sources(join(web, "widget/src")), said: /\bt\(\s*["']([a-z0-9_]+)["']/g },
].flatMap(check);
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);

function check({ name, texts, code, said }) {
  const [english, ...others] = LANGUAGES.map((language) => new Set(texts(language)));
  const found = [];
  for (const [i, other] of others.entries()) {
    for (const key of english) if (!other.has(key)) found.push(`${name}: "${key}" is not said in ${LANGUAGES[i + 1]}`);
    for (const key of other) if (!english.has(key)) found.push(`${name}: "${key}" is said in ${LANGUAGES[i + 1]} only`);
  }
  const words = new Set([...quoted(code), ...properties(code), ...quoted(DAEMON), ...quoted(SCHEMA)]);
  const patterns = templates(code, english);
  const used = (key) => words.has(key) || patterns.some((pattern) => pattern.exec(key)?.slice(1).every((part) => words.has(part)));
  for (const key of english) if (!used(key)) found.push(`${name}: nobody says "${key}"`);
  const areas = new Set([...english].map(areaOf));
  for (const [, key] of code.matchAll(said)) {
    if (areas.has(areaOf(key)) && !english.has(key)) found.push(`${name}: there is no text "${key}"`);
  }
  for (const pattern of patterns) if (![...english].some((key) => pattern.test(key))) found.push(`${name}: there is no text like ${pattern.source}`);
  return [...new Set(found)];
}

/** Templates that begin as a key does, as patterns whose groups are the variable parts. */
function templates(code, texts) {
  const areas = [...new Set([...texts].map(areaOf))].filter(Boolean);
  if (areas.length === 0) return [];
  const begins = new RegExp("`(?=(?:" + areas.join("|") + ")\\.)", "g");
  const patterns = new Set([...code.matchAll(begins)].map(({ index }) => patternAt(code, index + 1)).filter((pattern) => pattern.includes("(")));
  return [...patterns].map((pattern) => new RegExp(`^${pattern}$`));
}

/** Up to the closing backtick; what stands in braces may hold strings and braces of its own. */
function patternAt(code, from) {
  let pattern = "";
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    const letter = code[at];
    if (letter === "}") depth -= 1;
    else if (letter === "`" && depth === 0) return pattern;
    else if (letter === "{") depth += 1;
    else if (letter === "$" && code[at + 1] === "{" && depth === 0) pattern += "([a-z0-9_]+)";
    else if (depth === 0) pattern += letter === "." ? "\\." : letter;
  }
  return "";
}

/** What stands in quotes. */
function quoted(code) {
  return [...code.matchAll(/["'`]([a-z0-9_.]+)["'`]/g)].map((match) => match[1]);
}

/** What names a property. */
function properties(code) {
  return [...code.matchAll(/\b([a-z0-9_]+)\??:/g)].map((match) => match[1]);
}

function sources(folder, which = /(?<!\.test)\.(svelte|ts)$/) {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => (statSync(path).isDirectory() ? sources(path, which) : which.test(path) ? readFileSync(path, "utf8") : ""))
    .join("\n");
}

function json(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function areaOf(key) {
  return key.includes(".") ? key.slice(0, key.indexOf(".")) : "";
}

/** Without what number it is for. */
function base(key) {
  return key.split("#")[0];
}
