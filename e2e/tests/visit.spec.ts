// The main job, as two people live it: from registration to the finished visit.
import { expect, test } from '@playwright/test';
import { pdf } from '../support/files';
import { expectLiveMedia, expectSilence, firstRemoteFrame } from '../support/media';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, DOCTOR, admit, bookNext, joinVisit, newcomer, register, sendMessage, signIn } from '../support/steps';

let server: Server;
test.beforeEach(async () => {
  server = await Server.start();
});
test.afterEach(async () => {
  await server.stop();
});

test('a patient registers, books, shares a document, and sees and hears the doctor', async ({ browser }) => {
  const who = newcomer('Mara Winter');
  const patient = await Person.open(browser, 'the patient', { viewport: PHONE, hasTouch: true });
  const doctor = await Person.open(browser, 'the doctor', { viewport: DESKTOP });
  const [his, hers] = [doctor.page, patient.page];

  const visit = await test.step('the patient registers and books', async () => {
    await register(hers, server.url, who, CLINIC);
    return bookNext(hers, DOCTOR.name, 'A cough that does not go away');
  });

  await test.step('the patient uploads a document', async () => {
    await hers.goto(`${server.url}/appointments/${visit}`);
    await hers.locator('input[type=file]').setInputFiles({
      name: 'blood-test.pdf',
      mimeType: 'application/pdf',
      buffer: pdf('Blood test'),
    });
    await expect(hers.getByRole('button', { name: 'Download blood-test.pdf' })).toBeVisible();
  });

  await test.step('both open the visit', async () => {
    await hers.getByRole('link', { name: 'Enter the waiting room' }).click();
    await joinVisit(hers);
    await expect(hers.getByRole('heading', { name: 'You are in the waiting room' })).toBeVisible();

    await signIn(his, server.url, DOCTOR.email);
    await expect(his.getByRole('listitem').filter({ hasText: who.name }).first()).toBeVisible();
    await his.goto(`${server.url}/visit/${visit}`);
    await joinVisit(his);
    await expect(hers.getByText(`${DOCTOR.name} is here and will let you in shortly.`)).toBeVisible();
  });

  await test.step('the doctor admits, and both see and hear each other', async () => {
    const at = await admit(his);
    const seen = await Promise.all([firstRemoteFrame(his), firstRemoteFrame(hers)]);
    const setup = Math.max(...seen) - at;
    console.log(`set-up, admit to first remote frame on both sides: ${setup} ms`);
    test.info().annotations.push({ type: 'set-up ms', description: String(setup) });
    await Promise.all([expectLiveMedia(his, 'the doctor'), expectLiveMedia(hers, 'the patient')]);
  });

  await test.step('chat goes both ways', async () => {
    await hers.getByRole('button', { name: /^Chat/ }).click();
    await his.getByRole('button', { name: /^Chat/ }).click();
    await sendMessage(hers, 'It is worse at night.');
    await expect(his.getByText('It is worse at night.')).toBeVisible();
    await sendMessage(his, 'Thank you, I am looking at your results.');
    await expect(hers.getByText('Thank you, I am looking at your results.')).toBeVisible();
    await hers.getByRole('complementary').getByRole('button', { name: 'Close' }).click();
  });

  await test.step('mute stops the sound on the other side only', async () => {
    await hers.getByRole('button', { name: 'Mute microphone' }).click();
    await expectSilence(his, 'the doctor');
    await expectLiveMedia(hers, 'the patient');
    await hers.getByRole('button', { name: 'Unmute microphone' }).click();
    await expectLiveMedia(his, 'the doctor');
  });

  await test.step('the doctor opens the document', async () => {
    await his.getByRole('button', { name: 'Documents' }).click();
    const download = his.waitForEvent('download');
    await his.getByRole('button', { name: 'Download blood-test.pdf' }).click();
    expect((await download).suggestedFilename()).toBe('blood-test.pdf');
  });

  await test.step('the doctor finishes, and the patient sees it', async () => {
    await his.getByRole('button', { name: 'Finish visit' }).click();
    await his.getByRole('button', { name: 'Finish for both' }).click();
    for (const page of [his, hers]) {
      await expect(page.getByRole('heading', { name: 'The visit is finished' })).toBeVisible();
    }
  });

  patient.expectCleanConsole();
  doctor.expectCleanConsole();
  await Promise.all([patient.close(), doctor.close()]);
});
