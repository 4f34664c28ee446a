// Steps that several stories take, in the words a person reads on the page.
import { expect, type Page } from '@playwright/test';
import { canary } from './canaries';
import { PASSWORD } from './pages';

export const CLINIC = 'Harbour Health';
/** Urgent care at any hour: a free time always lies within the hour in which one may arrive. */
export const DOCTOR = { name: 'Dr Chioma Adeyemi', email: 'chioma.adeyemi@demo.visita.test' };

export async function signIn(page: Page, url: string, email: string, password = PASSWORD): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail address').fill(canary(email));
  await page.getByLabel('Password', { exact: true }).fill(canary(password));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Hello');
}

export interface Newcomer {
  name: string;
  email: string;
  password: string;
}

/** A person who has never been here. */
export function newcomer(name: string): Newcomer {
  const unique = `${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  const mailbox = name.toLowerCase().replaceAll(' ', '.');
  return { name, email: `${mailbox}.${unique}@example.org`, password: 'seven quiet walnut lanterns' };
}

export async function register(page: Page, url: string, person: Newcomer, clinic: string): Promise<void> {
  await page.goto(`${url}/register`);
  await page.getByLabel('Your clinic').selectOption({ label: clinic });
  await page.getByLabel('Full name').fill(canary(person.name));
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expect(page.getByText('Look into your mailbox.')).toBeVisible();
  await openMail(page, url, person.email, 'confirm your e-mail address');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Choose your password');
  await expect(page).toHaveURL(`${url}/account`);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Hello');
}

/** Opens the link of a mail in the demo's outbox, as soon as it is there. */
export async function openMail(page: Page, url: string, to: string, subject: string): Promise<void> {
  const there = async (): Promise<boolean> => {
    const answer = await page.request.get(`${url}/api/v1/demo/mails`);
    const { items } = (await answer.json()) as { items: { to: string; subject: string }[] };
    return items.some((mail) => mail.to === to && mail.subject.includes(subject));
  };
  await expect.poll(there).toBe(true);
  await page.goto(`${url}/demo/mail`);
  const mail = page.getByRole('listitem').filter({ hasText: to }).filter({ hasText: subject });
  await mail.getByRole('link').first().click();
}

/** Books the next free time of a doctor, or the day's last one, and returns the visit's id. */
export async function bookNext(page: Page, doctor: string, reason: string, last = false): Promise<string> {
  await page.getByRole('link', { name: 'Book a visit' }).first().click();
  await page.getByTestId('doctor').filter({ hasText: doctor }).click();
  const slots = page.getByTestId('slot');
  await (last ? slots.last() : slots.first()).click();
  await page.getByLabel('Reason for the visit').fill(canary(reason));
  await page.getByRole('button', { name: 'Book this visit' }).click();
  await expect(page.getByText('Your visit is booked')).toBeVisible();
  const link = page.getByRole('link', { name: 'Open the visit' });
  const id = (await link.getAttribute('href'))?.split('/').pop();
  if (!id) throw new Error('the confirmation links to the visit');
  return id;
}

/** Goes through the device check. */
export async function joinVisit(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Check your camera and microphone' })).toBeVisible();
  await page.getByRole('button', { name: 'Join', exact: true }).click();
}

/** Both people into the call; resolves with the wall-clock time of the click on Admit. */
export async function admit(doctor: Page): Promise<number> {
  const button = doctor.getByRole('button', { name: 'Admit' });
  await expect(button).toBeEnabled();
  const at = Date.now();
  await button.click();
  return at;
}

export async function sendMessage(page: Page, text: string): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Message' });
  await box.fill(canary(text));
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByText(text, { exact: true })).toBeVisible();
}
