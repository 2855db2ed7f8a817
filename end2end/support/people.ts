// People at their devices. `enter` opens a browser for an account and returns its page; every answer they receive is
// recorded, and an error in the browser's console, such as a violation of the content security policy, fails the test.
import { expect, test as base, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { DEVICES, type Device } from './devices';
import { SITE } from './place';
import { record } from './record';
import { sessionOf } from './sign-in';
import { texts, type Lang } from './texts';

/** How a person visits. */
export interface As {
  lang?: Lang;
  /** Elder mode; by default as set in the account. */
  elder?: boolean;
  /** Whether scripts are enabled. */
  js?: boolean;
  device?: Device;
  /** Whether the test cuts the network: failures caused only by that are ignored. */
  cut?: boolean;
  /** The name under which their answers are recorded, if it is not a demo account. */
  as?: string;
}

/** A visitor who is not signed in. */
export const VISITOR = 'nobody';

interface Fixtures {
  enter: (who: string, as?: As) => Promise<Page>;
}

async function open(browser: Browser, who: string, as: As): Promise<{ context: BrowserContext; done: () => Promise<void>; errors: string[] }> {
  const context = await browser.newContext({
    baseURL: SITE,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    javaScriptEnabled: as.js ?? true,
    // The browser reports a cross-fade interrupted by a screenshot or click as an error.
    reducedMotion: 'reduce',
    ...DEVICES[as.device ?? 'phone'],
    ...(who === VISITOR ? {} : { storageState: await sessionOf(who) }),
  });
  const cookies = { ...(as.lang && { lang: as.lang }), ...(as.elder !== undefined && { elder: as.elder ? '1' : '0' }) };
  await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: SITE })));
  const errors: string[] = [];
  context.on('console', (message) => {
    // The refusal of the page itself may be expected; what the page loads must exist.
    const refusal = message.location().url === message.page()?.url() && /Failed to load resource/.test(message.text());
    const cut = (as.cut ?? false) && /net::ERR_INTERNET_DISCONNECTED|net::ERR_FAILED/.test(message.text());
    if (message.type() === 'error' && !refusal && !cut) errors.push(`${message.location().url}: ${message.text()}`);
  });
  context.on('weberror', (error) => errors.push(`${error.page()?.url()}: ${error.error().message}`));
  return { context, done: record(context, as.as ?? who), errors };
}

export const test = base.extend<Fixtures>({
  enter: async ({ browser }, use) => {
    const opened: Awaited<ReturnType<typeof open>>[] = [];
    await use(async (who, as = {}) => {
      const one = await open(browser, who, as);
      opened.push(one);
      return one.context.newPage();
    });
    for (const { context, done } of opened) {
      await done();
      await context.close();
    }
    expect(opened.flatMap((one) => one.errors), 'errors in the browser').toEqual([]);
  },
});

export { expect, type Page };

/** The one heading of the page. */
export const heading = (page: Page) => page.getByRole('heading', { level: 1 });

/** Presses the button with this text. */
export const press = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('button', { name }).first().click();

/** Follows the link with this text in the page's content. */
export const follow = (page: Page, name: string | RegExp) => page.getByRole('main').getByRole('link', { name }).first().click();

/** The success message of the last form. */
export const done = (page: Page, lang: Lang, key: string, options?: { timeout: number }) =>
  expect(page.getByRole('status').filter({ hasText: texts(lang)(`done.${key}`) })).toBeVisible(options);
