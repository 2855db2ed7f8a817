// Checks that hold for every page, and a picture of it for review.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { SCREENS, SITE } from './place';
import { LANGS, text, type Lang } from './texts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * The violations, of which alone axe describes every element: on long pages the other results take most of the time. Legacy
 * mode judges the page in its own window instead of opening another one for the results; there are no frames.
 */
async function violationsOf(page: Page) {
  const options = { runOnly: { type: 'tag' as const, values: TAGS }, resultTypes: ['violations' as const] };
  return (await new AxeBuilder({ page }).options(options).setLegacyMode(true).analyze()).violations;
}

/** No violation of WCAG 2.2 AA or of the best practices that axe checks. */
export async function axe(page: Page) {
  const violations = await violationsOf(page);
  const faults = violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `  ${n.html}\n  ${n.failureSummary}`).join('\n')}`);
  // Soft, so that a failure of one page does not hide failures of the next.
  expect.soft(faults, `axe on ${page.url()}`).toEqual([]);
}

/** The innermost elements that extend beyond the right edge. */
const beyond = (page: Page) =>
  page.evaluate(() => {
    const edge = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > edge + 0.5);
    const inner = out.filter((e) => !out.some((other) => other !== e && e.contains(other)));
    return inner.slice(0, 5).map((e) => `<${e.tagName.toLowerCase()} class="${e.getAttribute('class') ?? ''}"> ${e.textContent?.trim().slice(0, 60)}`);
  });

/** Nothing wider than the screen, at the widths of a small phone, a phone and a desk. */
export async function noSidewaysScroll(page: Page, widths = [320, 360, 1280]) {
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: before?.height ?? 800 });
    // The new size takes effect a moment later; until then the page would be measured at the previous size.
    await page.waitForFunction((w) => matchMedia(`(width: ${w}px)`).matches, width);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    const what = wide > width ? (await beyond(page)).join('\n') : '';
    expect.soft(wide, `the width of ${page.url()} at ${width} px\n${what}`).toBeLessThanOrEqual(width);
  }
  if (before) await page.setViewportSize(before);
}

/** One `h1`, the site's name at the end of the title, the language declared. */
export async function hasHeadingAndTitle(page: Page, lang: Lang) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(page).toHaveTitle(new RegExp(`\\S · ${text(lang, 'frame.site')}$`));
  await expect(page.locator('html')).toHaveAttribute('lang', lang === 'zh' ? 'zh-CN' : 'en');
}

/** Saves a picture of the whole page, as on a screen as high as the page: fixed bars stay at its end. */
export async function picture(page: Page, project: string, lang: Lang, mode: string, name: string) {
  mkdirSync(SCREENS, { recursive: true });
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: before.width, height: Math.max(before.height, Math.min(height, 6_000)) });
  await page.screenshot({ path: path.join(SCREENS, `${project}-${lang}-${mode}-${name}.png`), animations: 'disabled' });
  await page.setViewportSize(before);
}

/** Checks a page in normal and elder mode, and leaves it in normal mode. Reloads the page, so typed text is lost. */
export async function inBothModes(page: Page, project: string, lang: Lang, name: string) {
  for (const mode of ['elder', 'plain']) {
    await page.context().addCookies([{ name: 'elder', value: mode === 'elder' ? '1' : '0', url: SITE }]);
    await page.goto(page.url());
    await hasHeadingAndTitle(page, lang);
    await axe(page);
    await picture(page, project, lang, mode, name);
    await noSidewaysScroll(page);
  }
}

/** The same in every language, for pages whose address is the same in each. */
export async function inEveryLanguage(page: Page, project: string, lang: Lang, name: string) {
  for (const each of [...LANGS.filter((l) => l !== lang), lang]) {
    await page.context().addCookies([{ name: 'lang', value: each, url: SITE }]);
    await inBothModes(page, project, each, name);
  }
}
