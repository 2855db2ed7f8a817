// Tests an application from search to rating: a resident on a phone, a caseworker and a supervisor at their desks.
import { item, type Item } from '../support/catalogue';
import { act, action, askCorrection, claimFromQueue, open, withNote } from '../support/desk';
import { begin, control, fillAndSend, ownNumbers, type Filling } from '../support/filling';
import { axe, inEveryLanguage } from '../support/look';
import { madeUpId } from '../support/numbers';
import { done, expect, follow, heading, press, test, type As, type Page } from '../support/people';
import { owns } from '../support/record';
import { pattern, texts, type Lang } from '../support/texts';

/** One person's application for an item. */
interface Journey {
  resident: string;
  item: Item;
  filling: Filling;
  /** The field to correct, and its new answer. */
  correction: { at: string; fresh: string };
  lang: Lang;
  /** How the resident visits; staff use a desktop in the same language, with or without scripts. */
  as: As;
  /** Whether the forms are checked in both languages and in elder mode. */
  looks?: boolean;
  /** What every page of the resident must show. */
  always?: (page: Page) => Promise<void>;
  /** The page that is already open. */
  phone?: Page;
}

const ALLOWANCE = item('old-age-allowance');
const HOUSING = item('public-rental-housing');

const allowance = (applicant: string): Filling => ({
  who: { applicant, ...(applicant === 'family' && { relation: 'child' }) },
  person: {},
  contact: {},
  payment: { bank: '中国农业银行武汉武昌支行', bank_account: '0000420120880001' },
  photo: { photo: { picture: 'photo.jpg' } },
  declaration: { truth: 'yes', other_allowance: 'yes' },
});

const MEMBER = madeUpId('19910203', 962);
const housing: Filling = {
  applicant: { marital: 'married', monthly_income: '3200' },
  members: {},
  home: {
    'home.district': '420106',
    'home.street': '中南路街道',
    'home.detail': '紫阳路 8 号 3 栋 201 室',
    home_kind: 'rented',
    home_area: '48.5',
    rent: '1500',
  },
  material: { income_proof: { picture: 'income.jpg' }, lease: { picture: 'lease.jpg' } },
  declaration: { truth: 'yes', consent: 'yes' },
};

/** The district's staff who decide an item. */
const desks = (of: Item) => ({ caseworker: `caseworker1.${of.department}`, supervisor: `supervisor1.${of.department}` });

/** From the application to the rating. */
async function walk(enter: (who: string, as?: As) => Promise<Page>, journey: Journey): Promise<string> {
  const { resident, lang, filling, correction } = journey;
  const [t, label] = [texts(lang), correctionLabel(journey)];
  const js = journey.as.js ?? true;
  const phone = journey.phone ?? (await enter(resident, { lang, ...journey.as }));
  if (!journey.phone) await phone.goto('/');
  const look = async (name: string) => (journey.looks ? inEveryLanguage(phone, test.info().project.name, lang, name) : undefined);
  await journey.always?.(phone);

  const number = await test.step('the resident applies', async () => {
    await begin(phone, lang, journey.item);
    return fillAndSend(phone, lang, journey.item, filling, async () => {
      await journey.always?.(phone);
      await ownNumbers(phone, resident);
    });
  });
  await test.step('the resident follows the case', async () => {
    await follow(phone, t('cases_pages.sent_follow'));
    await expect(phone.getByText(t('cases.state_submitted')).first()).toBeVisible();
    await expect(phone.getByRole('listitem').filter({ hasText: t('cases_pages.did_submit') })).toBeVisible();
    await journey.always?.(phone);
  });

  const staff = desks(journey.item);
  const desk = await enter(staff.caseworker, { lang, js, device: 'desk' });
  await test.step('a caseworker claims it and asks for one field', async () => {
    await claimFromQueue(desk, lang, number);
    await askCorrection(desk, lang, label, '与材料不一致，请核对。');
    await expect(desk.getByText(t('desk.clock_stands_still'))).toBeVisible();
  });
  await test.step('the resident sees the paused clock and changes only that field', async () => {
    await phone.goto(`/cases/${number}`);
    await expect(phone.getByText(t('cases_pages.clock_paused'))).toBeVisible();
    await journey.always?.(phone);
    await follow(phone, t('cases_pages.correct_now'));
    await expect(heading(phone)).toHaveText(t('cases_pages.correct_title'));
    await look('case-correct');
    await journey.always?.(phone);
    const open = phone.getByRole('main').locator('input:not([type=hidden]), select, textarea');
    await expect(open).toHaveCount(1);
    await control(phone, lang, journey.item, correction.at).fill(correction.fresh);
    await press(phone, t('cases_pages.correct_send'));
    await done(phone, lang, 'corrected');
    await expect(phone.getByText(t('cases_pages.clock_paused'))).toHaveCount(0);
  });
  await test.step('the caseworker compares the old and the new answer, accepts and proposes', async () => {
    await open(desk, number);
    const compared = desk.getByRole('group', { name: label });
    await expect(compared.getByText(t('desk.before_correction'))).toBeVisible();
    await expect(compared.getByRole('deletion')).toBeVisible();
    await expect(compared.getByRole('insertion')).toBeVisible();
    await act(desk, lang, 'accept');
    await withNote(desk, lang, 'propose_grant', 'ok');
    await open(desk, number);
    await expect(action(desk, lang, 'approve_grant'), 'the proposer cannot approve').toHaveCount(0);
  });
  await test.step('a supervisor approves', async () => {
    const supervisor = await enter(staff.supervisor, { lang, js, device: 'desk' });
    await open(supervisor, number);
    await act(supervisor, lang, 'approve_grant');
    await expect(supervisor.getByText(t('cases.state_granted')).first()).toBeVisible();
  });
  await test.step('the resident is notified and rates the service', async () => {
    const entry = phone.getByRole('link', { name: t('notices.inbox_to_case', { number }) }).first();
    // Notices are delivered by a job.
    await expect(async () => {
      await phone.goto('/inbox');
      await expect(phone.getByText(t('notices.event_approve_grant_text', { number, title: journey.item.name[lang] }))).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await journey.always?.(phone);
    await entry.click();
    await expect(phone.getByText(t('cases_pages.now_granted'))).toBeVisible();
    await follow(phone, t('cases.action_rate'));
    await look('case-rate');
    await phone.getByRole('radio', { name: t('cases_pages.rate_5') }).check();
    await press(phone, t('cases_pages.rate_button'));
    await done(phone, lang, 'rated');
    await expect(phone.getByText(t('cases_pages.rate_5'))).toBeVisible();
    await journey.always?.(phone);
  });
  return number;
}

function correctionLabel({ item: of, correction, lang }: Journey): string {
  const found = of.form.pages.flatMap((page) => page.fields).find((f) => f.id === correction.at);
  return found?.label[lang] ?? correction.at;
}

const account = { at: 'bank_account', fresh: '0000420120880002' };

test('an application is found, prefilled, corrected, granted and rated in Chinese', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter('chen.guiying', { lang: 'zh', elder: false });
  await phone.goto('/services');
  await phone.getByRole('searchbox', { name: t('services_pages.search_label') }).fill('lnjt');
  await press(phone, t('services_pages.search'));
  await phone.getByRole('searchbox').fill('老人钱');
  await press(phone, t('services_pages.search'));
  await follow(phone, ALLOWANCE.name.zh);
  await expect(heading(phone)).toHaveText(ALLOWANCE.name.zh);
  await follow(phone, t('services_pages.check_eligibility'));
  await expect(phone.getByText(t('services.verdict_eligible')).first()).toBeVisible();
  for (const { text: rule } of ALLOWANCE.conditions) {
    const line = phone.getByRole('listitem').filter({ hasText: rule.zh });
    await expect(line.getByText(t('services.outcome_holds'))).toBeVisible();
    await expect(line.getByText(pattern('zh', 'services.line_fact'))).toBeVisible();
  }
  await axe(phone);

  await begin(phone, 'zh', ALLOWANCE);
  await phone.goto(`${phone.url()}/person`);
  await expect(control(phone, 'zh', ALLOWANCE, 'name')).toHaveValue('陈桂英');
  await expect(control(phone, 'zh', ALLOWANCE, 'born_on')).toHaveValue('1943-05-12');
  await expect(phone.getByText(pattern('zh', 'services.origin_fact')).first()).toBeVisible();
  await axe(phone);

  const journey = { item: ALLOWANCE, filling: allowance('self'), correction: account, lang: 'zh' as const };
  await walk(enter, { ...journey, resident: 'chen.guiying', as: { elder: false }, looks: true });
});

test('an application is corrected, granted and rated in elder mode', async ({ enter }) => {
  const always = async (page: Page) => expect(page.locator('html')).toHaveAttribute('data-mode', 'elder');
  const journey = { item: ALLOWANCE, filling: allowance('self'), correction: account, lang: 'zh' as const };
  await walk(enter, { ...journey, resident: 'chen.guiying', as: { elder: true }, always });
});

test('a daughter applies for her mother, and every page shows it', async ({ enter }) => {
  const t = texts('zh');
  const banner = (page: Page) => page.getByText(t('frame.acting_for', { name: '陈桂英' }));
  const always = async (page: Page) => expect(banner(page)).toBeVisible();
  const phone = await enter('wang.xiulan', { lang: 'zh' });
  await phone.goto('/me/family');
  await press(phone, t('account.act_for'));
  await always(phone);
  const journey = { item: ALLOWANCE, filling: allowance('family'), correction: account, lang: 'zh' as const };
  await walk(enter, { ...journey, resident: 'wang.xiulan', as: {}, always, phone });
  await phone.getByRole('button', { name: t('frame.act_as_self') }).click();
  await expect(banner(phone)).toHaveCount(0);
});

test('an application for public rental housing is granted in English', async ({ enter }) => {
  await walk(enter, {
    resident: 'liu.yang',
    item: HOUSING,
    filling: housing,
    correction: { at: 'monthly_income', fresh: '2860' },
    lang: 'en',
    as: {},
  });
});

test('an application is granted with scripts switched off on all devices', async ({ enter }) => {
  owns('liu.yang', MEMBER);
  await walk(enter, {
    resident: 'liu.yang',
    item: HOUSING,
    filling: { ...housing, members: { 'members.0.name': '周敏', 'members.0.resident_id': MEMBER, 'members.0.relation': 'spouse', 'members.0.income': '0' } },
    correction: { at: 'monthly_income', fresh: '2860' },
    lang: 'zh',
    as: { js: false },
  });
});
