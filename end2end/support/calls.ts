// Emergency calls: pressing on a phone, and the actions of dispatchers and responders.
import { expect, request, type Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { action } from './desk';
import { account } from './demo';
import { done, follow, heading, press } from './people';
import { SITE } from './place';
import { text, texts, type Lang } from './texts';

/** The page of the emergency button. */
export const SOS = '/care/sos';
/** A location near the dispatch centre of the district where the demo residents live. */
export const NEAR = { latitude: 30.545, longitude: 114.315, accuracy: 20 };

/** The element that shows the status of the call. */
export const callStatus = (page: Page) => page.locator('#sos-state');

/** The link that dials 120 is there, whatever the page shows. */
export async function offers120(page: Page, lang: Lang) {
  const link = page.getByRole('main').getByRole('link', { name: text(lang, 'care_press.call_120') });
  await expect(link).toBeVisible();
  await expect(link).toHaveAttribute('href', 'tel:120');
}

/** Opens the page of the button with the one tap that leads there from every page of a resident. */
export async function openSosPage(page: Page, lang: Lang) {
  await page.goto('/');
  await page.getByRole('link', { name: text(lang, 'care_press.press_short') }).first().click();
  await expect(heading(page)).toHaveText(text(lang, 'care_press.title'));
  await offers120(page, lang);
}

/** Waits until the island controls the button; before that it is the submit button of a plain form. */
export const waitForButton = (page: Page) => expect(page.locator('#sos-settings')).toBeVisible();

/** Presses the button. */
export const pressButton = (page: Page) => page.locator('#sos-press').click();

/** Waits until the press is acknowledged; returns the number of the call. */
export async function waitForReceived(page: Page, lang: Lang): Promise<string> {
  await expect(callStatus(page)).toContainText(text(lang, 'care_press.received'));
  return callNumber(page);
}

/** The number of the call that the page follows. */
export async function callNumber(page: Page): Promise<string> {
  const number = /HJ-\d{8}-[0-9A-Z]+/.exec((await callStatus(page).textContent()) ?? '')?.[0];
  if (!number) throw new Error('the page shows no number');
  return number;
}

/** Waits until the status shows these words, by itself or, without scripts, after reloading. */
export async function waitForStatus(page: Page, words: string | RegExp, js = true) {
  if (js) {
    await expect(callStatus(page)).toContainText(words);
    return;
  }
  await expect(async () => {
    await page.goto(SOS);
    await expect(callStatus(page)).toContainText(words, { timeout: 1_000 });
  }).toPass();
}

/** The call's row on the board. */
export const row = (desk: Page, number: string) => desk.getByRole('row').filter({ has: desk.getByRole('link', { name: number, exact: true }) });

/** Opens the board and waits until it receives live events. */
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

/** Takes a responder's next step with the large button of their page. */
export async function step(phone: Page, lang: Lang, words: string, then: string) {
  await press(phone, text(lang, `respond.${words}`));
  await done(phone, lang, `respond_${then}`);
}

/** Accepts, sets out, arrives, and ends the call. */
export async function respondToCall(phone: Page, lang: Lang, onEach: (after: 'accepted' | 'set_out' | 'arrived') => Promise<void>) {
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

/** Sends requests as an unknown person near the district's centre. */
async function postAnonymously(paths: string[], callback?: string): Promise<{ number: string; state?: string }> {
  const data = {
    id: randomUUID(),
    secret: randomUUID().replaceAll('-', ''),
    fix: { lat: NEAR.latitude, lon: NEAR.longitude, accuracy_m: NEAR.accuracy },
    ...(callback && { callback }),
  };
  const api = await request.newContext({ baseURL: SITE, extraHTTPHeaders: { origin: SITE, accept: 'application/json' } });
  let status: { number: string; state?: string } = { number: '' };
  for (const path of paths) {
    const answered = await api.post(path, { data });
    expect(answered.status(), await answered.text()).toBeLessThan(300);
    status = (await answered.json()) as typeof status;
  }
  await api.dispose();
  return status;
}

/** Opens a call of an unknown person; returns its number. For pages that need a call. */
export const anonymousCall = async (callback: string) => (await postAnonymously(['/api/care/calls'], callback)).number;

/** Opens a call and cancels it; returns its number. */
export async function cancelledCall(): Promise<string> {
  const { number, state } = await postAnonymously(['/api/care/calls', '/api/care/calls/cancel']);
  expect(state, 'it was cancelled').toBe('false_alarm');
  return number;
}

/** Opens a call without a page, as the signed-in person; returns the number. */
export async function callAs(page: Page): Promise<string> {
  const data = { id: randomUUID(), secret: randomUUID().replaceAll('-', '') };
  const answered = await page.request.post('/api/care/calls', { data, headers: { origin: SITE, accept: 'application/json' } });
  expect(answered.status(), await answered.text()).toBeLessThan(300);
  return ((await answered.json()) as { number: string }).number;
}

/** Posts an action as a form of the desk does. */
export async function actOn(desk: Page, number: string, name: string, more: Record<string, string> = {}) {
  const form = { number, action: name, key: randomUUID(), ...more };
  const answered = await desk.request.post('/api/care/act', { form, maxRedirects: 0, headers: { accept: 'text/html', origin: SITE } });
  expect(answered.status(), `${name}: ${await answered.text()}`).toBe(303);
}
