// The watch itself: each story trusts it, so it must see what it is there for (SECURITY R12, R59, R61, R64).
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, type Browser, type Route } from '@playwright/test';
import { canary, expectNothingKept, expectQuietLog } from '../support/canaries';
import { DESKTOP, Person } from '../support/pages';

// Secure, as loopback is, so that cookies and caches are what they are on the real pages.
const SITE = 'https://watch.test';
const WORDS = canary('an itch behind the left knee');
const TOKEN = 'q7JmZ0x9Vt4kLr2cYb8nWd5sGf1hPa6uEo3iTz-_XR';

/** Somebody on a site that answers everything. */
async function visitor(browser: Browser): Promise<Person> {
  const person = await Person.open(browser, 'a visitor', { viewport: DESKTOP });
  await person.context.route(`${SITE}/**`, (route: Route) =>
    route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><link rel="icon" href="data:,"><title>Watch</title>',
    }),
  );
  await person.page.goto(`${SITE}/`);
  return person;
}

test('r59 a word or a token in a URL is seen', async ({ browser }) => {
  for (const url of [
    `/search?q=${encodeURIComponent(WORDS)}`,
    `/search?q=${WORDS.replaceAll(' ', '+')}`,
    `/notes/${encodeURIComponent(WORDS)}`,
    `/ws?ticket=${TOKEN}`,
    `/reset/${TOKEN}`,
  ]) {
    const person = await visitor(browser);
    await person.page.evaluate((target) => fetch(target).then((answer) => answer.text()), url);
    expect(() => person.expectCleanConsole(), url).toThrow('R59');
    await person.close();
  }
  const person = await visitor(browser);
  for (const url of ['/search?q=fever', '/assets/frontend-0123456789abcdef0123456789abcdef01234567.js', `/join#${TOKEN}`]) {
    await person.page.evaluate((target) => fetch(target).then((answer) => answer.text()), url);
  }
  person.expectCleanConsole();
  await person.close();
});

test('r61 a word or a token in a storage is seen', async ({ browser }) => {
  for (const [place, keep] of [
    ['localStorage', (text: string) => localStorage.setItem('draft', text)],
    ['sessionStorage', (text: string) => sessionStorage.setItem('draft', text)],
    ['document.cookie', (text: string) => { document.cookie = `draft=${encodeURIComponent(text)}`; }],
    ['the name of a database', (text: string) =>
      new Promise<void>((resolve) => {
        indexedDB.open(text).onsuccess = () => resolve();
      })],
    ['a record of a database', (text: string) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open('outbox', 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore('messages', { autoIncrement: true });
        opening.onsuccess = () => {
          const writing = opening.result.transaction('messages', 'readwrite');
          writing.objectStore('messages').add({ body: text });
          writing.oncomplete = () => resolve();
        };
      })],
    ['a cache', async (text: string) => {
      await (await caches.open('pages')).put('/draft', new Response(text));
    }],
  ] as const) {
    for (const secret of [WORDS, TOKEN]) {
      const person = await visitor(browser);
      await expectNothingKept(person.page);
      await person.page.evaluate(keep, secret);
      await expect(expectNothingKept(person.page), `${place}: ${secret}`).rejects.toThrow('R61');
      await person.context.close();
    }
  }
});

test('r12 a cookie that scripts or other sites get is seen', async ({ browser }) => {
  const good = '__Host-rt=1; Secure; HttpOnly; SameSite=Strict; Path=/';
  const complaints = async (cookie: string): Promise<string> => {
    // A real answer: what a test makes up in the browser shows no cookies.
    const site = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html');
      answer.setHeader('set-cookie', cookie);
      answer.end('<!doctype html><link rel="icon" href="data:,"><title>Cookies</title>');
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const person = await Person.open(browser, 'a visitor', { viewport: DESKTOP });
    const judged = person.page.waitForEvent('response').then((answer) => answer.headersArray());
    await person.page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await judged;
    const said = attempt(() => person.expectCleanConsole());
    await person.context.close();
    site.close();
    return said;
  };
  for (const bad of [
    good.replace('__Host-rt', 'session'),
    good.replace('; Secure', ''),
    good.replace('; HttpOnly', ''),
    good.replace('Strict', 'Lax'),
    good.replace('Path=/', 'Path=/api'),
  ]) {
    expect(await complaints(bad), bad).toContain('R12');
  }
  expect(await complaints(good)).toBe('');
});

test('r64 a word in the log, a warning and an exception are seen', async ({ browser }) => {
  expect(() => expectQuietLog(`INFO Request done\nINFO search ${WORDS}`)).toThrow('R64');
  expectQuietLog('INFO Request done route="/api/v1/doctors"');
  for (const fault of [
    () => console.error('something broke'),
    () => console.warn('something will break'),
    () => { setTimeout(() => { throw new Error('nobody caught this'); }); },
  ]) {
    const person = await visitor(browser);
    await person.page.evaluate(fault);
    await expect.poll(() => attempt(() => person.expectCleanConsole())).not.toBe('');
    await person.close();
  }
});

/** What the check complains of. */
function attempt(check: () => void): string {
  try {
    check();
    return '';
  } catch (error) {
    return String(error);
  }
}
