// A doctor's hours, from the week as typed to what patients are offered.
import { expect, test, type Browser, type Page } from '@playwright/test';
import { canary } from '../support/canaries';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, newcomer, register, signIn } from '../support/steps';

/** Works by day, and has visits of the demo. */
const DOCTOR = { name: 'Dr James Whitfield', email: 'james.whitfield@demo.visita.test' };
const STAFF = 'staff@demo.visita.test';

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(async () => {
  await server.stop();
});

async function atWork(browser: Browser): Promise<Person> {
  const doctor = await Person.open(browser, DOCTOR.name, { viewport: DESKTOP });
  await signIn(doctor.page, server.url, DOCTOR.email);
  await doctor.page.goto(`${server.url}/availability`);
  await expect(doctor.page.getByRole('heading', { level: 1 })).toHaveText('My working hours');
  return doctor;
}

/** Every day of the week has the hours that Monday has been given. */
async function everyDay(page: Page, from: string, until: string): Promise<void> {
  const remove = page.getByRole('button', { name: 'Remove these hours on Monday' });
  while ((await remove.count()) > 0) await remove.first().click();
  await page.getByRole('button', { name: 'Add hours on Monday' }).click();
  await page.getByLabel('Monday, from').fill(from);
  await page.getByLabel('Monday, until').fill(until);
  await page.getByRole('button', { name: 'Copy the hours of Monday to other days' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'The whole week' }).click();
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
}

test('a doctor sets hours, sees what they offer, and patients are offered just that', async ({ browser }) => {
  test.slow();
  const doctor = await atWork(browser);
  const { page } = doctor;
  // What the browser itself says of a change that is asked about.
  doctor.tolerate(/409 \(Conflict\)/);
  // The hours that are typed are shown as visits before anything is stored.
  await everyDay(page, '06:00', '07:00');
  await page.getByLabel('Length of a visit').fill('20');
  const preview = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Preview: next week' }) });
  await expect(preview.getByRole('listitem').first()).toContainText('3 visits');
  await page.getByLabel('Monday, until').fill('05:00');
  await expect(page.getByText('The end must be after the start.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save the hours' })).toBeDisabled();
  await page.getByLabel('Monday, until').fill('07:00');

  // The demo's visits lie outside of these hours: they are named before anything changes.
  await page.getByRole('button', { name: 'Save the hours' }).click();
  const asked = page.getByRole('dialog', { name: 'Visits are booked then' });
  await expect(asked.getByTestId('stranded').getByRole('listitem').first()).toBeVisible();
  await asked.getByRole('button', { name: 'Go back' }).click();
  await expect(page.getByText('You have changes that are not saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Save the hours' }).click();
  await asked.getByRole('button', { name: 'Go on, and keep the visits' }).click();
  await expect(page.getByText('The working hours were saved')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Friday, from')).toHaveValue('06:00');

  const name = 'Nora Lind';
  const patient = await Person.open(browser, name, { viewport: PHONE, hasTouch: true, isMobile: true });
  await register(patient.page, server.url, newcomer(name), CLINIC);
  await patient.page.getByRole('main').getByRole('link', { name: 'Book a visit' }).tap();
  const card = patient.page.getByRole('listitem').filter({ hasText: DOCTOR.name });
  await card.getByTestId('doctor').first().tap();
  await expect(patient.page.getByTestId('slot').first()).toBeVisible();
  // One hour of twenty-minute visits, on the clock of whoever looks.
  const offered = await patient.page.getByTestId('slot').allInnerTexts();
  const [hour] = offered[0].split(':');
  expect(offered.map((text) => text.trim())).toEqual(['00', '20', '40'].map((minute) => `${hour.trim()}:${minute}`));
  await patient.page.getByTestId('slot').first().tap();
  await patient.page.getByLabel('Reason for the visit').fill(canary('a sore throat'));
  await patient.page.getByRole('button', { name: 'Book this visit' }).tap();
  await expect(patient.page.getByText('Your visit is booked')).toBeVisible();

  // Time off over the booked visit asks too, and names the patient.
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const add = page.getByRole('dialog', { name: 'Add time off or extra hours' });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await add.getByLabel('First day').fill(day(0));
  await add.getByLabel('Last day').fill(day(14));
  await add.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(asked.getByTestId('stranded')).toContainText(name);
  await asked.getByRole('button', { name: 'Go on, and keep the visits' }).click();
  await expect(page.getByRole('button', { name: /^Remove: Time off/ })).toBeVisible();
  await expect(preview.getByRole('listitem').first()).toContainText('No visits');
  for (const person of [doctor, patient]) {
    person.expectCleanConsole();
    await person.close();
  }
});

test('hours can count for some dates only, and reception sets them too', async ({ browser }) => {
  const staff = await Person.open(browser, 'reception', { viewport: PHONE, hasTouch: true, isMobile: true });
  await signIn(staff.page, server.url, STAFF);
  const { page } = staff;
  await page.goto(`${server.url}/doctors`);
  await page.getByRole('link', { name: 'Dr Chioma Adeyemi' }).first().tap();
  await page.getByRole('link', { name: 'Working hours' }).first().tap();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Working hours of Dr Chioma Adeyemi');
  await page.getByRole('button', { name: 'Limit these hours on Sunday to some dates' }).first().tap();
  await page.getByLabel('First day').fill('2020-02-02');
  await page.getByLabel('Last day').fill('2020-02-01');
  await expect(page.getByText('The last day must not be before the first.')).toBeVisible();
  await page.getByLabel('First day').fill('2020-01-01');
  await page.getByLabel('Last day').fill('');
  await page.getByRole('button', { name: 'Save the hours' }).tap();
  await expect(page.getByText('The working hours were saved')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('First day')).toHaveValue('2020-01-01');
  staff.expectCleanConsole();
  await staff.close();
});
