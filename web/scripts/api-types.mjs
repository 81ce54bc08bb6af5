// Writes the types of the API from the daemon's own description; with --check only says whether they are up to date.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const document = new URL("../../docs/openapi.json", import.meta.url);
const file = new URL("../lib/api/schema.d.ts", import.meta.url);
const head = "// Generated from docs/openapi.json by `npm run api`. Not to be edited.\n\n";

const types = head + astToString(await openapiTS(document, { alphabetize: false, defaultNonNullable: false }));
if (process.argv.includes("--check")) {
  const now = await readFile(file, "utf8").catch(() => "");
  if (now !== types) {
    console.error("lib/api/schema.d.ts is not what docs/openapi.json says: run `npm run api` in web/.");
    process.exit(1);
  }
} else {
  await writeFile(file, types);
}
