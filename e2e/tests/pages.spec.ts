// Every page as each role: readable for assistive technology, no sideways scrolling on a phone, a clean console.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { DESKTOP, PHONE, Person } from '../support/pages';
import { Server } from '../support/server';
import { signIn } from '../support/steps';
import { TOUR, visitStop } from '../support/tour';

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(async () => {
  await server.stop();
});

const accounts = [...new Set(TOUR.map((stop) => stop.account))];

for (const account of accounts) {
  for (const [screen, viewport, colorScheme] of [
    ['a phone', PHONE, 'light'],
    ['a desktop in the dark', DESKTOP, 'dark'],
  ] as const) {
    test(`pages of ${account ?? 'a visitor'} on ${screen}`, async ({ browser }) => {
      const person = await Person.open(browser, account ?? 'a visitor', { viewport, colorScheme });
      const { page } = person;
      if (account) await signIn(page, server.url, account);
      for (const stop of TOUR.filter((stop) => stop.account === account)) {
        await test.step(stop.name, async () => {
          await visitStop(page, server.url, stop);
          const sideways = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect.soft(sideways, `${stop.name} scrolls sideways by so many pixels`).toBeLessThanOrEqual(0);
          const { violations } = await new AxeBuilder({ page }).analyze();
          const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
          expect.soft(found, `accessibility of ${stop.name}`).toEqual([]);
        });
      }
      person.expectCleanConsole();
      await person.close();
    });
  }
}
