// How a patient gets an account, and back into it, by the mail of the demo.
import { expect, test } from '@playwright/test';
import { PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, newcomer, openMail, register, signIn } from '../support/steps';

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(async () => {
  await server.stop();
});

test('a patient registers by mail, forgets the password and chooses another', async ({ browser }) => {
  const who = newcomer('Mira Field');
  const person = await Person.open(browser, 'the patient', { viewport: PHONE, hasTouch: true });
  const { page } = person;
  await register(page, server.url, who, CLINIC);

  const other = await Person.open(browser, 'the patient elsewhere', { viewport: PHONE });
  await other.page.goto(`${server.url}/sign-in`);
  await other.page.getByRole('link', { name: 'Forgot your password?' }).click();
  await other.page.getByLabel('E-mail address').fill(who.email);
  await other.page.getByRole('button', { name: 'Send me a link' }).click();
  await expect(other.page.getByText('Look into your mailbox.')).toBeVisible();
  await openMail(other.page, server.url, who.email, 'choose a new password');
  await expect(other.page).toHaveURL(`${server.url}/account`);
  const password = 'eleven brave paper boats';
  await other.page.getByLabel('Password', { exact: true }).fill(password);
  await other.page.getByRole('button', { name: 'Save the password' }).click();
  await expect(other.page.getByText('Your password is changed.')).toBeVisible();
  await signIn(other.page, server.url, who.email, password);
  other.expectCleanConsole();
  await Promise.all([person.close(), other.close()]);
});
