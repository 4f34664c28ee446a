// Writes a brotli file beside each asset of the folder that is named last.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const dist = process.argv.at(-1);
const worthIt = /\.(css|html|js|json|mjs|svg|txt|wasm|webmanifest)$/;
const tooSmall = 1024;
let raw = 0;
let packed = 0;

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || entry.name.endsWith(".br")) continue;
  const content = readFileSync(file);
  raw += content.length;
  if (!worthIt.test(entry.name) || content.length < tooSmall) {
    packed += content.length;
    continue;
  }
  const brotli = brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  packed += brotli.length;
  writeFileSync(`${file}.br`, brotli);
  console.log(`  ${relative(dist, file)}: ${content.length} B, brotli ${brotli.length} B`);
}
console.log(`  SPA in all: ${raw} B, brotli ${packed} B`);
