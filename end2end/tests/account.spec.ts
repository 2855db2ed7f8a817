// Tests accounts: sign-up, sign-in, recovery, real-name check, sessions, language, mandates.
import type { Browser } from '@playwright/test';
import { account, unverified } from '../support/demo';
import { inEveryLanguage, picture } from '../support/look';
import { madeUpId, madeUpPhone } from '../support/numbers';
import { waitForMessage } from '../support/outbox';
import { DEVICES } from '../support/devices';
import { done, expect, follow, heading, VISITOR, press, test, type Page } from '../support/people';
import { SITE } from '../support/place';
import { owns } from '../support/record';
import { pattern, text, texts } from '../support/texts';

const t = texts('zh');
const PASSWORD = 'Nanhu-Osmanthus-2026-Trial';
/** An unused address of the demo's domain. */
const mailbox = (name: string) => `${name}.${Date.now().toString(36)}@demo.huimin.example`;

/** Checks a page in both languages and in elder mode. */
const look = (page: Page, name: string) => inEveryLanguage(page, test.info().project.name, 'zh', name);

async function askCode(page: Page, contact: string) {
  await page.goto('/sign-up');
  await page.getByLabel(t('account.contact')).fill(contact);
  await press(page, t('account.send_code'));
  await expect(heading(page)).toHaveText(t('account.sign_up_code_title'));
  await expect(page.getByText(contact), 'it is shown masked').toHaveCount(0);
}

/** Signs up with a phone or an address, with the code that is sent there. */
async function signUp(page: Page, contact: string) {
  await askCode(page, contact);
  const key = contact.includes('@') ? 'account.mail_sign_up_text' : 'account.sms_sign_up';
  const { groups } = await waitForMessage(contact, pattern('zh', key));
  await page.getByLabel(t('account.code')).fill(groups?.code ?? '');
  await page.getByLabel(t('account.new_password')).fill(PASSWORD);
  await press(page, t('account.sign_up_button'));
  await expect(heading(page)).toHaveText(t('account.identity_title'));
  await done(page, 'zh', 'signed_up');
}

async function signIn(page: Page, contact: string, password: string) {
  await page.goto('/sign-in');
  await page.getByLabel(t('account.contact')).fill(contact);
  await page.getByLabel(t('account.password'), { exact: true }).fill(password);
  await press(page, t('account.sign_in_button'));
}

const signOut = async (page: Page) => {
  await page.goto('/me');
  await press(page, t('account.sign_out'));
};

test('sign-up by phone sends the code as an SMS and shows the number masked', async ({ enter }, info) => {
  const phone = madeUpPhone();
  owns('sign-up', phone);
  const page = await enter(VISITOR, { as: 'sign-up' });
  await signUp(page, phone);
  await picture(page, info.project.name, 'zh', 'plain', 'signed-up');
  await signOut(page);
  await page.goto('/reset');
  await page.getByLabel(t('account.contact')).fill(phone);
  await press(page, t('account.send_code'));
  await expect(page).toHaveURL(/\/reset\/code$/);
  await look(page, 'reset-code');
});

test('sign-up by mail works, and the same address gets no second account', async ({ enter }) => {
  const email = mailbox('mail');
  const page = await enter(VISITOR, { as: 'sign-up' });
  await signUp(page, email);
  await signOut(page);
  await askCode(page, email);
  await waitForMessage(email, pattern('zh', 'account.mail_sign_up_taken_text'));
});

test('a wrong code and a common password are reported at their fields', async ({ enter }) => {
  const page = await enter(VISITOR, { as: 'sign-up' });
  await askCode(page, mailbox('slip'));
  await look(page, 'sign-up-code');
  await page.getByLabel(t('account.code')).fill('000000');
  await page.getByLabel(t('account.new_password')).fill('12345678');
  await press(page, t('account.sign_up_button'));
  const summary = page.getByRole('alert');
  await expect(summary).toBeVisible();
  await expect(page).toHaveTitle(new RegExp(`^${text('zh', 'http.error_before_title')}`));
  await expect(page.getByLabel(t('account.new_password'))).toHaveValue('');
});

test('a wrong password gets the same answer for an existing and an unknown account', async ({ enter }) => {
  const page = await enter(VISITOR);
  for (const contact of [account('liu.yang').contact, mailbox('none')]) {
    await signIn(page, contact, 'not the password');
    await expect(page.getByRole('alert').getByText(t('problem.sign_in_wrong'))).toBeVisible();
    await expect(page.getByLabel(t('account.contact'))).toHaveValue(contact);
    await expect(page.getByLabel(t('account.password'), { exact: true })).toHaveValue('');
    expect(new URL(page.url()).search).toBe('');
  }
});

test('after five wrong passwords sign-in is delayed, and the page says how long', async ({ enter }) => {
  const page = await enter(VISITOR);
  const contact = mailbox('guessed');
  for (let guess = 0; guess < 5; guess += 1) {
    await signIn(page, contact, 'not the password');
    // A request that is aborted before its answer may not have been made at all.
    await expect(page.getByRole('alert')).toBeVisible();
  }
  await signIn(page, contact, 'not the password');
  await expect(heading(page)).toHaveText(t('problem.too_many_title'));
  await expect(page.getByText(pattern('zh', 'problem.too_many_detail'))).toBeVisible();
});

test('a forgotten password is replaced through the link in a mail, which works once', async ({ enter }) => {
  const email = mailbox('forgot');
  const page = await enter(VISITOR, { as: 'sign-up' });
  await signUp(page, email);
  await signOut(page);
  await page.goto('/reset');
  await page.getByLabel(t('account.contact')).fill(email);
  await press(page, t('account.send_code'));
  await done(page, 'zh', 'reset_link_sent');
  const [link = ''] = await waitForMessage(email, /https?:\S+\/reset\/\S+/);
  expect(new URL(link).origin).toBe(SITE);
  await page.goto(link);
  await page.getByLabel(t('account.new_password')).fill(`${PASSWORD}-2`);
  await press(page, t('account.set_password'));
  await done(page, 'zh', 'password_reset');
  await signIn(page, email, PASSWORD);
  await expect(page.getByRole('alert')).toBeVisible();
  await signIn(page, email, `${PASSWORD}-2`);
  await expect(page.getByRole('link', { name: t('frame.me') }).first()).toBeVisible();
  await page.goto(link);
  await page.getByLabel(t('account.new_password')).fill(`${PASSWORD}-3`);
  await press(page, t('account.set_password'));
  await expect(page.getByRole('alert')).toBeVisible();
});

test('staff cannot open the desk without the second factor', async ({ enter }) => {
  const { contact, password } = account('caseworker2.civil-affairs');
  const page = await enter(VISITOR, { as: 'caseworker2.civil-affairs' });
  await signIn(page, contact, password);
  await expect(heading(page)).toHaveText(t('account.code_title'));
  await page.goto('/desk');
  await expect(heading(page)).toHaveText(t('account.code_title'));
  await look(page, 'sign-in-code');
  await page.getByLabel(t('account.totp_code')).fill('000000');
  await press(page, t('account.go_on'));
  await expect(page.getByRole('alert').getByText(t('problem.code_wrong'))).toBeVisible();
});

test('a session is listed and ended from another device', async ({ enter }) => {
  const email = mailbox('devices');
  const phone = await enter(VISITOR, { as: 'sign-up' });
  await signUp(phone, email);
  const desk = await enter(VISITOR, { as: 'sign-up', device: 'desk' });
  await signIn(desk, email, PASSWORD);
  await desk.goto('/me/sessions');
  await expect(desk.getByText(t('account.this_device'))).toHaveCount(1);
  await desk.getByRole('button', { name: t('account.end_session') }).click();
  await done(desk, 'zh', 'session_ended');
  await phone.goto('/me');
  await expect(heading(phone)).toHaveText(t('account.sign_in_title'));
  await desk.goto('/me');
  await expect(heading(desk)).toHaveText(t('account.me_title'));
});

test('the real-name check refuses a wrong name and accepts name, number and consent', async ({ enter }, info) => {
  const one = unverified();
  const who = one.contact.split('@')[0] ?? '';
  owns(who, one.residentId);
  const page = await enter(who);
  await page.goto('/me');
  await follow(page, t('account.identity_go'));
  await page.getByLabel(t('account.name'), { exact: true }).fill('赵小文');
  await page.getByLabel(t('account.resident_id'), { exact: true }).fill(one.residentId);
  await press(page, t('account.identity_button'));
  await expect(page.getByRole('alert').getByText(t('problem.must_accept'))).toBeVisible();
  await page.getByRole('checkbox', { name: t('account.identity_consent') }).check();
  await press(page, t('account.identity_button'));
  await expect(page.getByRole('alert').getByText(t('problem.not_in_register'))).toBeVisible();
  await picture(page, info.project.name, 'zh', 'plain', 'identity-refused');
  await page.getByLabel(t('account.name'), { exact: true }).fill(one.realName);
  await page.getByLabel(t('account.resident_id'), { exact: true }).fill(one.residentId);
  await page.getByRole('checkbox', { name: t('account.identity_consent') }).check();
  await press(page, t('account.identity_button'));
  await done(page, 'zh', 'verified');
  await expect(heading(page)).toHaveText(one.realName);
  await expect(page.getByText(one.residentId), 'the number stays masked').toHaveCount(0);
});

test('language and elder mode are switched with one tap and kept on every device', async ({ browser, enter }) => {
  const email = mailbox('language');
  const page = await enter(VISITOR, { as: 'sign-up' });
  await signUp(page, email);
  await page.goto('/');
  await page.getByRole('button', { name: text('en', 'frame.own_name'), exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await page.getByRole('button', { name: text('en', 'frame.elder') }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mode', 'elder');
  await page.goto('/services');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.locator('html')).toHaveAttribute('data-mode', 'elder');
  // On another device the settings come with the account.
  const other = await newPage(browser);
  await signIn(other, email, PASSWORD);
  await expect(other.locator('html')).toHaveAttribute('lang', 'en');
  await expect(other.locator('html')).toHaveAttribute('data-mode', 'elder');
  await other.context().close();
});

/** A device that is not recorded, because it shows no personal data. */
async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: SITE, locale: 'zh-CN', ...DEVICES.phone });
  return context.newPage();
}

test('before a session ends a warning is shown, and the session can be extended', async ({ enter }) => {
  const page = await enter('zhang.wei');
  await page.clock.install();
  await page.goto('/me');
  const warning = page.getByRole('alertdialog', { name: t('account.session_ends_title') });
  const guard = page.locator('leptos-island').filter({ has: page.locator('.session-guard') });
  await expect(guard).toHaveCount(1);
  await expect(warning).toBeHidden();
  // The timers are set once the code runs; until then the page's clock is advanced in half seconds.
  await expect(async () => {
    await page.clock.fastForward('12:31');
    await expect(warning).toBeVisible({ timeout: 500 });
  }).toPass();
  await warning.getByRole('button', { name: t('account.session_stay') }).click();
  await expect(warning).toBeHidden();
});

test('acting for another person is shown on every page, and that person sees the mandate', async ({ enter }) => {
  const name = '陈桂英';
  const banner = (page: Page) => page.getByText(t('frame.acting_for', { name }));
  // Her own numbers, shown once she acts for herself again (server/src/seed/people.rs).
  owns('wang.xiulan', madeUpId('19700903', 920));
  owns('wang.xiulan', '12900000002');
  const page = await enter('wang.xiulan', { lang: 'zh' });
  await page.goto('/me/family');
  await expect(page.getByText(t('account.mandate_in_force')).first()).toBeVisible();
  await press(page, t('account.act_for'));
  for (const path of ['/', '/services', '/cases', '/me', '/me/data', '/inbox', '/services/old-age-allowance']) {
    await page.goto(path);
    await expect(banner(page), path).toBeVisible();
  }
  await page.goto('/me/data');
  await expect(page.getByText(t('registry.mine_other'))).toBeVisible();
  await page.getByRole('button', { name: t('frame.act_as_self') }).click();
  await expect(banner(page)).toHaveCount(0);
  // Her mother sees the mandate, too.
  const mother = await enter('chen.guiying', { lang: 'zh', elder: false });
  await mother.goto('/me/family');
  await expect(mother.getByText('王秀兰').first()).toBeVisible();
});
