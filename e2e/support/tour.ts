// Every page of every role, for looks and for accessibility.
import { expect, type Page } from '@playwright/test';

export interface Stop {
  /** Name of the picture. */
  name: string;
  /** Account of the demo, or none for a visitor. */
  account?: string;
  /** Path, or how to find it once signed in. */
  path: string | ((page: Page) => Promise<string>);
  /** The page shows skeletons and spinners on purpose. */
  neverSettles?: boolean;
}

/** The address that the first link of a list leads to. */
const first =
  (list: string, prefix: string) =>
  async (page: Page): Promise<string> => {
    await page.goto(new URL(list, page.url()).href);
    const link = page.locator(`main a[href^="${prefix}"]:not([href$="/new"])`).first();
    await expect(link).toBeVisible();
    return (await link.getAttribute('href')) ?? list;
  };

const PATIENT = 'patient@demo.visita.test';
const DOCTOR = 'doctor@demo.visita.test';
const STAFF = 'staff@demo.visita.test';
const ADMIN = 'admin@demo.visita.test';

export const TOUR: Stop[] = [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'register', path: '/register' },
  { name: 'forgot', path: '/forgot' },
  { name: 'account-without-link', path: '/account' },
  { name: 'demo-mail', path: '/demo/mail' },
  { name: 'not-found', path: '/no-such-page' },
  { name: 'patient-home', account: PATIENT, path: '/' },
  { name: 'patient-book-doctor', account: PATIENT, path: '/book' },
  { name: 'patient-appointments', account: PATIENT, path: '/appointments' },
  { name: 'patient-appointment', account: PATIENT, path: first('/appointments', '/appointments/') },
  { name: 'patient-doctors', account: PATIENT, path: '/doctors' },
  { name: 'patient-doctor', account: PATIENT, path: first('/doctors', '/doctors/') },
  { name: 'patient-messages', account: PATIENT, path: '/messages' },
  { name: 'patient-conversation', account: PATIENT, path: first('/messages', '/messages/') },
  { name: 'patient-documents', account: PATIENT, path: '/documents' },
  { name: 'patient-profile', account: PATIENT, path: '/profile' },
  { name: 'doctor-home', account: DOCTOR, path: '/' },
  { name: 'doctor-calendar', account: DOCTOR, path: '/calendar' },
  { name: 'doctor-appointments', account: DOCTOR, path: '/appointments' },
  { name: 'doctor-appointment', account: DOCTOR, path: first('/appointments', '/appointments/') },
  { name: 'doctor-availability', account: DOCTOR, path: '/availability' },
  { name: 'doctor-patients', account: DOCTOR, path: '/patients' },
  { name: 'doctor-patient', account: DOCTOR, path: first('/patients', '/patients/') },
  { name: 'doctor-documents', account: DOCTOR, path: '/documents' },
  { name: 'doctor-messages', account: DOCTOR, path: '/messages' },
  { name: 'staff-home', account: STAFF, path: '/' },
  { name: 'staff-book', account: STAFF, path: '/book' },
  { name: 'staff-calendar', account: STAFF, path: '/calendar' },
  { name: 'staff-appointments', account: STAFF, path: '/appointments' },
  { name: 'staff-patients', account: STAFF, path: '/patients' },
  { name: 'staff-patient', account: STAFF, path: first('/patients', '/patients/') },
  { name: 'staff-doctors', account: STAFF, path: '/doctors' },
  { name: 'staff-users', account: STAFF, path: '/users' },
  { name: 'staff-audit', account: STAFF, path: '/audit' },
  { name: 'patient-access-report', account: PATIENT, path: '/access-report' },
  { name: 'admin-audit', account: ADMIN, path: '/audit' },
  { name: 'admin-home', account: ADMIN, path: '/' },
  { name: 'widgets', account: ADMIN, path: '/dev/ui', neverSettles: true },
  { name: 'admin-hospitals', account: ADMIN, path: '/hospitals' },
  { name: 'admin-hospital', account: ADMIN, path: first('/hospitals', '/hospitals/') },
  { name: 'admin-users', account: ADMIN, path: '/users' },
  { name: 'admin-user', account: ADMIN, path: first('/users', '/users/') },
  { name: 'admin-mails', account: ADMIN, path: '/mails' },
];

/** Opens a stop and waits until nothing is loading any more. */
export async function visitStop(page: Page, url: string, stop: Stop): Promise<void> {
  const path = typeof stop.path === 'string' ? stop.path : await stop.path(page);
  await page.goto(new URL(path, url).href);
  if (stop.neverSettles) await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  else await settled(page);
}

/** The page has a heading, and no skeleton or spinner is left. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect(page.locator('[aria-busy="true"], .skeleton')).toHaveCount(0);
}
