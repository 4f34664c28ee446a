// Reception's own people, on a phone and at a desk: who is invited, a record put right, archived and brought back.
import { expect, test, type Page } from '@playwright/test';
import { canary } from '../support/canaries';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { newcomer, signIn } from '../support/steps';

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(async () => {
  await server.stop();
});

/** Chooses what the list is narrowed to or sorted by; on a phone the filters unfold first. */
async function choose(page: Page, label: string, words: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true });
  const unfold = page.getByRole('button', { name: /^(Filters|\d+ filters?)$/ });
  await expect(field.or(unfold).filter({ visible: true }).first()).toBeVisible();
  if (!(await field.isVisible())) await unfold.click();
  await field.selectOption({ label: words });
}

for (const [screen, viewport] of [
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
] as const) {
  test(`reception keeps its patients on ${screen}`, async ({ browser }) => {
    const who = newcomer('Ingrid Solberg');
    const person = await Person.open(browser, 'reception', { viewport });
    const { page } = person;
    const row = page.getByRole('row').filter({ hasText: who.email });
    await signIn(page, server.url, 'staff@demo.visita.test');

    await page.goto(`${server.url}/patients/new`);
    await page.getByLabel('Name', { exact: true }).fill(who.name);
    await page.getByLabel('E-mail address').fill(who.email);
    await page.getByRole('button', { name: 'Register a patient' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(who.name);
    await expect(page.getByText('Has not opened the invitation yet.')).toBeVisible();

    await page.goto(`${server.url}/patients`);
    await choose(page, 'State', 'Invited');
    await choose(page, 'Sort by', 'Newest first');
    await expect(page).toHaveURL(`${server.url}/patients?state=invited&order=newest`);
    await expect(page.getByRole('row').filter({ hasText: 'Archived' })).toHaveCount(0);
    await expect(page.locator('tbody tr').first()).toContainText(who.email);

    // The search narrows further, and stays out of the address.
    await page.getByRole('searchbox').fill(canary('nobody of that name'));
    await expect(page.getByText('Nothing matches')).toBeVisible();
    await expect(page).toHaveURL(`${server.url}/patients?state=invited&order=newest`);
    await page.getByRole('button', { name: 'Clear search and filters' }).last().click();
    await expect(page).toHaveURL(`${server.url}/patients?order=newest`);
    await expect(page.getByRole('row').filter({ hasText: 'Active' }).first()).toBeVisible();

    await row.getByRole('link', { name: who.name }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel(/^Record number/).fill('HH-30077');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('HH-30077')).toBeVisible();

    await page.getByRole('button', { name: 'Archive', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archive', exact: true }).click();
    await expect(page.getByText('Archived: cannot sign in. Everything is kept.')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Book a visit' })).toHaveCount(0);

    // Found again by the filter.
    await page.getByRole('main').getByRole('link', { name: 'Patients' }).click();
    await choose(page, 'State', 'Archived');
    await row.getByRole('link', { name: who.name }).click();
    await expect(page.getByText('HH-30077')).toBeVisible();
    await page.getByRole('button', { name: 'Bring back' }).click();
    // Without a password the account waits for its owner again.
    await expect(page.getByText('Has not opened the invitation yet.')).toBeVisible();
    await page.goto(`${server.url}/patients?state=invited`);
    await expect(row).toBeVisible();
    person.expectCleanConsole();
    await person.close();
  });
}
