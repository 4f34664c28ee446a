// Two-step sign-in of a real clinic: whoever may see health data enrols an app before anything else.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { newcomer } from '../support/steps';
import { settled } from '../support/tour';
import { enrol, enterCode, enterRecoveryCode, saved } from '../support/totp';

/** Chromium itself reports every refused request on the console; asking for a code is such an answer. */
const FAILED_REQUEST = /^error: Failed to load resource/;

/** What the server answers when the last proof of identity is too old (RFC 9470). */
const STALE_PROOF = {
  status: 401,
  contentType: 'application/problem+json',
  json: { type: 'urn:visita:error:step_up_required', title: 'Confirm that it is you', status: 401, code: 'step_up_required' },
};

let server: Server;
test.beforeEach(async () => {
  server = await Server.empty();
});
test.afterEach(async () => {
  await server.stop();
});

async function fits(page: Page): Promise<void> {
  await settled(page);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(sideways, 'pixels to scroll sideways').toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
}

async function password(page: Page, email: string, secret: string): Promise<void> {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.goto(`${server.url}/profile`);
  await page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome back' })).toBeVisible();
}

const hello = (page: Page) => expect(page.getByRole('heading', { level: 1 })).toContainText('Hello');

test('an app is enrolled first, and signs in from then on; so does a recovery code, once', async ({ browser }) => {
  const who = newcomer('Robin Admin');
  const person = await Person.open(browser, 'the administrator', { viewport: PHONE, hasTouch: true });
  const { page } = person;
  person.tolerate(FAILED_REQUEST);
  await page.goto(server.setupLink);
  await page.getByLabel('Name of the clinic').fill('Clínica São José');
  await page.getByLabel('Full name').fill(who.name);
  await page.getByLabel('E-mail address').fill(who.email);
  await page.getByLabel('Password', { exact: true }).fill(who.password);
  await page.getByRole('button', { name: 'Set up the clinic' }).click();

  await test.step('nothing else is open before', async () => {
    await expect(page).toHaveURL(`${server.url}/security/setup`);
    await expect(page.getByRole('heading', { level: 1, name: 'Protect your account' })).toBeVisible();
    await page.goto(`${server.url}/hospitals`);
    await expect(page).toHaveURL(`${server.url}/security/setup`);
    await fits(page);
    await page.getByLabel('Code of the app').fill('000000');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByText('This code is not valid.')).toBeVisible();
  });
  const { app, recoveryCodes } = await enrol(page);
  await fits(page);
  await saved(page);
  await hello(page);

  await test.step('a recovery code signs in', async () => {
    await signOut(page);
    await password(page, who.email, who.password);
    await enterRecoveryCode(page, recoveryCodes[3]!);
    await hello(page);
  });
  await test.step('the same one does not, and a code of the app does', async () => {
    await signOut(page);
    await password(page, who.email, who.password);
    await enterRecoveryCode(page, recoveryCodes[3]!);
    await expect(page.getByText('This code is not valid.')).toBeVisible();
    await page.getByRole('button', { name: 'Use the app' }).click();
    await fits(page);
    await enterCode(page, await app.code());
    await hello(page);
  });
  await test.step('the profile tells how it stands', async () => {
    await page.goto(`${server.url}/profile`);
    await expect(page.getByText('9 recovery codes left')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Turn off' })).toHaveCount(0);
    await page.getByRole('button', { name: 'New recovery codes' }).click();
    await expect(page.getByTestId('recovery-codes').getByRole('listitem')).toHaveCount(10);
    await saved(page);
    await expect(page.getByText('10 recovery codes left')).toBeVisible();
    await fits(page);
  });
  await test.step('a change of address asks for a code again once the proof is old', async () => {
    // Five minutes cannot be waited for: the first answer is the server's own for an old proof.
    await page.route('**/api/v1/me/email', (route) => route.fulfill(STALE_PROOF), { times: 1 });
    const moved = `moved.${who.email}`;
    await page.getByRole('button', { name: 'Change the address' }).click();
    await page.getByLabel('New e-mail address').fill(moved);
    await page.getByLabel('Present password').fill(who.password);
    await page.getByRole('dialog').getByRole('button', { name: 'Change the address' }).click();
    const asked = page.getByRole('dialog', { name: 'Confirm that it is you' });
    await asked.getByLabel('Code of the app').fill(await app.code());
    await fits(page);
    await asked.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByText('Look into the mailbox of the new address.')).toBeVisible();
    await expect.poll(() => server.mailedLink(moved)).toBeTruthy();
  });
  person.expectCleanConsole();
  await person.close();
});

test('all other sessions end by one button', async ({ browser }) => {
  const demo = await Server.start();
  const here = await Person.open(browser, 'here', { viewport: PHONE });
  const there = await Person.open(browser, 'there', { viewport: PHONE });
  for (const { page } of [here, there]) {
    await page.goto(`${demo.url}/sign-in`);
    await page.getByLabel('E-mail address').fill('patient@demo.visita.test');
    await page.getByLabel('Password', { exact: true }).fill('visita-demo-password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await hello(page);
  }
  there.tolerate(FAILED_REQUEST);
  await here.page.goto(`${demo.url}/profile`);
  await here.page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await here.page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(here.page.getByText('Signed out everywhere else.')).toBeVisible();
  await expect(there.page.getByRole('heading', { level: 1, name: 'Welcome back' })).toBeVisible();
  await expect(here.page.getByText('This device', { exact: true })).toBeVisible();
  here.expectCleanConsole();
  await Promise.all([here.close(), there.close()]);
  await demo.stop();
});
