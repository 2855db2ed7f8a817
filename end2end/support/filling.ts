// Filling in a form of the catalogue by its labels, page by page.
import { expect, type Locator, type Page } from '@playwright/test';
import { field, formPage, type Field, type Item } from './catalogue';
import { done, follow, heading, press } from './people';
import { numbersIn } from './numbers';
import { owns } from './record';
import { text, texts, type Lang } from './texts';

/** Answers by path: a text, the value of an option, several values, `yes`, or a picture to take. */
export type Answers = Record<string, string | string[] | { picture: string }>;
/** The answers of each page. */
export type Filling = Record<string, Answers>;

/** A real JPEG with content. */
export async function takePicture(page: Page): Promise<Buffer> {
  return page.screenshot({ type: 'jpeg', quality: 60 });
}

function around(page: Page, lang: Lang, item: Item, at: string): Locator {
  const { row } = field(item, at);
  if (row === undefined) return page.getByRole('main');
  const block = item.form.pages.flatMap((p) => p.fields).find((f) => f.id === at.split('.')[0]);
  return page.getByRole('group', { name: text(lang, 'services_pages.row_legend', { block: block?.label[lang] ?? '', n: row + 1 }) });
}

/** The control of a field that has exactly one. */
export function control(page: Page, lang: Lang, item: Item, at: string): Locator {
  const { field: question, part } = field(item, at);
  const inside = around(page, lang, item, at);
  // The label of an optional field is followed by a mark.
  const exact = question.required !== false;
  if (!part) return inside.getByLabel(question.label[lang], { exact }).first();
  return inside.getByRole('group', { name: question.label[lang], exact }).getByLabel(text(lang, `services.part_${part}`), { exact });
}

/** Answers one question. */
export async function answer(page: Page, lang: Lang, item: Item, at: string, given: Answers[string]) {
  const { field: question } = field(item, at);
  const inside = around(page, lang, item, at);
  const option = (value: string) => question.options?.find((o) => o.value === value)?.label[lang] ?? text(lang, `services.${value}`);
  if (typeof given === 'object' && !Array.isArray(given)) {
    const buffer = await takePicture(page);
    await inside.getByLabel(question.label[lang]).setInputFiles({ name: given.picture, mimeType: 'image/jpeg', buffer });
    await inside.getByRole('button', { name: `${text(lang, 'services_pages.file_upload')} ${question.label[lang]}` }).click();
    await expect(page.getByRole('listitem').filter({ hasText: given.picture })).toBeVisible();
    return;
  }
  const values = Array.isArray(given) ? given : [given];
  const group = inside.getByRole('group', { name: question.label[lang] });
  switch (question.kind) {
    case 'declaration':
      await inside.getByRole('checkbox', { name: question.label[lang] }).check();
      return;
    case 'some_of':
      for (const value of values) await group.getByRole('checkbox', { name: option(value) }).check();
      return;
    case 'yes_no':
      await group.getByRole('radio', { name: option(values[0] ?? ''), exact: true }).check();
      return;
    case 'one_of':
      if ((question.options?.length ?? 0) <= 7) await group.locator(`input[type="radio"][value="${values[0] ?? ''}"]`).check();
      else await inside.getByLabel(question.label[lang]).selectOption(values[0] ?? '');
      return;
    default: {
      const one = control(page, lang, item, at);
      if ((await one.evaluate((element) => element.tagName)) === 'SELECT') await one.selectOption(values[0] ?? '');
      else await one.fill(values[0] ?? '');
    }
  }
}

/** Fills in a page and continues. */
export async function fillPage(page: Page, lang: Lang, item: Item, id: string, answers: Answers) {
  const { title, fields } = formPage(item, id);
  await expect(heading(page)).toHaveText(title[lang]);
  for (const block of fields.filter((f) => f.kind === 'repeat')) {
    const rows = new Set(Object.keys(answers).filter((at) => at.startsWith(`${block.id}.`)).map((at) => at.split('.')[1]));
    for (const row of rows) {
      await addRow(page, lang, block);
      for (const [at, given] of Object.entries(answers)) if (at.startsWith(`${block.id}.${row}.`)) await answer(page, lang, item, at, given);
    }
  }
  const later: Answers = {};
  for (const [at, given] of Object.entries(answers).filter(([each]) => field(item, each).row === undefined)) {
    const question = field(item, at).field;
    // A field that depends on an answer of this page is shown after the page was sent.
    if (question.show_if && fields.some((f) => f.id === question.show_if?.field)) later[at] = given;
    else await answer(page, lang, item, at, given);
  }
  if (Object.keys(later).length > 0) {
    await press(page, text(lang, 'services_pages.go_on'));
    await done(page, lang, 'more_questions');
    for (const [at, given] of Object.entries(later)) await answer(page, lang, item, at, given);
  }
  await press(page, text(lang, 'services_pages.go_on'));
}

/** Adds a row to a repeated block. */
export async function addRow(page: Page, lang: Lang, block: Field) {
  await press(page, text(lang, 'services_pages.row_add', { block: block.label[lang] }));
}

/** Opens an item's page and begins an application, or continues the existing draft. */
export async function begin(page: Page, lang: Lang, item: Item) {
  await page.goto(`/services/${item.code}`);
  const apply = page.getByRole('main').locator('form').filter({ has: page.locator('input[name=code]') }).getByRole('button').first();
  await apply.click();
  await expect(heading(page)).toHaveText(text(lang, 'services_pages.draft_title'));
}

/** Fills in all pages from the list of tasks, checks and submits; returns the number of the case. */
export async function fillAndSend(page: Page, lang: Lang, item: Item, filling: Filling, onEach?: () => Promise<void>): Promise<string> {
  const t = texts(lang);
  await follow(page, t('services_pages.go_on'));
  for (const { id } of item.form.pages) {
    await onEach?.();
    await fillPage(page, lang, item, id, filling[id] ?? {});
  }
  await onEach?.();
  return send(page, lang);
}

/** Submits the application from the page that checks the answers. */
export async function send(page: Page, lang: Lang): Promise<string> {
  const t = texts(lang);
  await expect(heading(page)).toHaveText(t('services_pages.check_title'));
  await press(page, t('services_pages.send'));
  await expect(heading(page)).toHaveText(t('cases_pages.sent_title'));
  const number = /\/cases\/([A-Z0-9-]+)\/sent$/.exec(page.url())?.[1];
  if (!number) throw new Error(`no case number in ${page.url()}`);
  await expect(page.getByText(number)).toBeVisible();
  return number;
}

/** Records that the person who fills in this page may see the numbers on it. */
export async function ownNumbers(page: Page, who: string) {
  for (const input of await page.locator('input[name^="answers["]').all()) {
    for (const number of numbersIn(await input.inputValue())) owns(who, number);
  }
}
