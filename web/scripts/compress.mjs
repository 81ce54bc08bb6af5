// Puts a .gz and a .br beside every text file of the build: the daemon serves them as they are.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const TEXT = /\.(html|js|css|svg|json|webmanifest)$/;
/** Below it the headers weigh more than what is saved. */
const WORTH_IT = 1024;

for (const name of await readdir(dist, { recursive: true })) {
  const file = join(dist, name);
  if (!TEXT.test(name) || !(await stat(file)).isFile()) continue;
  const bytes = await readFile(file);
  if (bytes.length < WORTH_IT) continue;
  await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  await writeFile(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
