// An authenticator app: codes of RFC 6238 from a base32 seed, each given out once.
import { createHmac } from 'node:crypto';
import { expect, type Page } from '@playwright/test';

const STEP_MS = 30_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytes(base32: string): Buffer {
  let bits = '';
  for (const sign of base32.replaceAll(' ', '')) {
    bits += ALPHABET.indexOf(sign).toString(2).padStart(5, '0');
  }
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

export class Authenticator {
  private spent = 0;

  constructor(private readonly seed: string) {}

  /** The present code, or the next one when the present one was given out before: the server takes each once. */
  async code(): Promise<string> {
    const step = () => Math.floor(Date.now() / STEP_MS);
    await expect.poll(step, { timeout: STEP_MS + 5_000 }).toBeGreaterThan(this.spent);
    this.spent = step();
    return this.at(this.spent);
  }

  private at(step: number): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac('sha1', bytes(this.seed)).update(counter).digest();
    const offset = mac[mac.length - 1]! & 0xf;
    const number = (mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000;
    return number.toString().padStart(6, '0');
  }
}

/** What somebody has after enrolling. */
export interface Enrolled {
  app: Authenticator;
  recoveryCodes: string[];
}

/** Goes through the enrolment that the page shows, from the seed to the saved recovery codes. */
export async function enrol(page: Page): Promise<Enrolled> {
  await expect(page.getByRole('img', { name: 'QR code for your authenticator app' })).toBeVisible();
  await page.getByText('You cannot scan it?').click();
  const seed = await page.getByTestId('totp-key').innerText();
  const app = new Authenticator(seed);
  await page.getByLabel('Code of the app').fill(await app.code());
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
  const recoveryCodes = await page.getByTestId('recovery-codes').getByRole('listitem').allInnerTexts();
  expect(recoveryCodes).toHaveLength(10);
  return { app, recoveryCodes };
}

/** Says that the codes are saved. */
export async function saved(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'I have saved them' }).click();
}

/** The password was right: completes the sign-in by a code of the app. */
export async function enterCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code of the app').fill(code);
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** The same by a recovery code. */
export async function enterRecoveryCode(page: Page, code: string): Promise<void> {
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(code);
  await page.getByRole('button', { name: 'Continue' }).click();
}
