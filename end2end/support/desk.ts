// Actions of staff on a case, with the buttons of its page.
import { expect, type Page } from '@playwright/test';
import { done, heading, press } from './people';
import { text, texts, type Lang } from './texts';

/** The button or link of an action. */
export const action = (page: Page, lang: Lang, name: string) => {
  const words = { name: text(lang, `cases.action_${name}`), exact: true };
  const main = page.getByRole('main');
  return main.getByRole('button', words).or(main.getByRole('link', words)).first();
};

/** Opens a case. */
export async function open(page: Page, number: string) {
  await page.goto(`/desk/${number}`);
  await expect(page.getByText(number).first()).toBeVisible();
}

/** Performs an action without input. */
export async function act(page: Page, lang: Lang, name: string) {
  await action(page, lang, name).click();
  await done(page, lang, `case_${name}`);
}

/** Opens the form of an action with input. */
export async function begin(page: Page, lang: Lang, name: string) {
  await action(page, lang, name).click();
  await expect(heading(page)).toHaveText(text(lang, `cases.action_${name}`));
}

/** Sends the form of an action. */
export async function finish(page: Page, lang: Lang, name: string) {
  await page.getByRole('main').getByRole('button', { name: text(lang, `cases.action_${name}`), exact: true }).click();
  await done(page, lang, `case_${name}`);
}

/** Claims a case in the queue: finds it, ticks it, claims it. */
export async function claimFromQueue(page: Page, lang: Lang, number: string) {
  const t = texts(lang);
  await page.goto(`/desk?view=unassigned&q=${number}`);
  await page.getByRole('checkbox', { name: t('desk.select_case', { number }) }).check();
  await press(page, t('desk.claim_selected'));
  await done(page, lang, 'claimed');
  await open(page, number);
}

/** Requests the correction of one field. */
export async function askCorrection(page: Page, lang: Lang, label: string, note: string) {
  await begin(page, lang, 'ask_correction');
  await page.getByRole('checkbox', { name: label, exact: true }).check();
  await page.getByRole('textbox', { name: text(lang, 'desk.note_for', { field: label }) }).fill(note);
  await finish(page, lang, 'ask_correction');
}

/** Decides against the applicant, with the rule it is based on and a sentence. */
export async function refuse(page: Page, lang: Lang, name: string, reason: string, words: string) {
  await begin(page, lang, name);
  await page.getByRole('radio', { name: reason }).check();
  await page.getByLabel(text(lang, 'desk.sentence_label')).fill(words);
  await finish(page, lang, name);
}

/** Sends the form of an action whose only input is a note to colleagues. */
export async function withNote(page: Page, lang: Lang, name: string, note: string) {
  await begin(page, lang, name);
  await page.getByLabel(text(lang, 'desk.note_field')).fill(note);
  await finish(page, lang, name);
}

/** Presses Tab until this element has the focus. */
export async function tabTo(page: Page, selector: string) {
  const target = page.locator(selector).first();
  await expect(target).toBeAttached();
  const focused = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 150 && !(await focused()); presses += 1) await page.keyboard.press('Tab');
  expect(await focused(), `${selector} is reached by Tab`).toBe(true);
}
