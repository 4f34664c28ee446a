// The calendar: a doctor moves visits by mouse and by keys, reception gives one to a colleague, a phone shows the agenda.
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { canary } from '../support/canaries';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, DOCTOR, newcomer, register, signIn } from '../support/steps';

const STAFF = 'staff@demo.visita.test';

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(async () => {
  await server.stop();
});

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

async function box(of: Locator): Promise<Box> {
  const found = await of.boundingBox();
  if (!found) throw new Error('it is not on the screen');
  return found;
}

const meets = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width - 4 && b.x < a.x + a.width - 4 && a.y < b.y + b.height && b.y < a.y + a.height;

/** The boxes of all visits but one. */
async function others(page: Page, id: string): Promise<Box[]> {
  const all = await page.locator(`[data-testid="visit-block"]:not([data-visit="${id}"])`).all();
  return Promise.all(all.map(box));
}

/** A place in that column that no visit takes, later than the one that moves. */
async function freePlace(page: Page, id: string, column: number): Promise<{ x: number; y: number }> {
  const [own, frame, taken] = [
    await box(page.locator(`[data-visit="${id}"]`)),
    await box(page.getByTestId('column').nth(column)),
    await others(page, id),
  ];
  for (let y = own.y + own.height * 2; y < DESKTOP.height - own.height * 2; y += own.height) {
    const around = { x: frame.x, width: frame.width, y: y - own.height, height: own.height * 3 };
    if (!taken.some((other) => meets(around, other))) return { x: frame.x + frame.width / 2, y: y + 8 };
  }
  throw new Error('every place on the screen is taken');
}

/** Takes a visit with the mouse and holds it over a place. */
async function drag(page: Page, block: Locator, to: { x: number; y: number }): Promise<void> {
  const from = await box(block);
  await page.mouse.move(from.x + 12, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(from.x + 20, from.y + 18);
  await page.mouse.move(to.x, to.y, { steps: 8 });
}

async function expectAccessible(page: Page): Promise<void> {
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(sideways, 'the page scrolls sideways by so many pixels').toBeLessThanOrEqual(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
}

interface Booked {
  id: string;
  /** The day that it is on at the clinic. */
  day: string;
  /** Whose it is. */
  name: string;
}

/** A newcomer with a visit on a weekday after today, so that the hour at which the tests run does not matter. */
async function patientWithVisit(page: Page, name: string): Promise<Booked> {
  await register(page, server.url, newcomer(name), CLINIC);
  await page.getByRole('link', { name: 'Book a visit' }).first().click();
  await page.getByTestId('doctor').filter({ hasText: DOCTOR.name }).click();
  const weekdays = page.getByRole('button', { name: /\b(Mon|Tues|Wednes|Thurs|Fri)day\b/ });
  await expect(page.getByTestId('slot').first()).toBeVisible();
  if ((await weekdays.count()) > 1) {
    await weekdays.nth(1).click();
  } else {
    await page.getByRole('button', { name: 'Next month' }).click();
    await weekdays.first().click();
  }
  // She works at any hour: this is about ten in the morning.
  await page.getByTestId('slot').nth(40).click();
  await page.getByLabel('Reason for the visit').fill(canary('A cough'));
  const confirmed = page.waitForResponse((answer) => answer.url().endsWith('/confirm') && answer.ok());
  await page.getByRole('button', { name: 'Book this visit' }).click();
  const { id, starts_at } = (await (await confirmed).json()) as { id: string; starts_at: string };
  const clinic = await page.request.get(`${server.url}/api/v1/hospitals`);
  const { items } = (await clinic.json()) as { items: { name: string; time_zone: string }[] };
  const timeZone = items.find((hospital) => hospital.name === CLINIC)?.time_zone;
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(new Date(starts_at));
  return { id, day, name };
}

/** Says yes to the question, and gives reception's reason when the place is not free. */
async function agree(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Move the visit?' });
  await dialog.getByRole('button', { name: 'Move the visit' }).click();
  const reason = dialog.getByLabel('Why do you book it all the same?');
  const done = page.getByText(/was moved:/).first();
  await expect(reason.or(done).first()).toBeVisible();
  if (await reason.isVisible()) {
    await reason.fill('The colleague agreed');
    await dialog.getByRole('button', { name: 'Move all the same' }).click();
  }
  await expect(dialog).toBeHidden();
}

/** The calendar of that day, with the visit on the screen. */
async function calendarWith(page: Page, visit: Booked): Promise<Locator> {
  await page.goto(`${server.url}/calendar?day=${visit.day}`);
  const block = page.locator(`[data-visit="${visit.id}"]`);
  await expect(block).toContainText(visit.name);
  await block.scrollIntoViewIfNeeded();
  return block;
}

test('a doctor moves a visit by mouse and by keys, and the patient sees it at once', async ({ browser }) => {
  const patient = await Person.open(browser, 'patient', { viewport: DESKTOP });
  const doctor = await Person.open(browser, 'doctor', { viewport: DESKTOP });
  const visit = await patientWithVisit(patient.page, 'Tove Lindqvist');
  const { id, day, name } = visit;
  await patient.page.goto(`${server.url}/appointments/${id}`);
  await expect(patient.page.getByTestId('history')).toContainText('The visit was booked for');

  const { page } = doctor;
  await signIn(page, server.url, DOCTOR.email);
  await page.getByRole('link', { name: 'Calendar' }).first().click();
  await expect(page.getByTestId('now-line')).toBeVisible();
  await expect(page.getByTestId('column')).toHaveCount(7);
  const block = await calendarWith(page, visit);
  await expectAccessible(page);
  const target = page.getByTestId('target');
  const said = page.getByTestId('said');
  const dialog = page.getByRole('dialog', { name: 'Move the visit?' });
  const column = (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;

  // Escape leaves it where it was.
  const before = await block.getAttribute('aria-label');
  await drag(page, block, await freePlace(page, id, column));
  await expect(target).toBeVisible();
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await expect(target).toHaveCount(0);
  await expect(dialog).toBeHidden();
  await expect(block).toHaveAttribute('aria-label', before ?? '');

  await drag(page, block, await freePlace(page, id, column));
  const words = (await target.textContent()) ?? '';
  expect(words).toMatch(/\d/);
  await page.mouse.up();
  await expect(dialog).toContainText(name);
  await expect(dialog).toContainText(words);
  await dialog.getByRole('button', { name: 'Move the visit' }).click();
  await expect(patient.page.getByText('This visit was changed meanwhile')).toBeVisible({ timeout: 1000 });
  await expect(block).not.toHaveAttribute('aria-label', before ?? '');

  // The same by keys, to the next place that is free.
  const second = await block.getAttribute('aria-label');
  await block.focus();
  await page.keyboard.press('m');
  await expect(said).toContainText(`Moving the visit of ${name}`);
  const taken = await others(page, id);
  let place = await box(target);
  do {
    await page.keyboard.press('ArrowDown');
    await expect.poll(async () => (await box(target)).y).not.toBe(place.y);
    place = await box(target);
  } while (taken.some((other) => meets(place, other)));
  await expect(said).toContainText((await target.textContent()) ?? 'nothing');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Move the visit' }).click();
  await expect(block).not.toHaveAttribute('aria-label', second ?? '');
  await expect(patient.page.getByTestId('history').getByRole('listitem')).toHaveCount(4);
  await expect(patient.page.getByTestId('history')).toContainText(`by ${DOCTOR.name}`);

  patient.expectCleanConsole();
  doctor.expectCleanConsole();
  await patient.close();
  await doctor.close();
});

test('reception gives a visit to another doctor by dragging it', async ({ browser }) => {
  const patient = await Person.open(browser, 'patient', { viewport: PHONE });
  const staff = await Person.open(browser, 'reception', { viewport: DESKTOP });
  // A refused move is part of the story: the colleague need not be free.
  staff.tolerate(/409/);
  const visit = await patientWithVisit(patient.page, 'Ravi Menon');
  const { page } = staff;
  await signIn(page, server.url, STAFF);
  const block = await calendarWith(page, visit);
  await expectAccessible(page);
  const own = await box(block);
  const columns = await Promise.all((await page.getByTestId('column').all()).map(box));
  const other = columns.find((column) => !meets({ ...column, y: own.y }, own) && column.x + 40 < DESKTOP.width);
  if (!other) throw new Error('nobody else is there that day');
  await drag(page, block, { x: other.x + other.width / 2, y: own.y + 8 });
  await page.mouse.up();
  await agree(page);
  await expect.poll(async () => Math.abs((await box(block)).x - own.x) > 40).toBe(true);

  await block.click();
  await page.getByRole('dialog').getByRole('link', { name: 'Open the visit' }).click();
  await expect(page.getByTestId('history')).toContainText('Given to');
  await expect(page.getByTestId('history')).toContainText('by you');
  staff.expectCleanConsole();
  await patient.close();
  await staff.close();
});

test('what somebody else changes shows at once, and a visit that was dragged too late stays where they put it', async ({ browser }) => {
  const patient = await Person.open(browser, 'patient', { viewport: PHONE });
  const doctor = await Person.open(browser, 'doctor', { viewport: DESKTOP });
  const staff = await Person.open(browser, 'reception', { viewport: DESKTOP });
  // The doctor's change comes too late, and reception may meet another visit.
  doctor.tolerate(/412/);
  staff.tolerate(/409/);
  const visit = await patientWithVisit(patient.page, 'Ines Duarte');
  await signIn(doctor.page, server.url, DOCTOR.email);
  await signIn(staff.page, server.url, STAFF);
  const hers = await calendarWith(doctor.page, visit);
  const theirs = await calendarWith(staff.page, visit);
  const stood = await hers.getAttribute('aria-label');

  // The doctor has put it down and not yet said yes when reception moves it by a quarter of an hour.
  const column = (new Date(`${visit.day}T12:00:00Z`).getUTCDay() + 6) % 7;
  await drag(doctor.page, hers, await freePlace(doctor.page, visit.id, column));
  await doctor.page.mouse.up();
  const dialog = doctor.page.getByRole('dialog', { name: 'Move the visit?' });
  await expect(dialog).toBeVisible();
  await theirs.focus();
  await staff.page.keyboard.press('m');
  for (let step = 0; step < 3; step += 1) await staff.page.keyboard.press('ArrowUp');
  await staff.page.keyboard.press('Enter');
  await agree(staff.page);
  await expect(hers).not.toHaveAttribute('aria-label', stood ?? '', { timeout: 1000 });
  const now = await hers.getAttribute('aria-label');
  await dialog.getByRole('button', { name: 'Move the visit' }).click();
  await expect(dialog).toBeHidden();
  await expect(doctor.page.getByText('Somebody else changed this visit meanwhile.')).toBeVisible();
  await expect(hers).toHaveAttribute('aria-label', now ?? '');

  // What reception calls off is gone from an open calendar.
  await theirs.click();
  await staff.page.getByRole('dialog').getByRole('link', { name: 'Open the visit' }).click();
  await staff.page.getByRole('button', { name: 'Cancel the visit' }).click();
  await staff.page.getByRole('dialog').getByRole('button', { name: 'Cancel the visit' }).click();
  await expect(staff.page.getByTestId('history')).toContainText('The visit was cancelled.');
  await expect(hers).toHaveCount(0, { timeout: 1000 });

  for (const person of [doctor, staff]) person.expectCleanConsole();
  for (const person of [patient, doctor, staff]) await person.close();
});

test("a doctor's agenda on a phone", async ({ browser }) => {
  const patient = await Person.open(browser, 'patient', { viewport: PHONE });
  const doctor = await Person.open(browser, 'doctor', { viewport: PHONE });
  const { id, day, name } = await patientWithVisit(patient.page, 'Mona Haddad');
  const { page } = doctor;
  await signIn(page, server.url, DOCTOR.email);
  await page.goto(`${server.url}/calendar`);
  await expect(page.getByTestId('agenda-now')).toBeVisible();
  await page.goto(`${server.url}/calendar?day=${day}`);
  const row = page.getByTestId('agenda').getByRole('link').filter({ hasText: name });
  await expect(row).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Day after' }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole('button', { name: 'Day before' }).click();
  await row.click();
  await expect(page).toHaveURL(`${server.url}/appointments/${id}`);
  doctor.expectCleanConsole();
  await patient.close();
  await doctor.close();
});
