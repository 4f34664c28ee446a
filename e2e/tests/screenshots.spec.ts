// Pictures of every page, phone and desktop, light and dark, in target/screenshots.
import { expect, test } from '@playwright/test';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, DOCTOR, admit, bookNext, joinVisit, newcomer, register, sendMessage, signIn } from '../support/steps';
import { firstRemoteFrame } from '../support/media';
import { settled, TOUR, visitStop } from '../support/tour';

const OUT = process.env.VISITA_SCREENSHOTS ?? 'target/screenshots';

let server: Server;
test.beforeEach(async () => {
  server = await Server.start();
});
test.afterEach(async () => {
  await server.stop();
});

const LOOKS = [
  { look: 'phone-light', viewport: PHONE, colorScheme: 'light' },
  { look: 'phone-dark', viewport: PHONE, colorScheme: 'dark' },
  { look: 'desktop-light', viewport: DESKTOP, colorScheme: 'light' },
  { look: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark' },
] as const;

for (const { look, viewport, colorScheme } of LOOKS) {
  for (const account of [...new Set(TOUR.map((stop) => stop.account))]) {
    test(`${look} ${account ?? 'visitor'}`, async ({ browser }) => {
      const person = await Person.open(browser, look, { viewport, colorScheme });
      if (account) await signIn(person.page, server.url, account);
      for (const stop of TOUR.filter((stop) => stop.account === account)) {
        await visitStop(person.page, server.url, stop);
        await person.page.screenshot({ path: `${OUT}/${look}/${stop.name}.png`, fullPage: true });
      }
      await person.close();
    });
  }

  test(`${look} set-up`, async ({ browser }) => {
    const empty = await Server.empty();
    const person = await Person.open(browser, look, { viewport, colorScheme });
    for (const [name, heading] of [
      ['sign-in', 'Welcome back'],
      ['setup', 'Set up your clinic'],
    ] as const) {
      await person.page.goto(name === 'setup' ? empty.setupLink : `${empty.url}/${name}`);
      await expect(person.page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
      await settled(person.page);
      await person.page.screenshot({ path: `${OUT}/${look}/empty-${name}.png`, fullPage: true });
    }
    await person.close();
    await empty.stop();
  });

  test(`${look} visit`, async ({ browser }) => {
    const patient = await Person.open(browser, 'the patient', { viewport, colorScheme });
    const doctor = await Person.open(browser, 'the doctor', { viewport, colorScheme });
    const [his, hers] = [doctor.page, patient.page];
    const shot = async (name: string, page = hers) => {
      await settled(page);
      await page.screenshot({ path: `${OUT}/${look}/${name}.png` });
    };
    const who = newcomer('Vera Lindqvist');
    await register(hers, server.url, who, CLINIC);
    await hers.goto(`${server.url}/book`);
    await hers.getByTestId('doctor').filter({ hasText: DOCTOR.name }).click();
    await expect(hers.getByTestId('slot').first()).toBeVisible();
    await shot('book-time');
    await hers.getByTestId('slot').first().click();
    await expect(hers.getByLabel('Reason for the visit')).toBeVisible();
    await shot('book-confirm');
    await hers.goto(`${server.url}/`);
    const visit = await bookNext(hers, DOCTOR.name, 'A rash on my arm');
    await shot('book-done');
    await hers.goto(`${server.url}/visit/${visit}`);
    await expect(hers.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
    await shot('visit-check');
    await joinVisit(hers);
    await expect(hers.getByRole('heading', { name: 'You are in the waiting room' })).toBeVisible();
    await shot('visit-lobby');
    await signIn(his, server.url, DOCTOR.email);
    await shot('doctor-home-waiting', his);
    await his.goto(`${server.url}/visit/${visit}`);
    await joinVisit(his);
    await expect(his.getByRole('button', { name: 'Admit' })).toBeEnabled();
    await shot('visit-lobby-doctor', his);
    await admit(his);
    await Promise.all([firstRemoteFrame(his), firstRemoteFrame(hers)]);
    await hers.getByRole('button', { name: /^Chat/ }).click();
    await sendMessage(hers, 'It itches most in the evening.');
    await his.getByRole('button', { name: /^Chat/ }).click();
    await sendMessage(his, 'Can you hold the arm closer to the camera?');
    await shot('visit-call-chat');
    await shot('visit-call-chat-doctor', his);
    for (const page of [his, hers]) {
      await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click();
    }
    await shot('visit-call');
    await his.getByRole('button', { name: 'Finish visit' }).click();
    await shot('visit-finish-ask', his);
    await his.getByRole('button', { name: 'Finish for both' }).click();
    await expect(hers.getByRole('heading', { name: 'The visit is finished' })).toBeVisible();
    await shot('visit-finished');
    await Promise.all([patient.close(), doctor.close()]);
  });
}
