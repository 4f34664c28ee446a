// Browsers of people: a context per person, with every console message judged.
import { expect, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { expectNothingKept, watchTraffic } from './canaries';
import { watchPeerConnections } from './media';

export const PASSWORD = 'visita-demo-password';

/** Phone and desktop as the interface is judged on. */
export const PHONE = { width: 360, height: 780 };
export const DESKTOP = { width: 1440, height: 900 };

export class Person {
  private readonly complaints: string[] = [];
  /** Set while a fault is provoked: the browser itself then reports failed requests. */
  private tolerated: RegExp[] = [];

  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async open(browser: Browser, name: string, options: BrowserContextOptions): Promise<Person> {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'], ...options });
    const page = await context.newPage();
    const person = new Person(name, context, page);
    await watchPeerConnections(page);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) person.complain(`${message.type()}: ${message.text()}`);
    });
    watchTraffic(context, (text) => person.complaints.push(text));
    page.on('pageerror', (error) => person.complain(`exception: ${error.message}`));
    return person;
  }

  /** Console messages that match are the browser's own report of a fault that the test provokes. */
  tolerate(...patterns: RegExp[]): void {
    this.tolerated.push(...patterns);
  }

  /** The console held no error and no warning. */
  expectCleanConsole(): void {
    expect(this.complaints, `console of ${this.name}`).toEqual([]);
  }

  async close(): Promise<void> {
    // A page that was left blank has no storage to look into.
    if (this.page.url().startsWith('http')) await expectNothingKept(this.page);
    await this.context.close();
  }

  private complain(text: string): void {
    if (!this.tolerated.some((pattern) => pattern.test(text))) this.complaints.push(text);
  }
}
