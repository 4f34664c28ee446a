// Booking as patients live it on a phone and reception at a desk, with the doctor watching.
import { expect, test, type Browser, type Locator, type Page } from '@playwright/test';
import { canary } from '../support/canaries';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, DOCTOR, newcomer, register, signIn } from '../support/steps';

/** Works by day only, so that the night is outside the hours. */
const CARDIOLOGIST = { name: 'Dr James Whitfield', email: 'james.whitfield@demo.visita.test' };
const STAFF = 'staff@demo.visita.test';
const ON_PHONE = { viewport: PHONE, hasTouch: true, isMobile: true };
/** Milliseconds from the answer to whoever changed something until an open page shows it. */
const SHOWN_LIMIT_MS = 1_000;

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(async () => {
  await server.stop();
});

async function patient(browser: Browser, name: string): Promise<Person> {
  const person = await Person.open(browser, name, ON_PHONE);
  await register(person.page, server.url, newcomer(name), CLINIC);
  return person;
}

/** The list of coming visits, left open. */
async function watching(browser: Browser, who: { name: string; email: string }): Promise<Person> {
  const person = await Person.open(browser, who.name, { viewport: DESKTOP });
  await signIn(person.page, server.url, who.email);
  await person.page.goto(`${server.url}/appointments`);
  await expect(person.page.getByTestId('visit-row').first()).toBeVisible();
  return person;
}

/** Does something that changes a visit, and measures until each page shows it. */
async function shownSoon(page: Page, what: string, act: () => Promise<void>, shown: [Locator, 'visible' | 'detached'][]): Promise<void> {
  const answered = page
    .waitForResponse((answer) => answer.url().includes('/api/v1/appointments') && answer.request().method() !== 'GET' && answer.ok())
    .then(() => Date.now());
  const seen = Promise.all(shown.map(([row, state]) => row.waitFor({ state }).then(() => Date.now())));
  await act();
  const [from, until] = [await answered, await seen];
  for (const at of until) {
    const took = Math.max(0, at - from);
    console.log(`${what}: shown after ${took} ms`);
    expect(took, what).toBeLessThanOrEqual(SHOWN_LIMIT_MS);
  }
}

const card = (page: Page, doctor: string) =>
  page.getByRole('main').getByRole('listitem').filter({ has: page.getByTestId('doctor').filter({ hasText: doctor }) });

const nextSlot = (page: Page, doctor: string) => card(page, doctor).getByTestId('next-slot');

test('a patient books in four taps, moves and cancels, and the doctor sees each change', async ({ browser }) => {
  test.slow();
  const name = 'Petra Vogel';
  const person = await patient(browser, name);
  const doctor = await watching(browser, DOCTOR);
  const { page } = person;
  const row = doctor.page.getByTestId('visit-row').filter({ hasText: name });
  let taps = 0;
  const tap = async (target: Locator) => {
    taps += 1;
    await target.tap();
  };

  await tap(page.getByRole('main').getByRole('link', { name: 'Book a visit' }));
  await tap(page.getByRole('button', { name: 'Urgent care' }));
  await expect(page.getByTestId('doctor')).toHaveCount(1);
  await expect(nextSlot(page, DOCTOR.name)).toHaveText(/^Next: (today|tomorrow) \d{1,2}:\d\d$/);
  await tap(nextSlot(page, DOCTOR.name));
  await expect(page.getByTestId('hold')).toContainText(/We keep this time for you until \d{1,2}:\d\d\./);
  await expect(page.getByTestId('hold')).toContainText(/(10:00|9:\d\d)/);
  await page.getByLabel('Reason for the visit').fill(canary('a rash on both hands'));
  await shownSoon(page, 'booked', () => tap(page.getByRole('button', { name: 'Book this visit' })), [[row, 'visible']]);
  await expect(page.getByText('Your visit is booked')).toBeVisible();
  expect(taps, 'taps from the dashboard to booked').toBeLessThanOrEqual(4);

  await page.getByRole('link', { name: 'Details and documents' }).tap();
  await page.getByRole('button', { name: 'Move to another time' }).tap();
  const other = page.getByRole('dialog').getByTestId('slot').last();
  const time = (await other.innerText()).trim();
  await other.tap();
  await shownSoon(page, 'moved', () => page.getByRole('button', { name: 'Move the visit' }).tap(), [
    [row.filter({ hasText: new RegExp(`^${time} `) }), 'visible'],
  ]);
  await expect(page.getByText('The visit was moved to')).toBeVisible();

  await page.getByRole('button', { name: 'Cancel the visit' }).first().tap();
  const cancel = page.getByRole('dialog').getByRole('button', { name: 'Cancel the visit' });
  await shownSoon(page, 'cancelled', () => cancel.tap(), [[row, 'detached']]);
  await expect(page.getByText('The visit was cancelled', { exact: true })).toBeVisible();
  for (const one of [person, doctor]) {
    one.expectCleanConsole();
    await one.close();
  }
});

test('two patients want the same time, and who loses is offered others', async ({ browser }) => {
  test.slow();
  const people = await Promise.all([patient(browser, 'Rasa Kazlauskas'), patient(browser, 'Tomas Berg')]);
  const pages = people.map((person) => person.page);
  for (const [place, page] of pages.entries()) {
    // The browser itself reports the answer that the test provokes.
    people[place]?.tolerate(/status of 409/);
    await page.goto(`${server.url}/book`);
    await expect(nextSlot(page, DOCTOR.name)).toBeVisible();
  }
  await Promise.all(pages.map((page) => nextSlot(page, DOCTOR.name).tap()));
  const lost = (page: Page) => page.getByText('Somebody was faster');
  await Promise.all(pages.map((page) => expect(page.getByTestId('hold').or(lost(page))).toBeVisible()));
  const lose = await Promise.all(pages.map((page) => lost(page).isVisible()));
  expect([...lose].sort(), 'one has the time and one has not').toEqual([false, true]);
  const [winner, loser] = lose[0] ? [pages[1], pages[0]] : [pages[0], pages[1]];
  if (!winner || !loser) throw new Error('two people');

  await winner.getByLabel('Reason for the visit').fill(canary('a cut on the thumb'));
  await winner.getByRole('button', { name: 'Book this visit' }).tap();
  await expect(winner.getByText('Your visit is booked')).toBeVisible();

  await expect(loser.getByTestId('nearest').getByRole('button')).toHaveCount(3);
  await expect(loser.getByTestId('slot').first()).toBeVisible();
  await loser.getByTestId('nearest').getByRole('button').first().tap();
  await loser.getByLabel('Reason for the visit').fill(canary('a cough at night'));
  await loser.getByRole('button', { name: 'Book this visit' }).tap();
  await expect(loser.getByText('Your visit is booked')).toBeVisible();
  for (const person of people) {
    person.expectCleanConsole();
    await person.close();
  }
});

test('a time that is kept no longer is kept again with one tap, and no word is lost', async ({ browser }) => {
  const person = await patient(browser, 'Ines Duarte');
  const { page } = person;
  await page.clock.install();
  await page.goto(`${server.url}/book`);
  await nextSlot(page, DOCTOR.name).tap();
  await expect(page.getByTestId('hold')).toBeVisible();
  const words = canary('a stiff neck since Sunday');
  await page.getByLabel('Reason for the visit').fill(words);
  await page.clock.fastForward('10:01');
  await expect(page.getByText('We could not keep this time for you any longer.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Book this visit' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Keep this time again' }).tap();
  await expect(page.getByTestId('hold')).toBeVisible();
  await expect(page.getByLabel('Reason for the visit')).toHaveValue(words);
  await page.getByRole('button', { name: 'Book this visit' }).tap();
  await expect(page.getByText('Your visit is booked')).toBeVisible();
  person.expectCleanConsole();
  await person.close();
});

test('reception overbooks with a reason and gives the visit to another doctor', async ({ browser }) => {
  test.slow();
  const name = 'Olga Fedorova';
  const someone = await patient(browser, name);
  await someone.close();
  const reception = await Person.open(browser, 'reception', { viewport: DESKTOP });
  reception.tolerate(/status of 409/);
  const { page } = reception;
  await signIn(page, server.url, STAFF);
  const [former, present] = [await watching(browser, CARDIOLOGIST), await watching(browser, DOCTOR)];
  const [before, after] = [former, present].map((one) => one.page.getByTestId('visit-row').filter({ hasText: name }));
  if (!before || !after) throw new Error('two doctors');

  await page.goto(`${server.url}/book`);
  await page.getByLabel('Search patients').fill('Fedorova');
  await page.getByRole('main').getByRole('link', { name }).click();
  await page.getByTestId('doctor').filter({ hasText: CARDIOLOGIST.name }).click();
  await page.getByRole('button', { name: 'Choose a time that is not free' }).click();
  const tomorrow = new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 10);
  await page.getByLabel('Date').fill(tomorrow);
  await page.getByLabel('Time', { exact: true }).fill('03:10');
  await page.getByRole('button', { name: 'Use this time' }).click();
  await expect(page.getByText("It is outside the doctor's hours.")).toBeVisible();
  await page.getByLabel('Reason for the visit').fill(canary('a check of the pacemaker'));
  await page.getByRole('button', { name: 'Book all the same' }).click();
  await expect(page.getByText('Please give a reason of at least 3 characters.')).toBeVisible();
  await page.getByLabel('Why do you book it all the same?').fill(canary('the device calls at night'));
  await shownSoon(page, 'overbooked', () => page.getByRole('button', { name: 'Book all the same' }).click(), [[before, 'visible']]);
  await page.getByRole('link', { name: 'See the details' }).click();
  await expect(page.getByText('the device calls at night')).toBeVisible();

  await page.getByRole('button', { name: 'Give to another doctor' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Search doctors').fill('Adeyemi');
  await dialog.getByRole('button', { name: DOCTOR.name }).click();
  await shownSoon(page, 'given away', () => dialog.getByRole('button', { name: 'Give the visit' }).click(), [
    [before, 'detached'],
    [after, 'visible'],
  ]);
  await expect(page.getByText(`The visit is with ${DOCTOR.name} now`)).toBeVisible();
  for (const one of [reception, former, present]) {
    one.expectCleanConsole();
    await one.close();
  }
});

test('the clinic sets until when patients change visits, and their page says whom to call', async ({ browser }) => {
  test.slow();
  const person = await patient(browser, 'Wanda Krol');
  const { page } = person;
  await page.goto(`${server.url}/book`);
  await nextSlot(page, DOCTOR.name).tap();
  await page.getByLabel('Reason for the visit').fill(canary('a swollen ankle'));
  await page.getByRole('button', { name: 'Book this visit' }).tap();
  await page.getByRole('link', { name: 'Details and documents' }).tap();
  await expect(page.getByRole('button', { name: 'Cancel the visit' })).toBeVisible();

  const reception = await Person.open(browser, 'reception', { viewport: DESKTOP });
  await signIn(reception.page, server.url, STAFF);
  await reception.page.getByRole('link', { name: 'Clinic', exact: true }).click();
  await reception.page.getByRole('button', { name: 'Edit' }).click();
  const dialog = reception.page.getByRole('dialog');
  await dialog.getByLabel('Patients can move or cancel until this many hours before').fill('36.5');
  await dialog.getByLabel('Patients can book up to this many days ahead').fill('60');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(reception.page.getByText('at least 36.5 hours before')).toBeVisible();
  await expect(reception.page.getByText('up to 60 days ahead')).toBeVisible();

  await page.reload();
  await expect(page.getByTestId('too-late')).toContainText('It is too late to move or cancel this visit here. Please call the clinic:');
  await expect(page.getByTestId('too-late').getByRole('link')).toHaveAttribute('href', /^tel:/);
  await expect(page.getByRole('button', { name: 'Cancel the visit' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Move to another time' })).toHaveCount(0);
  for (const one of [person, reception]) {
    one.expectCleanConsole();
    await one.close();
  }
});
