// Calls for help: pressing at a phone, and what dispatchers and responders do with them.
import { expect, request, type Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { action } from './desk';
import { account } from './demo';
import { done, follow, heading, press } from './people';
import { SITE } from './place';
import { text, texts, type Lang } from './texts';

/** The page of the emergency button. */
export const SOS = '/care/sos';
/** Some way from the dispatch centre of the district where the cast live. */
export const NEAR = { latitude: 30.545, longitude: 114.315, accuracy: 20 };

/** Where the page says how the call stands. */
export const standing = (page: Page) => page.locator('#sos-state');

/** The telephone is beside it, whatever the page shows. */
export async function offers120(page: Page, lang: Lang) {
  const link = page.getByRole('main').getByRole('link', { name: text(lang, 'care_press.call_120') });
  await expect(link).toBeVisible();
  await expect(link).toHaveAttribute('href', 'tel:120');
}

/** Opens the page of the button by the one tap that leads there from every page of a resident. */
export async function toButton(page: Page, lang: Lang) {
  await page.goto('/');
  await page.getByRole('link', { name: text(lang, 'care_press.press_short') }).first().click();
  await expect(heading(page)).toHaveText(text(lang, 'care_press.title'));
  await offers120(page, lang);
}

/** Waits until the browser itself makes the press; before that the button is a plain form's. */
export const ready = (page: Page) => expect(page.locator('#sos-settings')).toBeVisible();

/** Presses the button. */
export const pressButton = (page: Page) => page.locator('#sos-press').click();

/** Waits until the press is acknowledged; gives the number of the call. */
export async function received(page: Page, lang: Lang): Promise<string> {
  await expect(standing(page)).toContainText(text(lang, 'care_press.received'));
  return numberOf(page);
}

/** The number of the call that the page follows. */
export async function numberOf(page: Page): Promise<string> {
  const number = /HJ-\d{8}-[0-9A-Z]+/.exec((await standing(page).textContent()) ?? '')?.[0];
  if (!number) throw new Error('the page tells no number');
  return number;
}

/** What the page says in the end, by itself or, without scripts, when it is looked at again. */
export async function says(page: Page, words: string | RegExp, js = true) {
  if (js) {
    await expect(standing(page)).toContainText(words);
    return;
  }
  await expect(async () => {
    await page.goto(SOS);
    await expect(standing(page)).toContainText(words, { timeout: 1_000 });
  }).toPass();
}

/** The call's row on the board. */
export const row = (desk: Page, number: string) => desk.getByRole('row').filter({ has: desk.getByRole('link', { name: number, exact: true }) });

/** Opens the board and waits until it is told of changes. */
export async function watchBoard(desk: Page) {
  const live = desk.waitForResponse((response) => response.url().includes('/live?'));
  await desk.goto('/dispatch');
  await live;
}

/** Answers a call from the board. */
export async function answer(desk: Page, lang: Lang, number: string) {
  await row(desk, number).getByRole('button').click();
  await done(desk, lang, 'call_answer');
  await expect(desk).toHaveURL(new RegExp(`/dispatch/${number}$`));
}

/** Asks these responders to go, from the suggestions on the call's page. */
export async function dispatch(desk: Page, lang: Lang, responders: string[]) {
  const t = texts(lang);
  for (const who of responders) {
    const { name } = account(who);
    const line = desk.getByRole('row').filter({ has: desk.getByRole('checkbox', { name: new RegExp(name) }) }).first();
    await expect(line.getByRole('listitem').filter({ hasText: t('respond.reason_on_duty') })).toBeVisible();
    await line.getByRole('checkbox').check();
  }
  await press(desk, t('cases.action_dispatch'));
  await done(desk, lang, 'call_dispatch');
}

/** Ends a call from its page. */
export async function end(desk: Page, lang: Lang, number: string, how: 'resolve' | 'call_off') {
  await desk.goto(`/dispatch/${number}`);
  await action(desk, lang, how).click();
  await expect(heading(desk)).toHaveText(text(lang, `cases.action_${how}`));
  await desk.getByLabel(text(lang, 'dispatch.sentence_label')).fill('已核实，呼救结束。');
  await press(desk, text(lang, `cases.action_${how}`));
  await done(desk, lang, `call_${how}`);
}

/** A responder's next step, by the large button of their page. */
export async function step(phone: Page, lang: Lang, words: string, then: string) {
  await press(phone, text(lang, `respond.${words}`));
  await done(phone, lang, `respond_${then}`);
}

/** Goes, arrives, and ends the call. */
export async function goAndHelp(phone: Page, lang: Lang, onEach: (after: 'accepted' | 'set_out' | 'arrived') => Promise<void>) {
  await expect(async () => {
    await phone.goto('/respond');
    await expect(phone.getByRole('main').getByRole('button', { name: text(lang, 'respond.accept') })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await step(phone, lang, 'accept', 'accept_offer');
  await onEach('accepted');
  await step(phone, lang, 'set_out', 'set_out');
  await onEach('set_out');
  await step(phone, lang, 'arrive', 'arrive');
  await onEach('arrived');
  await follow(phone, text(lang, 'respond.done'));
  await phone.getByRole('textbox').fill('老人已扶起，血压平稳，家人在旁。');
  await press(phone, text(lang, 'respond.done_send'));
  await done(phone, lang, 'respond_resolve');
}

/** What somebody nobody knows sends from near the district's centre. */
async function byNobody(paths: string[], callback?: string): Promise<{ number: string; state?: string }> {
  const data = {
    id: randomUUID(),
    secret: randomUUID().replaceAll('-', ''),
    fix: { lat: NEAR.latitude, lon: NEAR.longitude, accuracy_m: NEAR.accuracy },
    ...(callback && { callback }),
  };
  const api = await request.newContext({ baseURL: SITE, extraHTTPHeaders: { origin: SITE, accept: 'application/json' } });
  let told: { number: string; state?: string } = { number: '' };
  for (const path of paths) {
    const answered = await api.post(path, { data });
    expect(answered.status(), await answered.text()).toBeLessThan(300);
    told = (await answered.json()) as typeof told;
  }
  await api.dispose();
  return told;
}

/** A call of somebody nobody knows; gives its number. For pages that need one. */
export const callFor = async (callback: string) => (await byNobody(['/api/care/calls'], callback)).number;

/** A call that was taken back; gives its number. */
export async function takenBack(): Promise<string> {
  const { number, state } = await byNobody(['/api/care/calls', '/api/care/calls/cancel']);
  expect(state, 'it was taken back').toBe('false_alarm');
  return number;
}

/** Calls without a page, as whoever is signed in; gives the number. */
export async function callAs(page: Page): Promise<string> {
  const data = { id: randomUUID(), secret: randomUUID().replaceAll('-', '') };
  const answered = await page.request.post('/api/care/calls', { data, headers: { origin: SITE, accept: 'application/json' } });
  expect(answered.status(), await answered.text()).toBeLessThan(300);
  return ((await answered.json()) as { number: string }).number;
}

/** Does what a form of the desk would. */
export async function actOn(desk: Page, number: string, name: string, more: Record<string, string> = {}) {
  const form = { number, action: name, key: randomUUID(), ...more };
  const answered = await desk.request.post('/api/care/act', { form, maxRedirects: 0, headers: { accept: 'text/html', origin: SITE } });
  expect(answered.status(), `${name}: ${await answered.text()}`).toBe(303);
}
