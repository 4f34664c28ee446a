// Writes public/icons.svg: the symbols of lucide-static that src/ui/icon.rs names, and no others.
// Run it after adding an icon there: `node frontend/icons.mjs`.
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const source = readFileSync(new URL("src/ui/icon.rs", here), "utf8");
const names = [...source.matchAll(/^ {4}\w+ => "([a-z0-9-]+)",$/gm)].map((match) => match[1]);
const icons = new URL("../node_modules/lucide-static/icons/", here);

const symbols = names.map((name) => {
  const svg = readFileSync(new URL(`${name}.svg`, icons), "utf8");
  const inner = svg.replace(/<!--.*?-->/gs, "").replace(/^[^]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const body = inner.trim().replace(/\s*\n\s*/g, "");
  return `<symbol id="icon-${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
});
const sprite = `<!-- Icons of Lucide (ISC licence, https://lucide.dev/license); made by icons.mjs. -->\n<svg xmlns="http://www.w3.org/2000/svg" class="icon-sprite" aria-hidden="true">\n${symbols.join("\n")}\n</svg>\n`;
writeFileSync(new URL("public/icons.svg", here), sprite);
console.log(`${names.length} icons`);
