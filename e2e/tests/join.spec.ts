// One tap from a mail to the lobby, without signing in, and out again when the clinic says so.
import { expect, test } from '@playwright/test';
import { expectLiveMedia } from '../support/media';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, DOCTOR, admit, bookNext, joinVisit, newcomer, register, signIn } from '../support/steps';

let server: Server;
test.beforeEach(async () => {
  server = await Server.start();
});
test.afterEach(async () => {
  await server.stop();
});

test('a mailed link takes the patient to the lobby, and an interpreter comes by another', async ({ browser }) => {
  const who = newcomer('Lena Summer');
  const booking = await Person.open(browser, 'the patient at the computer', { viewport: DESKTOP });
  await register(booking.page, server.url, who, CLINIC);
  const visit = await bookNext(booking.page, DOCTOR.name, 'A sore knee after running');
  booking.expectCleanConsole();
  await booking.close();

  const doctor = await Person.open(browser, 'the doctor', { viewport: DESKTOP });
  const his = doctor.page;
  await signIn(his, server.url, DOCTOR.email);

  const phone = await Person.open(browser, 'the patient on the phone', { viewport: PHONE, hasTouch: true });
  const hers = phone.page;
  await test.step('one tap leads from the mail to the waiting room', async () => {
    await expect.poll(() => server.mailedJoinLink(who.email)).toBeTruthy();
    await hers.goto(`${server.url}${server.mailedJoinLink(who.email)}`);
    await expect(hers.getByRole('heading', { level: 1 })).toHaveText('Join your visit');
    await expect(hers).toHaveURL(`${server.url}/j`);
    await hers.screenshot({ path: test.info().outputPath('join-360.png') });
    await hers.getByRole('button', { name: 'Join the visit' }).tap();
    await expect(hers.getByRole('heading', { name: 'You are in the waiting room' })).toBeVisible();
    await hers.screenshot({ path: test.info().outputPath('lobby-360.png') });
    // No menu, and no page but this one.
    await expect(hers.getByRole('navigation')).toHaveCount(0);
  });

  await test.step('a reload goes back in', async () => {
    await hers.reload();
    await expect(hers.getByRole('heading', { name: 'You are in the waiting room' })).toBeVisible();
  });

  const link = await test.step('the doctor invites an interpreter', async () => {
    await his.goto(`${server.url}/appointments/${visit}`);
    await his.getByLabel('Name', { exact: true }).fill('Rosa');
    await his.getByRole('button', { name: 'Make a link' }).click();
    const shown = his.getByTestId('join-link');
    await expect(shown).toBeVisible();
    await his.screenshot({ path: test.info().outputPath('invite-1440.png'), fullPage: true });
    return (await shown.innerText()).trim();
  });

  const guest = await Person.open(browser, 'the interpreter', { viewport: DESKTOP });
  const theirs = guest.page;
  await test.step('the interpreter sees how the visit stands', async () => {
    await theirs.goto(link);
    await theirs.getByRole('button', { name: 'Join the visit' }).click();
    await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('You are in the waiting room, Rosa');
    await expect(theirs.getByText('The patient is in the waiting room, too.')).toBeVisible();
    await theirs.screenshot({ path: test.info().outputPath('guest-1440.png') });
  });

  await test.step('the doctor admits the patient, and both see and hear each other', async () => {
    await his.goto(`${server.url}/visit/${visit}`);
    await joinVisit(his);
    await admit(his);
    await Promise.all([expectLiveMedia(his, 'the doctor'), expectLiveMedia(hers, 'the patient')]);
    await expect(theirs.getByText('The visit has begun.')).toBeVisible();
    await hers.screenshot({ path: test.info().outputPath('call-360.png') });
  });

  await test.step('a revoked link says so', async () => {
    // The browser itself reports the refused requests.
    guest.tolerate(/Failed to load resource/);
    const clinic = await Person.open(browser, 'reception', { viewport: DESKTOP });
    await signIn(clinic.page, server.url, 'staff@demo.visita.test');
    await clinic.page.goto(`${server.url}/appointments/${visit}`);
    const row = clinic.page.getByRole('listitem').filter({ hasText: 'Rosa' });
    await row.getByRole('button', { name: 'Revoke' }).click();
    await clinic.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect(row).toHaveCount(0);
    await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('This link is not valid any more');
    clinic.expectCleanConsole();
    await clinic.close();
  });

  for (const person of [doctor, phone, guest]) person.expectCleanConsole();
  await Promise.all([doctor.close(), phone.close(), guest.close()]);
});
