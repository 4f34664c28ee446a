// What goes wrong in real life gets a clear answer, and nothing is lost.
import { expect, test, type Browser } from '@playwright/test';
import { DISGUISED, pdf } from '../support/files';
import { expectLiveMedia, received } from '../support/media';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { CLINIC, DOCTOR, admit, bookNext, joinVisit, newcomer, register, sendMessage, signIn } from '../support/steps';

/** Chromium itself reports every failed request on the console; the page cannot prevent it. */
const FAILED_REQUEST = /^error: (Failed to load resource|WebSocket connection to)/;

let server: Server;
test.beforeEach(async () => {
  server = await Server.start();
});
test.afterEach(async () => {
  await server.stop();
});

async function patientWithVisit(browser: Browser, name: string, options = {}): Promise<{ patient: Person; visit: string }> {
  const patient = await Person.open(browser, name, { viewport: PHONE, hasTouch: true, ...options });
  await register(patient.page, server.url, newcomer(name), CLINIC);
  const visit = await bookNext(patient.page, DOCTOR.name, 'A question about my medicine');
  return { patient, visit };
}

test('a wrong password is refused in words, and the form stays', async ({ browser }) => {
  const person = await Person.open(browser, 'somebody', { viewport: PHONE });
  person.tolerate(FAILED_REQUEST);
  await person.page.goto(`${server.url}/sign-in`);
  await person.page.getByLabel('E-mail address').fill('patient@demo.visita.test');
  await person.page.getByLabel('Password', { exact: true }).fill('not the right words at all');
  await person.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(person.page.getByRole('alert')).toBeVisible();
  await expect(person.page.getByLabel('E-mail address')).toHaveValue('patient@demo.visita.test');
  person.expectCleanConsole();
  await person.close();
});

test("a stranger's appointment looks like one that does not exist", async ({ browser }) => {
  const { patient, visit } = await patientWithVisit(browser, 'Nora Field');
  const stranger = await Person.open(browser, 'a stranger', { viewport: PHONE });
  stranger.tolerate(FAILED_REQUEST);
  await register(stranger.page, server.url, newcomer('Piet Stone'), CLINIC);
  const words: string[] = [];
  for (const id of [visit, crypto.randomUUID()]) {
    await stranger.page.goto(`${server.url}/appointments/${id}`);
    const main = stranger.page.getByRole('main');
    await expect(main.getByText(/not found|does not exist|no such|cannot find/i).first()).toBeVisible();
    words.push(await main.innerText());
  }
  expect(words[0]).toBe(words[1]);
  stranger.expectCleanConsole();
  await Promise.all([patient.close(), stranger.close()]);
});

test('disguised and oversized files are refused with a reason', async ({ browser }) => {
  const { patient, visit } = await patientWithVisit(browser, 'Olga Reed');
  patient.tolerate(FAILED_REQUEST);
  const page = patient.page;
  await page.goto(`${server.url}/appointments/${visit}`);
  const input = page.locator('input[type=file]');
  await input.setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer: DISGUISED });
  await expect(page.getByText('The file is not what its name says.')).toBeVisible();
  const large = Buffer.concat([pdf('Large'), Buffer.alloc(26 * 1024 * 1024)]);
  await input.setInputFiles({ name: 'large.pdf', mimeType: 'application/pdf', buffer: large });
  await expect(page.getByText('The file is larger than 25 MB.')).toBeVisible();
  await input.setInputFiles({ name: 'fine.pdf', mimeType: 'application/pdf', buffer: pdf('Fine') });
  await expect(page.getByRole('button', { name: 'Download fine.pdf' })).toBeVisible();
  patient.expectCleanConsole();
  await patient.close();
});

test('without a camera one still joins, sees and hears', async ({ browser }) => {
  const { patient, visit } = await patientWithVisit(browser, 'Rosa Lund');
  // The browser answers as it does when the person has blocked both devices.
  await patient.page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));
  });
  const doctor = await Person.open(browser, 'the doctor', { viewport: DESKTOP });
  const [his, hers] = [doctor.page, patient.page];
  await hers.goto(`${server.url}/visit/${visit}`);
  await expect(hers.getByText('Your camera and microphone cannot be used')).toBeVisible();
  await joinVisit(hers);
  await signIn(his, server.url, DOCTOR.email);
  await his.goto(`${server.url}/visit/${visit}`);
  await joinVisit(his);
  await admit(his);
  await expectLiveMedia(hers, 'the patient');
  patient.expectCleanConsole();
  doctor.expectCleanConsole();
  await Promise.all([patient.close(), doctor.close()]);
});

test('the server is killed in mid-call: media goes on, the socket resumes, no message is lost', async ({ browser }) => {
  const { patient, visit } = await patientWithVisit(browser, 'Selma Holt');
  const doctor = await Person.open(browser, 'the doctor', { viewport: DESKTOP });
  const [his, hers] = [doctor.page, patient.page];
  await hers.goto(`${server.url}/visit/${visit}`);
  await joinVisit(hers);
  await signIn(his, server.url, DOCTOR.email);
  await his.goto(`${server.url}/visit/${visit}`);
  await joinVisit(his);
  await admit(his);
  await Promise.all([expectLiveMedia(his, 'the doctor'), expectLiveMedia(hers, 'the patient')]);
  for (const page of [his, hers]) await page.getByRole('button', { name: /^Chat/ }).click();
  await sendMessage(hers, 'Before the crash.');
  await expect(his.getByText('Before the crash.')).toBeVisible();

  for (const person of [patient, doctor]) {
    person.tolerate(FAILED_REQUEST, /^error: .*(net::ERR|ERR_CONNECTION)/);
  }
  await server.kill();
  for (const page of [his, hers]) {
    await expect(page.getByText('Reconnecting to the clinic.')).toBeVisible();
  }
  await Promise.all([expectLiveMedia(his, 'the doctor'), expectLiveMedia(hers, 'the patient')]);
  // Written while nobody listens: kept, and sent when the server is back.
  const box = hers.getByRole('textbox', { name: 'Message' });
  await box.fill('During the crash.');
  await hers.getByRole('button', { name: 'Send', exact: true }).click();

  const frames = (await received(hers)).frames;
  await server.launch();
  for (const page of [his, hers]) {
    await expect(page.getByText('Reconnecting to the clinic.')).toBeHidden({ timeout: 30_000 });
  }
  await expect(his.getByText('During the crash.')).toHaveCount(1);
  await expect(his.getByText('Before the crash.')).toHaveCount(1);
  await sendMessage(his, 'After the crash.');
  await expect(hers.getByText('After the crash.')).toBeVisible();
  expect((await received(hers)).frames).toBeGreaterThan(frames);
  await Promise.all([expectLiveMedia(his, 'the doctor'), expectLiveMedia(hers, 'the patient')]);
  patient.expectCleanConsole();
  doctor.expectCleanConsole();
  await Promise.all([patient.close(), doctor.close()]);
});

test('a reload in mid-call goes back into the call', async ({ browser }) => {
  const { patient, visit } = await patientWithVisit(browser, 'Tilda Marsh');
  const doctor = await Person.open(browser, 'the doctor', { viewport: DESKTOP });
  const [his, hers] = [doctor.page, patient.page];
  await hers.goto(`${server.url}/visit/${visit}`);
  await joinVisit(hers);
  await signIn(his, server.url, DOCTOR.email);
  await his.goto(`${server.url}/visit/${visit}`);
  await joinVisit(his);
  await admit(his);
  await Promise.all([expectLiveMedia(his, 'the doctor'), expectLiveMedia(hers, 'the patient')]);
  await hers.reload();
  await Promise.all([expectLiveMedia(his, 'the doctor'), expectLiveMedia(hers, 'the patient')]);
  patient.expectCleanConsole();
  doctor.expectCleanConsole();
  await Promise.all([patient.close(), doctor.close()]);
});
