// From an empty server to an audited clinic, as each role lives it: once with everybody on a
// phone, once with everybody at a desk.
import { expect, test, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { canary } from '../support/canaries';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { newcomer, type Newcomer } from '../support/steps';
import { enrol, saved } from '../support/totp';

const CLINIC = 'Clínica São José';

let server: Server;
test.beforeEach(async () => {
  server = await Server.empty();
});
test.afterEach(async () => {
  await server.stop();
});

const hello = (page: Page) => expect(page.getByRole('heading', { level: 1 })).toContainText('Hello');

/** Follows the newest link of somebody's mailbox and chooses a password there. */
async function comeIn(page: Page, who: Newcomer): Promise<void> {
  await expect.poll(() => server.mailedLink(who.email)).toBeTruthy();
  await page.goto(server.url + server.mailedLink(who.email));
  await expect(page).toHaveURL(`${server.url}/account`);
  await page.getByLabel('Password', { exact: true }).fill(canary(who.password));
  await page.getByRole('button', { name: 'Save and sign in' }).click();
}

async function invite(page: Page, role: string, who: Newcomer, specialty?: string): Promise<void> {
  await page.goto(`${server.url}/users/new`);
  await page.getByLabel('Role').selectOption({ label: role });
  await page.getByLabel('Name', { exact: true }).fill(canary(who.name));
  await page.getByLabel('E-mail address').fill(canary(who.email));
  if (specialty) await page.getByLabel('Specialty').fill(specialty);
  await page.getByRole('button', { name: 'Add an account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: who.name })).toBeVisible();
  await expect(page.getByText('Has not opened the invitation yet.')).toBeVisible();
}

/** Somebody who was invited: password, second step, first page. */
async function invited(browser: Browser, who: Newcomer, screen: BrowserContextOptions): Promise<Person> {
  const person = await Person.open(browser, who.name, screen);
  await comeIn(person.page, who);
  await expect(person.page.getByRole('heading', { level: 1, name: 'Protect your account' })).toBeVisible();
  await enrol(person.page);
  await saved(person.page);
  await hello(person.page);
  return person;
}

/** A clinic is set up, people are invited and register, a record is corrected, and the trail tells it. */
async function journey(browser: Browser, screen: BrowserContextOptions): Promise<void> {
  const [ada, rita, dora, pia] = ['Ada Admin', 'Rita Reception', 'Dora Doctor', 'Pia Patient'].map(newcomer) as [
    Newcomer,
    Newcomer,
    Newcomer,
    Newcomer,
  ];
  const admin = await Person.open(browser, 'the administrator', screen);
  await test.step('the administrator sets the hospital up', async () => {
    const { page } = admin;
    await page.goto(server.setupLink);
    await page.getByLabel('Name of the clinic').fill(CLINIC);
    await page.getByLabel('Full name').fill(canary(ada.name));
    await page.getByLabel('E-mail address').fill(canary(ada.email));
    await page.getByLabel('Password', { exact: true }).fill(canary(ada.password));
    await page.getByRole('button', { name: 'Set up the clinic' }).click();
    await enrol(page);
    await saved(page);
    await hello(page);
  });
  await test.step('and invites reception', () => invite(admin.page, 'Reception', rita));
  const reception = await invited(browser, rita, screen);
  await test.step('reception invites a doctor', () => invite(reception.page, 'Doctor', dora, 'Cardiology'));
  const doctor = await invited(browser, dora, screen);

  const patient = await Person.open(browser, 'the patient', screen);
  await test.step('a patient registers and confirms', async () => {
    const { page } = patient;
    await page.goto(`${server.url}/register`);
    await page.getByLabel('Full name').fill(canary(pia.name));
    await page.getByLabel('E-mail address').fill(canary(pia.email));
    await page.getByRole('button', { name: 'Create an account' }).click();
    await expect(page.getByText('Look into your mailbox.')).toBeVisible();
    await comeIn(page, pia);
    await hello(page);
  });

  await test.step('reception corrects the record', async () => {
    const { page } = reception;
    await page.goto(`${server.url}/patients`);
    await page.getByRole('link', { name: pia.name }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Phone').fill(canary('+33 1 23 45 67 89'));
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('+33 1 23 45 67 89')).toBeVisible();
  });

  await test.step('the patient sees who did, and the trail tells it', async () => {
    await patient.page.goto(`${server.url}/profile`);
    await patient.page.getByRole('link', { name: /Who opened my record/ }).click();
    const changed = patient.page.getByRole('listitem').filter({ hasText: "Changed a patient's record" });
    await expect(changed).toContainText(rita.name);
    await reception.page.goto(`${server.url}/audit`);
    const row = reception.page.getByRole('row').filter({ hasText: "Changed a patient's record" });
    await expect(row).toContainText(pia.name);
  });
  await test.step('the administrator reads of accounts, not of health', async () => {
    const { page } = admin;
    await page.goto(`${server.url}/audit`);
    await page.getByLabel('Where').selectOption({ label: CLINIC });
    await expect(page.getByRole('row').filter({ hasText: 'Added an account' }).first()).toContainText(rita.name);
    await expect(page.getByText("Changed a patient's record")).toHaveCount(0);
  });
  for (const person of [admin, reception, doctor, patient]) {
    person.expectCleanConsole();
    await person.close();
  }
}

test('from set-up to audit trail, everybody on a phone', async ({ browser }) => {
  test.slow();
  await journey(browser, { viewport: PHONE, hasTouch: true, isMobile: true });
});

test('from set-up to audit trail, everybody at a desk', async ({ browser }) => {
  test.slow();
  await journey(browser, { viewport: DESKTOP });
});
