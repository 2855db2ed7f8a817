// Tests financing: a firm on a phone, two banks at their desks, in both languages.
import { account } from '../support/demo';
import { axe, inBothModes, noSidewaysScroll, hasHeadingAndTitle } from '../support/look';
import { done, expect, follow, heading, press, test, type Page } from '../support/people';
import { LANGS, texts, type Lang } from '../support/texts';

interface Journey {
  lang: Lang;
  /** The firm's representative; its credit code is printed with the account. */
  owner: string;
  banks: [Bank, Bank];
  product: string;
}

interface Bank {
  desk: string;
  name: string;
  rate: string;
}

const DONGHU = { zh: '东湖银行（演示）', en: 'Donghu Bank (demo)' };
const HUANGHE = { zh: '黄鹤银行（演示）', en: 'Huanghe Bank (demo)' };
const STORY = '订单增加，需要周转资金采购原材料，三个月回款。';

const field = (page: Page, name: string) => page.getByRole('main').locator(`[name="${name}"]`);

const look = (page: Page, lang: Lang, name: string) => inBothModes(page, test.info().project.name, lang, name);

/** The firm consents to these categories for a bank. */
async function consent(phone: Page, lang: Lang, number: string, bank: string, categories: string[]) {
  const t = texts(lang);
  await phone.goto(`/finance/demands/${number}`);
  await phone.getByRole('link', { name: `${t('finance.consent_give')} ${bank}` }).click();
  await expect(heading(phone)).toHaveText(t('finance.consent_title', { bank }));
  for (const box of await phone.getByRole('checkbox').all()) await expect(box, 'nothing is ticked beforehand').not.toBeChecked();
  await look(phone, lang, 'firm-consent');
  for (const category of categories) await field(phone, category).check();
  await axe(phone);
  await press(phone, t('finance.consent_button'));
  await done(phone, lang, 'demand_give_consent');
}

/** A bank opens the demand from its list and makes an offer. */
async function offer(desk: Page, journey: Journey, number: string, bank: Bank) {
  const t = texts(journey.lang);
  await desk.goto('/bank');
  await desk.getByRole('link', { name: number, exact: true }).click();
  await expect(desk.getByText(STORY)).toBeVisible();
  await look(desk, journey.lang, 'bank-demand');
  await follow(desk, t('cases.action_make_offer'));
  await look(desk, journey.lang, 'bank-offer');
  const products = field(desk, 'fields[product]');
  await products.selectOption((await products.locator('option', { hasText: journey.product }).getAttribute('value')) ?? '');
  await field(desk, 'fields[method]').first().check();
  await field(desk, 'fields[service_fee]').fill('3000');
  await axe(desk);
  await press(desk, t('cases.action_make_offer'));
  // Without a rate the offer is not made, and nothing typed is lost.
  await expect(desk.getByRole('alert').or(desk.locator('.error-summary')).first()).toBeVisible();
  await expect(field(desk, 'fields[service_fee]')).toHaveValue('3000');
  await field(desk, 'fields[rate]').fill(bank.rate);
  await press(desk, t('cases.action_make_offer'));
  await done(desk, journey.lang, 'demand_make_offer');
}

/** The legal representative claims the firm, or acts for it again, and publishes a demand; returns its number. */
async function publish(phone: Page, lang: Lang, owner: string) {
  const t = texts(lang);
  await phone.goto('/finance');
  await field(phone, 'code').fill(/91420120MA[0-9A-Z]{8}/.exec(account(owner).role)?.[0] ?? '');
  await press(phone, t('finance.claim_button'));
  await done(phone, lang, 'firm_claimed');
  await follow(phone, t('finance.publish_title'));
  await field(phone, 'amount').fill('1000000');
  await field(phone, 'months').fill('12');
  await phone.getByRole('radio', { name: t('finance.purpose_orders') }).check();
  await phone.getByRole('radio', { name: t('finance.collateral_none') }).check();
  await field(phone, 'story').fill(STORY);
  await press(phone, t('finance.publish_button'));
  await done(phone, lang, 'demand_published');
  return /\/finance\/demands\/([A-Z0-9-]+)/.exec(phone.url())?.[1] ?? '';
}

async function walk(enter: (who: string, as?: object) => Promise<Page>, journey: Journey) {
  const { lang, owner, banks } = journey;
  const t = texts(lang);
  const [first, second] = banks;
  const phone = await enter(owner, { lang });
  const atDesk = { device: 'desk', lang };

  const number = await test.step('the legal representative claims the firm and publishes a demand', async () => {
    await phone.goto('/finance');
    const code = /91420120MA[0-9A-Z]{8}/.exec(account(owner).role)?.[0] ?? '';
    await field(phone, 'code').fill(`${code.slice(0, 17)}?`);
    await press(phone, t('finance.claim_button'));
    await expect(phone.getByText(t('problem.uscc_format')).first()).toBeVisible();
    await field(phone, 'code').fill(code);
    await axe(phone);
    await press(phone, t('finance.claim_button'));
    await done(phone, lang, 'firm_claimed');
    await expect(phone.getByRole('region').getByText('武汉').first(), 'the header names the firm that the person acts for').toBeVisible();
    await look(phone, lang, 'firm');
    await follow(phone, t('finance.publish_title'));
    await look(phone, lang, 'firm-publish');
    await field(phone, 'amount').fill('1000000');
    await field(phone, 'months').fill('12');
    await phone.getByRole('radio', { name: t('finance.purpose_orders') }).check();
    await phone.getByRole('radio', { name: t('finance.collateral_none') }).check();
    await field(phone, 'story').fill(STORY);
    await axe(phone);
    await noSidewaysScroll(phone);
    await press(phone, t('finance.publish_button'));
    await done(phone, lang, 'demand_published');
    await hasHeadingAndTitle(phone, lang);
    await look(phone, lang, 'firm-demand');
    return /\/finance\/demands\/([A-Z0-9-]+)/.exec(phone.url())?.[1] ?? '';
  });

  const [one, two] = [await enter(first.desk, atDesk), await enter(second.desk, atDesk)];
  await test.step('without consent a bank sees only a summary', async () => {
    await one.goto('/bank');
    await expect(one.getByText(t('finance.bank_nameless')).first()).toBeVisible();
    await expect(one.getByRole('link', { name: number })).toHaveCount(0);
    await look(one, lang, 'bank');
    await one.goto(`/bank/${number}`);
    await expect(heading(one)).toHaveText(t('problem.not_found_title'));
  });
  await test.step('two banks read what the firm consented to and make offers', async () => {
    await consent(phone, lang, number, first.name, ['firm', 'story', 'tax', 'insured']);
    await consent(phone, lang, number, second.name, ['story']);
    await offer(one, journey, number, first);
    await offer(two, journey, number, second);
    await expect(one.getByText(t('finance.fact_tax_grade'))).toBeVisible();
    await expect(two.getByText(t('finance.fact_tax_grade')), 'not consented to').toHaveCount(0);
  });
  await test.step('withdrawing the consent stops the second bank at once', async () => {
    await phone.goto(`/finance/demands/${number}`);
    await expect(phone.locator('#reads').getByText(second.name).first(), 'the firm sees who read').toBeVisible();
    const reads = await phone.locator('#reads tbody tr').count();
    await phone.getByRole('button', { name: `${t('finance.consent_end')} ${second.name}` }).click();
    await done(phone, lang, 'demand_withdraw_consent');
    await two.reload();
    await expect(heading(two)).toHaveText(t('problem.not_found_title'));
    await phone.reload();
    await expect(phone.locator('#reads tbody tr'), 'no further read is recorded').toHaveCount(reads);
  });
  await test.step('with a new consent the bank makes another offer, and the firm compares annual costs', async () => {
    await consent(phone, lang, number, second.name, ['story']);
    await offer(two, journey, number, second);
    await phone.goto(`/finance/demands/${number}`);
    const offers = phone.locator('#offers');
    await expect(offers.locator('tbody tr').first()).toContainText(second.name);
    await expect(offers.getByRole('img')).toBeVisible();
    await look(phone, lang, 'firm-offers');
    await offers.getByRole('link', { name: t('finance.total_cost') }).click();
    await expect(phone).toHaveURL(/sort=total/);
    await phone.locator('#offers').getByRole('link', { name: second.name, exact: true }).first().click();
    await expect(heading(phone)).toHaveText(t('finance.offer_title', { bank: second.name }));
    await expect(phone.locator('table tbody tr')).toHaveCount(12);
    await look(phone, lang, 'firm-offer');
    await press(phone, t('finance.take_button'));
    await done(phone, lang, 'demand_take_offer');
    await expect(phone.locator('#offers').getByText(t('finance.outcome_declined')).first()).toBeVisible();
    await one.goto(`/bank/${number}`);
    await expect(heading(one), 'a bank whose offer was declined has no access').toHaveText(t('problem.not_found_title'));
  });
  await test.step('due diligence, decision by a second person, disbursement', async () => {
    await two.goto('/bank?view=own');
    await two.getByRole('link', { name: number, exact: true }).click();
    await follow(two, t('cases.action_submit_diligence'));
    await look(two, lang, 'bank-diligence');
    await field(two, 'fields[sentence]').fill('现场核实，经营正常。');
    await press(two, t('cases.action_submit_diligence'));
    await done(two, lang, 'demand_submit_diligence');
    await expect(two.getByRole('button', { name: t('cases.action_approve_credit') })).toHaveCount(0);
    const supervisor = await enter(second.desk.replace('officer1', 'supervisor1'), atDesk);
    await supervisor.goto(`/bank/${number}/refuse_credit`);
    await look(supervisor, lang, 'bank-refuse');
    await supervisor.goto(`/bank/${number}`);
    await look(supervisor, lang, 'bank-decide');
    await press(supervisor, t('cases.action_approve_credit'));
    await done(supervisor, lang, 'demand_approve_credit');
    await two.goto(`/bank/${number}`);
    await press(two, t('cases.action_disburse'));
    await done(two, lang, 'demand_disburse');
  });
  await test.step('the schedule is on the firm’s page', async () => {
    await phone.goto(`/finance/demands/${number}`);
    await expect(phone.getByRole('heading', { name: t('finance.schedule') })).toBeVisible();
    await expect(phone.getByText(t('cases.state_disbursed')).first()).toBeVisible();
    await look(phone, lang, 'firm-disbursed');
    await phone.goto(`/cases/${number}`);
    await expect(phone, 'the page of the case redirects to the demand').toHaveURL(new RegExp(`/finance/demands/${number}$`));
  });
}

test('a demand is published, offered on, approved and disbursed in Chinese', async ({ enter }) => {
  await walk(enter, {
    lang: 'zh',
    owner: 'liu.yang',
    banks: [
      { desk: 'officer1.bank-donghu', name: DONGHU.zh, rate: '4.2' },
      { desk: 'officer1.bank-huanghe', name: HUANGHE.zh, rate: '3.6' },
    ],
    product: '小微信用贷',
  });
});

test('a demand is published, offered on, approved and disbursed in English', async ({ enter }) => {
  await walk(enter, {
    lang: 'en',
    owner: 'zhang.wei',
    banks: [
      { desk: 'officer1.bank-donghu', name: DONGHU.en, rate: '4.4' },
      { desk: 'officer1.bank-huanghe', name: HUANGHE.en, rate: '3.9' },
    ],
    product: 'Small-firm credit',
  });
});

for (const lang of LANGS) {
  test(`a refusal shows its code, its sentence and what would change it, in ${lang}`, async ({ enter }) => {
    const t = texts(lang);
    const [owner, product] = lang === 'zh' ? ['liu.yang', '小微信用贷'] : ['zhang.wei', 'Small-firm credit'];
    const bank = { desk: 'officer1.bank-donghu', name: DONGHU[lang], rate: '4.2' };
    const sentence = lang === 'zh' ? '现有负债偏高，请先归还部分贷款。' : 'Existing debts are too high: please pay back a part first.';
    const phone = await enter(owner, { lang });
    const number = await publish(phone, lang, owner);
    await consent(phone, lang, number, bank.name, ['story']);
    const desk = await enter(bank.desk, { lang, device: 'desk' });
    await offer(desk, { lang, owner, banks: [bank, bank], product }, number, bank);
    await phone.goto(`/finance/demands/${number}`);
    await phone.locator('#offers').getByRole('link', { name: bank.name, exact: true }).first().click();
    await press(phone, t('finance.take_button'));
    await done(phone, lang, 'demand_take_offer');
    await desk.goto(`/bank/${number}/submit_diligence`);
    await field(desk, 'fields[sentence]').fill('现场核实，负债偏高。');
    await press(desk, t('cases.action_submit_diligence'));
    await done(desk, lang, 'demand_submit_diligence');
    const supervisor = await enter('supervisor1.bank-donghu', { lang, device: 'desk' });
    await supervisor.goto(`/bank/${number}/refuse_credit`);
    await press(supervisor, t('cases.action_refuse_credit'));
    // Neither a code nor a sentence: both are reported.
    await expect(supervisor.locator('.error-summary')).toBeVisible();
    await axe(supervisor);
    await supervisor.getByRole('radio', { name: t('finance.refusal_debts') }).check();
    await field(supervisor, 'fields[sentence]').fill(sentence);
    await press(supervisor, t('cases.action_refuse_credit'));
    await done(supervisor, lang, 'demand_refuse_credit');
    await phone.goto(`/finance/demands/${number}`);
    const page = phone.getByRole('main');
    await expect(page.getByText(t('finance.refusal_debts')).first()).toBeVisible();
    await expect(page.getByText(sentence)).toBeVisible();
    await expect(page.getByText(t('finance.would_change', { what: t('finance.would_change_debts') }))).toBeVisible();
    await axe(phone);
    await look(phone, lang, 'firm-refused');
  });
  test(`a bank maintains its products, in ${lang}`, async ({ enter }) => {
    const t = texts(lang);
    const desk = await enter('supervisor1.bank-donghu', { lang, device: 'desk' });
    await desk.goto('/bank/products');
    await look(desk, lang, 'bank-products');
    await desk.getByRole('main').getByRole('link', { name: t('finance.product_add') }).click();
    await look(desk, lang, 'bank-product-new');
    const values = { name_zh: '春耕贷', name_en: 'Spring loan', min_amount: '10000', max_amount: '500000', min_months: '3', max_months: '24', min_rate: '3.1', max_rate: '5' };
    for (const [name, value] of Object.entries(values)) await field(desk, `fields[${name}]`).fill(value);
    await field(desk, 'fields[day_count]').first().check();
    await press(desk, t('finance.product_add'));
    // No quota and no repayment method: both are reported, and typed values stay.
    await expect(desk.locator('.error-summary')).toBeVisible();
    await axe(desk);
    await expect(field(desk, 'fields[name_en]')).toHaveValue('Spring loan');
    await field(desk, 'fields[quota]').fill('10000000');
    await field(desk, 'fields[bullet]').check();
    await press(desk, t('finance.product_add'));
    await done(desk, lang, 'product_added');
    await desk.getByRole('main').getByRole('link', { name: lang === 'zh' ? '春耕贷' : 'Spring loan' }).first().click();
    await look(desk, lang, 'bank-product');
    await press(desk, t('finance.product_stop'));
    await done(desk, lang, 'product_withdrawn');
  });
}
