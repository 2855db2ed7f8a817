// Tests application forms: added and removed rows, errors that link to their fields, saved drafts, one case for two taps.
import { formPage, item } from '../support/catalogue';
import { addRow, begin, control, fillPage, ownNumbers } from '../support/filling';
import { axe } from '../support/look';
import { madeUpId } from '../support/numbers';
import { done, expect, follow, heading, press, test, type Page } from '../support/people';
import { owns } from '../support/record';
import { pattern, texts } from '../support/texts';

const t = texts('zh');
const RESIDENT = 'zhang.wei';
const HOUSING = item('public-rental-housing');
const MEMBERS = formPage(HOUSING, 'members');
const [BLOCK] = MEMBERS.fields;
if (!BLOCK) throw new Error('the form has no repeated block');
const block = BLOCK;
const legend = (n: number) => t('services_pages.row_legend', { block: block.label.zh, n });
const ids = [madeUpId('20160422', 963), madeUpId('20200809', 964)];

test.beforeAll(() => ids.forEach((id) => owns(RESIDENT, id)));

/** Opens a page of the draft. */
async function openPage(page: Page, id: string): Promise<string> {
  await begin(page, 'zh', HOUSING);
  const draft = new URL(page.url()).pathname;
  await page.goto(`${draft}/${id}`);
  await ownNumbers(page, RESIDENT);
  return draft;
}

for (const js of [false, true]) {
  test(`rows are added and removed ${js ? 'with' : 'without'} scripts, and keep what was typed`, async ({ enter }) => {
    const page = await enter(RESIDENT, { lang: 'zh', js });
    await openPage(page, MEMBERS.id);
    await addRow(page, 'zh', block);
    await control(page, 'zh', HOUSING, 'members.0.name').fill('张浩然');
    await control(page, 'zh', HOUSING, 'members.0.resident_id').fill(ids[0] ?? '');
    await addRow(page, 'zh', block);
    await control(page, 'zh', HOUSING, 'members.1.name').fill('张梓涵');
    await expect(control(page, 'zh', HOUSING, 'members.0.name')).toHaveValue('张浩然');
    await page.getByRole('button', { name: `${t('services_pages.row_remove')} ${legend(1)}` }).click();
    await expect(page.getByRole('group', { name: legend(2) })).toHaveCount(0);
    await expect(control(page, 'zh', HOUSING, 'members.0.name')).toHaveValue('张梓涵');
    await page.getByRole('button', { name: `${t('services_pages.row_remove')} ${legend(1)}` }).click();
    await expect(page.getByRole('group', { name: legend(1) })).toHaveCount(0);
  });
}

test('errors are listed at the top with links and at their fields, and typed values are kept but not in the address', async ({ enter }) => {
  const page = await enter(RESIDENT, { lang: 'zh' });
  await openPage(page, 'applicant');
  const income = control(page, 'zh', HOUSING, 'monthly_income');
  await income.fill('很多');
  await press(page, t('services_pages.go_on'));
  const summary = page.getByRole('alert');
  await expect(summary).toBeVisible();
  await expect(page).toHaveTitle(new RegExp(`^${t('http.error_before_title')}`));
  await expect(income).toHaveValue('很多');
  await expect(income).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText(t('problem.not_a_number')).last()).toBeVisible();
  expect(page.url()).not.toContain('?');
  await axe(page);
  await summary.getByRole('link', { name: t('problem.not_a_number') }).click();
  await expect(income).toBeFocused();
  for (const link of await summary.getByRole('link').all()) {
    await link.click();
    const target = decodeURIComponent((await link.getAttribute('href')) ?? '').slice(1);
    await expect(page.locator(`[id="${target}"]`)).toBeFocused();
  }
});

test('a wrong check digit in an ID number is reported', async ({ enter }) => {
  const page = await enter(RESIDENT, { lang: 'zh' });
  await openPage(page, MEMBERS.id);
  await addRow(page, 'zh', block);
  const id = control(page, 'zh', HOUSING, 'members.0.resident_id');
  const right = ids[0] ?? '';
  await id.fill(right.slice(0, 17) + (right.endsWith('0') ? '1' : '0'));
  await press(page, t('services_pages.go_on'));
  await expect(page.getByRole('alert').getByText(t('problem.resident_id_check_digit'))).toBeVisible();
});

test('a draft is saved automatically and continued on another device', async ({ enter }) => {
  const page = await enter(RESIDENT, { lang: 'zh' });
  const draft = await openPage(page, 'home');
  const detail = control(page, 'zh', HOUSING, 'home.detail');
  await detail.fill('友谊大道 100 号');
  await detail.press('Tab');
  const saved = new RegExp(t('services_pages.saved_now').replace('HH:MM', '\\d\\d:\\d\\d'));
  await expect(page.getByRole('status').filter({ hasText: saved })).toBeVisible();
  const other = await enter(RESIDENT, { lang: 'zh', device: 'desk' });
  await other.goto('/cases');
  await follow(other, HOUSING.name.zh);
  await expect(heading(other)).toHaveText(t('services_pages.draft_title'));
  await other.goto(`${draft}/home`);
  await expect(control(other, 'zh', HOUSING, 'home.detail')).toHaveValue('友谊大道 100 号');
});

test('two taps on submit make one case; going back does not submit again; after withdrawal a new application is possible', async ({ enter }) => {
  const page = await enter(RESIDENT, { lang: 'zh' });
  const draft = await openPage(page, 'applicant');
  await fillPage(page, 'zh', HOUSING, 'applicant', { marital: 'married', monthly_income: '4100' });
  await page.goto(`${draft}/members`);
  for (const row of await page.getByRole('button', { name: t('services_pages.row_remove') }).all()) await row.click();
  await press(page, t('services_pages.go_on'));
  await fillPage(page, 'zh', HOUSING, 'home', {
    'home.district': '420106',
    'home.street': '徐家棚街道',
    'home.detail': '友谊大道 100 号',
    home_kind: 'family',
    home_area: '30',
    needs: ['elderly', 'minors'],
  });
  await fillPage(page, 'zh', HOUSING, 'material', { income_proof: { picture: 'income.jpg' } });
  await fillPage(page, 'zh', HOUSING, 'declaration', { truth: 'yes', consent: 'yes' });
  await expect(heading(page)).toHaveText(t('services_pages.check_title'));
  const button = page.getByRole('button', { name: t('services_pages.send') });
  await button.dblclick();
  await expect(heading(page)).toHaveText(t('cases_pages.sent_title'));
  const number = /\/cases\/([A-Z0-9-]+)\/sent$/.exec(page.url())?.[1] ?? '';
  await page.goto('/cases');
  const mine = page.getByRole('main').getByText(pattern('zh', 'cases_pages.number_line'));
  await expect(mine.filter({ hasText: number })).toHaveCount(1);
  const before = await mine.count();
  // The draft is deleted: its pages do not exist, and going back cannot submit it twice.
  await page.goBack();
  await page.goBack();
  await page.goto(`${draft}/check`);
  await expect(heading(page)).toHaveText(t('problem.not_found_title'));
  await page.goto('/cases');
  await expect(mine).toHaveCount(before);
  // An open application prevents another one, and the page links to it.
  await page.goto(`/services/${HOUSING.code}`);
  await press(page, t('services_pages.apply'));
  await expect(heading(page)).toHaveText(t('problem.conflict_title'));
  await follow(page, t('http.to_the_case'));
  await follow(page, t('cases.action_withdraw'));
  await press(page, t('cases_pages.withdraw_button'));
  await done(page, 'zh', 'withdrawn');
  await begin(page, 'zh', HOUSING);
});

test('missing answers are listed before submission, and each line links to its field', async ({ enter }) => {
  const page = await enter(RESIDENT, { lang: 'zh' });
  const draft = await openPage(page, 'applicant');
  await page.goto(`${draft}/check`);
  await expect(page.getByText(t('services_pages.check_incomplete'))).toBeVisible();
  await expect(page.getByRole('button', { name: t('services_pages.send') })).toHaveCount(0);
  const label = formPage(HOUSING, 'applicant').fields.find((f) => f.id === 'monthly_income')?.label.zh ?? '';
  await follow(page, t('services_pages.check_incomplete_line', { error: t('problem.required'), label }));
  await expect(control(page, 'zh', HOUSING, 'monthly_income')).toBeVisible();
  await fillPage(page, 'zh', HOUSING, 'applicant', { marital: 'single', monthly_income: '2000' });
  await expect(heading(page)).toHaveText(t('services_pages.check_title'));
});
