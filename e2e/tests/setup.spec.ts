// First start: nobody has an account, and whoever reads the console sets the clinic up on a phone.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { newcomer } from '../support/steps';
import { settled } from '../support/tour';
import { enrol, enterRecoveryCode, saved } from '../support/totp';

/** Chromium itself reports every refused request on the console; the page cannot prevent it. */
const FAILED_REQUEST = /^error: Failed to load resource/;

let server: Server;
test.beforeEach(async () => {
  server = await Server.empty();
});
test.afterEach(async () => {
  await server.stop();
});

async function fillIn(page: Page, name: string, email: string, password: string): Promise<void> {
  await page.getByLabel('Name of the clinic').fill('Clínica São José');
  await page.getByLabel('Full name').fill(name);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

async function fits(page: Page): Promise<void> {
  await settled(page);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(sideways, 'pixels to scroll sideways').toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
}

test('an empty clinic is set up by the printed link, once', async ({ browser }) => {
  const { name, email, password } = newcomer('Robin Admin');
  const person = await Person.open(browser, 'the operator', { viewport: PHONE, hasTouch: true });
  const { page } = person;
  await page.goto(server.url);
  await expect(page.getByText('This clinic is not set up yet.')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0);
  await fits(page);

  await page.goto(server.setupLink);
  await expect(page.getByRole('heading', { level: 1, name: 'Set up your clinic' })).toBeVisible();
  await expect(page).toHaveURL(`${server.url}/setup`);
  await expect(page.getByLabel('Set-up code')).toHaveCount(0);
  await expect(page.getByLabel('Time zone')).toHaveValue('Europe/Paris');
  await fits(page);
  await page.getByRole('button', { name: 'Set up the clinic' }).click();
  await expect(page.getByText('Please fill this in.')).toHaveCount(4);
  await fillIn(page, name, email, password);
  await page.getByRole('button', { name: 'Set up the clinic' }).click();
  const { recoveryCodes } = await enrol(page);
  await saved(page);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Hello');
  await page.goto(`${server.url}/hospitals`);
  await expect(page.getByRole('link', { name: 'Clínica São José' })).toBeVisible();
  person.expectCleanConsole();

  const other = await Person.open(browser, 'another visitor', { viewport: PHONE });
  await other.page.goto(server.setupLink);
  await expect(other.page.getByText('This clinic is set up already.')).toBeVisible();
  await other.page.goto(`${server.url}/sign-in`);
  await other.page.getByLabel('E-mail address').fill(email);
  await other.page.getByLabel('Password', { exact: true }).fill(password);
  other.tolerate(FAILED_REQUEST);
  await other.page.getByRole('button', { name: 'Sign in' }).click();
  await enterRecoveryCode(other.page, recoveryCodes[0] ?? '');
  await expect(other.page.getByRole('heading', { level: 1 })).toContainText('Hello');
  other.expectCleanConsole();
  await Promise.all([person.close(), other.close()]);
});

test('a wrong code is refused in words, and the right one can be typed', async ({ browser }) => {
  const { name, email, password } = newcomer('Robin Admin');
  const person = await Person.open(browser, 'the operator', { viewport: PHONE, hasTouch: true });
  const { page } = person;
  await page.goto(`${server.url}/sign-in`);
  await page.getByRole('link', { name: 'Enter the code by hand' }).click();
  await page.getByLabel('Set-up code').fill('not-the-code');
  await fillIn(page, name, email, password);
  person.tolerate(FAILED_REQUEST);
  await page.getByRole('button', { name: 'Set up the clinic' }).click();
  await expect(page.getByText('This set-up code is not valid.')).toBeVisible();
  await fits(page);
  await expect(page.getByLabel('Name of the clinic')).toHaveValue('Clínica São José');
  await page.getByLabel('Set-up code').fill(server.setupLink.split('#')[1] ?? '');
  await page.getByRole('button', { name: 'Set up the clinic' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Protect your account' })).toBeVisible();
  person.expectCleanConsole();
  await person.close();
});
