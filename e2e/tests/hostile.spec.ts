// What a hostile patient writes stays text on everybody's pages (SECURITY R02, R14, R15).
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, type Page } from '@playwright/test';
import { pdf } from '../support/files';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { DOCTOR, bookNext, sendMessage, signIn } from '../support/steps';
import { settled } from '../support/tour';

const PATIENT = 'patient@demo.visita.test';
const NAME = 'Eve <img src=x onerror=alert(1)>';
const CORPUS = [
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  "'-alert(1)-'",
  '[click](javascript:alert(1))',
  'javascript:alert(document.domain)',
  '<a href="javascript:alert(1)">x</a>',
  '{{constructor.constructor("alert(1)")()}}',
  '<iframe srcdoc="<script>parent.alert(1)</script>">',
  '&lt;b&gt;bold&lt;/b&gt; <b>bold</b>',
];

let server: Server;
test.beforeEach(async () => {
  server = await Server.start();
});
test.afterEach(async () => {
  await server.stop();
});

/** A dialog or new markup would be a script that ran. */
function refuseDialogs(page: Page): string[] {
  const seen: string[] = [];
  page.on('dialog', async (dialog) => {
    seen.push(dialog.message());
    await dialog.dismiss();
  });
  return seen;
}

test('r02 names, messages and documents of a hostile patient stay text on every page', async ({ browser }) => {
  const eve = await Person.open(browser, 'the patient', { viewport: PHONE });
  const dialogs = refuseDialogs(eve.page);
  await signIn(eve.page, server.url, PATIENT);
  await eve.page.goto(`${server.url}/profile`);
  await eve.page.getByLabel('Name').fill(NAME);
  const saved = eve.page.waitForResponse((answer) => answer.request().method() === 'PATCH');
  await eve.page.getByRole('button', { name: 'Save' }).click();
  expect((await saved).status()).toBe(200);
  await eve.page.goto(server.url);
  const visit = await bookNext(eve.page, DOCTOR.name, CORPUS.join(' '), true);
  await eve.page.goto(`${server.url}/appointments/${visit}`);
  await eve.page.locator('input[type=file]').setInputFiles({
    name: `${CORPUS[0]?.replaceAll('/', '')}.pdf`,
    mimeType: 'application/pdf',
    buffer: pdf('Hostile'),
  });
  await expect(eve.page.getByRole('button', { name: /^Download/ }).first()).toBeVisible();
  await eve.page.goto(`${server.url}/messages`);
  await eve.page.getByRole('link').filter({ hasText: DOCTOR.name }).first().click();
  for (const text of CORPUS) await sendMessage(eve.page, text);

  const visitors = [
    { email: DOCTOR.email, paths: ['/', '/appointments', `/appointments/${visit}`, '/patients', '/messages', '/documents'] },
    { email: 'staff@demo.visita.test', paths: ['/', '/patients', '/appointments', `/appointments/${visit}`, '/users', '/audit'] },
    { email: 'admin@demo.visita.test', paths: ['/', '/users', '/audit'] },
  ];
  for (const { email, paths } of visitors) {
    const person = await Person.open(browser, email, { viewport: DESKTOP });
    const shown = refuseDialogs(person.page);
    await signIn(person.page, server.url, email);
    for (const path of paths) {
      await person.page.goto(server.url + path);
      await settled(person.page);
    }
    if (email === DOCTOR.email) {
      await person.page.goto(`${server.url}/messages`);
      await person.page.getByRole('link').filter({ hasText: 'Eve <img' }).first().click();
      const log = person.page.getByRole('log', { name: 'Messages' });
      for (const text of CORPUS) await expect(log.getByText(text, { exact: true })).toBeVisible();
      await expect(person.page.locator('a[href^="javascript:"], iframe, img[src="x"]')).toHaveCount(0);
    }
    expect(shown, email).toEqual([]);
    person.expectCleanConsole();
    await person.close();
  }
  expect(dialogs).toEqual([]);
  eve.expectCleanConsole();
  await eve.close();
});

test('r14 a script that gets into the page does not run', async ({ browser }) => {
  const person = await Person.open(browser, 'a visitor', { viewport: DESKTOP });
  person.tolerate(/Content Security Policy/);
  await person.page.goto(`${server.url}/sign-in`);
  const ran = await person.page.evaluate(async () => {
    const reports: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => reports.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    const link = document.createElement('a');
    link.setAttribute('onclick', 'window.ran = true');
    document.body.append(link);
    link.click();
    // A text as a handler is evaluated later, outside of the test's own privileges.
    setTimeout('window.ran = true');
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { ran: 'ran' in window, reports };
  });
  expect(ran.ran).toBe(false);
  expect(ran.reports).toContain('script-src-elem');
  expect(ran.reports).toContain('script-src-attr');
  expect(ran.reports).toContain('script-src');
  await person.close();
});

test('r15 another site cannot use the cookies of somebody who is signed in', async ({ browser }) => {
  const person = await Person.open(browser, 'the patient', { viewport: DESKTOP });
  await signIn(person.page, server.url, PATIENT);
  const evil = await elsewhere();
  const port = (evil.address() as AddressInfo).port;
  try {
    const page = await person.context.newPage();
    await page.goto(`http://localhost:${port}/`);
    for (const path of ['/api/v1/auth/refresh', '/api/v1/auth/logout']) {
      const sent = page.waitForResponse((response) => response.url() === server.url + path);
      await page.evaluate((target) => {
        const form = document.createElement('form');
        form.method = 'post';
        form.action = target;
        form.target = 'frame';
        document.body.append(form);
        form.submit();
      }, server.url + path);
      expect((await sent).status(), path).toBe(403);
      const fetched = await page.evaluate(async (target) => {
        const options = { method: 'POST', credentials: 'include', mode: 'no-cors' } as const;
        return fetch(target, options).then(
          (answer) => answer.type,
          () => 'refused',
        );
      }, server.url + path);
      expect(fetched).toBe('refused');
    }
    // R16: without CORS nothing can be read from there.
    const read = await page.evaluate(
      (target) => fetch(target).then(() => 'read', () => 'refused'),
      `${server.url}/api/v1/config`,
    );
    expect(read).toBe('refused');
  } finally {
    evil.close();
  }
  // Still signed in.
  await person.page.reload();
  await expect(person.page.getByRole('heading', { level: 1 })).toContainText('Hello');
  await person.close();
});

/** A page of another origin. */
async function elsewhere(): Promise<HttpServer> {
  const evil = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end('<!doctype html><title>Elsewhere</title><iframe name="frame"></iframe>');
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  return evil;
}
