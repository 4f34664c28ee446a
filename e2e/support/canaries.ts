// What people type in the stories, and where it must never turn up: logs, URLs, storages.
import { expect, type BrowserContext, type Page } from '@playwright/test';

const typed = new Set<string>();

/** Remembers a text that somebody types, and returns it. */
export function canary(text: string): string {
  // Shorter ones would be found in words of the program.
  if (text.length >= 8) typed.add(text);
  return text;
}

/** Access and refresh tokens, set-up and mail codes are at least this long. */
const TOKEN = /[A-Za-z0-9_-]{40,}/;
/** Names of files carry a hash of their content. */
const ASSET = /\.(js|wasm|css|svg|woff2)$/;

function found(text: string): string | undefined {
  const plain = decodeURIComponent(text.replaceAll('+', ' ').replace(/%(?![0-9a-f]{2})/gi, '%25'));
  return [...typed].find((one) => text.includes(one) || plain.includes(one));
}

/** R64: nothing that people typed is in the log. */
export function expectQuietLog(log: string): void {
  const leak = log.split('\n').find((line) => [...typed].some((one) => line.includes(one)));
  expect(leak, 'R64: a log line holds what somebody typed').toBeUndefined();
}

/** Watches what a browser sends and gets; complaints go to `complain`. */
export function watchTraffic(context: BrowserContext, complain: (text: string) => void): void {
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol === 'blob:' || url.protocol === 'data:') return;
    const told = url.pathname + url.search;
    const leak = found(told) ?? (ASSET.test(url.pathname) ? undefined : TOKEN.exec(told)?.[0]);
    if (leak) complain(`R59: a URL tells ${leak}: ${told}`);
  });
  context.on('response', async (response) => {
    const headers = await response.headersArray().catch(() => []);
    for (const { name, value } of headers) {
      if (name.toLowerCase() === 'set-cookie') judgeCookie(value, complain);
    }
  });
}

/** R12: cookies of known names with every attribute. */
function judgeCookie(line: string, complain: (text: string) => void): void {
  for (const cookie of line.split('\n')) {
    const [pair, ...attributes] = cookie.split(';').map((part) => part.trim());
    const name = pair?.split('=')[0] ?? '';
    const has = (wanted: string) => attributes.some((one) => one.toLowerCase() === wanted);
    const known = ['__Host-rt', '__Host-dev', '__Host-join'].includes(name);
    if (!known || !['secure', 'httponly', 'samesite=strict', 'path=/'].every(has)) {
      complain(`R12: the cookie ${name} has ${attributes.join('; ')}`);
    }
  }
}

/** R61: storages hold neither what people typed nor tokens. */
export async function expectNothingKept(page: Page): Promise<void> {
  const kept = JSON.stringify(await page.evaluate(readStorages));
  const leak = found(kept) ?? TOKEN.exec(kept)?.[0];
  expect(leak, 'R61: kept in the browser').toBeUndefined();
}

/** In the page: all that scripts can read back later. */
async function readStorages(): Promise<unknown[]> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const kept: unknown[] = [{ ...localStorage }, { ...sessionStorage }, document.cookie];
  for (const { name } of await indexedDB.databases()) {
    if (!name) continue;
    const database = await done(indexedDB.open(name));
    kept.push(name);
    for (const store of database.objectStoreNames) {
      const records = database.transaction(store).objectStore(store);
      kept.push(await done(records.getAllKeys()), await done(records.getAll()));
    }
    database.close();
  }
  // Only where the page is a secure context.
  const names = 'caches' in window ? await caches.keys() : [];
  for (const name of names) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      kept.push(name, request.url, await (await cache.match(request))?.text());
    }
  }
  return kept;
}
