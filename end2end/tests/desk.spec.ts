// Tests the caseworkers' desk: keyboard only, handing over, refusal and objection, concurrent decisions, live updates.
import { account } from '../support/demo';
import { act, action, begin, claimFromQueue, finish, open, refuse, tabTo, withNote } from '../support/desk';
import { applyForPermit, PERMIT } from '../support/hygiene';
import { axe, inEveryLanguage } from '../support/look';
import { done, expect, follow, heading, press, test, type Page } from '../support/people';
import { texts } from '../support/texts';

const t = texts('zh');
const RESIDENT = 'wang.xiulan';
const [FIRST, SECOND] = ['caseworker1.health', 'caseworker2.health'];
const [SUPERVISOR, OTHER_SUPERVISOR] = ['supervisor1.health', 'supervisor2.health'];
const atDesk = { device: 'desk', lang: 'zh' } as const;
const [REASON] = PERMIT.refusals;
const SENTENCE = '平面图与现场不符，且没有消毒间，请整改后重新申请。';

/** Checks a page in both languages and in elder mode. */
const look = (page: Page, name: string) => inEveryLanguage(page, test.info().project.name, 'zh', name);

test('a case is processed from the queue to the decision without a mouse', async ({ enter }) => {
  const number = await applyForPermit(await enter(RESIDENT, { lang: 'zh' }), RESIDENT, '江城理发');
  const desk = await enter(FIRST, atDesk);
  await desk.goto(`/desk?view=unassigned&q=${number}`);
  const row = desk.getByRole('link', { name: number, exact: true });
  await expect(row).toBeVisible();
  // Keys work once the code of the page runs.
  await expect(async () => {
    await desk.keyboard.press('j');
    await expect(row).toBeFocused({ timeout: 500 });
  }).toPass();
  await desk.keyboard.press('x');
  await expect(desk.getByRole('checkbox', { name: t('desk.select_case', { number }) })).toBeChecked();
  await desk.keyboard.press('c');
  await done(desk, 'zh', 'claimed');
  await desk.goto('/desk?view=mine');
  await tabTo(desk, `a[href="/desk/${number}"]`);
  await desk.keyboard.press('Enter');
  await expect(action(desk, 'zh', 'accept')).toBeVisible();
  await axe(desk);
  await expect(async () => {
    await desk.keyboard.press('a');
    await done(desk, 'zh', 'case_accept', { timeout: 2_000 });
  }).toPass();
  await expect(async () => {
    await desk.keyboard.press('p');
    await expect(heading(desk)).toHaveText(t('cases.action_propose_grant'), { timeout: 2_000 });
  }).toPass();
  await tabTo(desk, 'textarea');
  await desk.keyboard.type('材料齐全，现场符合要求。');
  await tabTo(desk, 'main form button');
  await desk.keyboard.press('Enter');
  await done(desk, 'zh', 'case_propose_grant');
  const supervisor = await enter(SUPERVISOR, atDesk);
  await open(supervisor, number);
  await tabTo(supervisor, 'main [aria-keyshortcuts="a"]');
  await supervisor.keyboard.press('Enter');
  await done(supervisor, 'zh', 'case_approve_grant');
});

test('keyboard shortcuts can be switched off', async ({ enter }) => {
  const desk = await enter(FIRST, atDesk);
  await desk.goto('/desk');
  const toggle = desk.getByRole('button', { name: t('desk.keys_on') });
  await toggle.click();
  await expect(desk.getByRole('button', { name: t('desk.keys_off') })).toBeVisible();
  await desk.keyboard.press('j');
  expect(await desk.evaluate(() => document.activeElement?.closest('tbody') === null)).toBe(true);
});

test('a case is handed over to a colleague, with a note that the applicant does not see', async ({ enter }) => {
  const phone = await enter(RESIDENT, { lang: 'zh' });
  const number = await applyForPermit(phone, RESIDENT, '江城美发');
  const desk = await enter(FIRST, atDesk);
  await claimFromQueue(desk, 'zh', number);
  await desk.getByLabel(t('desk.note_label')).fill('请看一下平面图。');
  await press(desk, t('desk.note_add'));
  await done(desk, 'zh', 'case_note');
  await begin(desk, 'zh', 'hand_over');
  await desk.getByLabel(t('desk.colleague_label')).selectOption({ label: account(SECOND).name });
  await finish(desk, 'zh', 'hand_over');
  const colleague = await enter(SECOND, atDesk);
  await colleague.goto('/desk?view=mine');
  await follow(colleague, number);
  await expect(colleague.getByText('请看一下平面图。')).toBeVisible();
  await phone.goto(`/cases/${number}`);
  await expect(phone.getByText('请看一下平面图。')).toHaveCount(0);
});

test('an application that is not accepted names the rule it is based on', async ({ enter }) => {
  const phone = await enter(RESIDENT, { lang: 'zh' });
  const number = await applyForPermit(phone, RESIDENT, '无名小店');
  const desk = await enter(SECOND, atDesk);
  await claimFromQueue(desk, 'zh', number);
  await begin(desk, 'zh', 'ask_correction');
  await look(desk, 'desk-ask-correction');
  await open(desk, number);
  await begin(desk, 'zh', 'not_accept');
  await look(desk, 'desk-not-accept');
  await press(desk, t('cases.action_not_accept'));
  await expect(desk.getByRole('alert')).toBeVisible();
  await open(desk, number);
  await refuse(desk, 'zh', 'not_accept', REASON?.text.zh ?? '', SENTENCE);
  await phone.goto(`/cases/${number}`);
  await expect(phone.getByText(t('cases_pages.now_not_accepted'))).toBeVisible();
  await expect(phone.getByText(SENTENCE).first()).toBeVisible();
  await expect(phone.getByText(REASON?.text.zh ?? '').first()).toBeVisible();
});

test('a refusal is objected to and upheld by another supervisor', async ({ enter }) => {
  const phone = await enter(RESIDENT, { lang: 'zh' });
  const number = await applyForPermit(phone, RESIDENT, '再来一店');
  const desk = await enter(FIRST, atDesk);
  await claimFromQueue(desk, 'zh', number);
  await act(desk, 'zh', 'accept');
  await begin(desk, 'zh', 'propose_refusal');
  await look(desk, 'desk-propose-refusal');
  await open(desk, number);
  await refuse(desk, 'zh', 'propose_refusal', REASON?.text.zh ?? '', SENTENCE);
  const supervisor = await enter(SUPERVISOR, atDesk);
  await open(supervisor, number);
  await act(supervisor, 'zh', 'approve_refusal');
  await phone.goto(`/cases/${number}`);
  await expect(phone.getByText(t('cases_pages.now_refused'))).toBeVisible();
  await expect(phone.getByText(t('services.remedy_refused'))).toBeVisible();
  await follow(phone, t('cases.action_object'));
  await look(phone, 'case-object');
  await phone.getByLabel(t('cases_pages.object_sentence')).fill('消毒间在二楼，图上有标注。');
  await press(phone, t('cases_pages.object_button'));
  await done(phone, 'zh', 'objected');
  // The supervisor who approved the refusal does not decide the objection.
  await open(supervisor, number);
  await expect(action(supervisor, 'zh', 'uphold')).toHaveCount(0);
  const other = await enter(OTHER_SUPERVISOR, atDesk);
  await open(other, number);
  await begin(other, 'zh', 'uphold');
  await look(other, 'desk-uphold');
  await other.getByLabel(t('desk.sentence_label')).fill('复核了图纸，二楼没有消毒间。');
  await finish(other, 'zh', 'uphold');
  await phone.goto(`/cases/${number}`);
  await expect(phone.getByText(t('cases_pages.now_refusal_upheld'))).toBeVisible();
  await expect(phone.getByText(t('cases_pages.decision_upheld'))).toBeVisible();
  await expect(phone.getByText(t('services.remedy_court'))).toBeVisible();
  await expect(phone.getByText(t('services.remedy_refused'))).toHaveCount(0);
});

test('an outdated page changes nothing and shows the current state', async ({ enter }) => {
  const number = await applyForPermit(await enter(RESIDENT, { lang: 'zh' }), RESIDENT, '同看一店');
  const desk = await enter(FIRST, atDesk);
  await claimFromQueue(desk, 'zh', number);
  await act(desk, 'zh', 'accept');
  const secondTab = await desk.context().newPage();
  await begin(desk, 'zh', 'propose_grant');
  await look(desk, 'desk-propose-grant');
  await open(secondTab, number);
  await withNote(secondTab, 'zh', 'propose_grant', '齐全');
  await desk.getByLabel(t('desk.note_field')).fill('也齐全');
  await desk.getByRole('main').getByRole('button', { name: t('cases.action_propose_grant'), exact: true }).click();
  await expect(heading(desk)).toHaveText(t('problem.conflict_title'));
  await axe(desk);
  await expect(desk.getByText(t('http.state_now', { state: t('cases.state_grant_proposed') }))).toBeVisible();
  // Two supervisors decide on the same version: only one decision is stored.
  const [supervisor, other] = [await enter(SUPERVISOR, atDesk), await enter(OTHER_SUPERVISOR, atDesk)];
  await open(supervisor, number);
  await open(other, number);
  await act(supervisor, 'zh', 'approve_grant');
  await action(other, 'zh', 'approve_grant').click();
  await expect(heading(other)).toHaveText(t('problem.conflict_title'));
  await expect(other.getByText(t('http.state_now', { state: t('cases.state_granted') }))).toBeVisible();
  await follow(other, t('http.to_the_case'));
  await expect(other.getByText(t('cases.state_granted')).first()).toBeVisible();
});

test('showing a masked number in full is recorded', async ({ enter }) => {
  const number = await applyForPermit(await enter(RESIDENT, { lang: 'zh' }), RESIDENT, '号码一店');
  const desk = await enter(SECOND, atDesk);
  await claimFromQueue(desk, 'zh', number);
  await expect(desk.getByText(/420120\d{11}[\dX]/)).toHaveCount(0);
  await desk.getByRole('button', { name: new RegExp(`^${t('desk.show')}`) }).first().click();
  await expect(desk.getByText(t('desk.shown_logged'))).toBeVisible();
  await desk.reload();
  await expect(desk.getByText(t('desk.shown_logged'))).toHaveCount(0);
});

test('the queue and the page of a case update by themselves when a resident applies', async ({ enter }) => {
  const desk = await enter(FIRST, atDesk);
  const live = desk.waitForResponse((response) => response.url().includes('/live?'));
  await desk.goto('/desk?view=unassigned&sort=newest');
  await live;
  const phone = await enter(RESIDENT, { lang: 'zh' });
  const number = await applyForPermit(phone, RESIDENT, '现场一店');
  await expect(desk.getByRole('link', { name: number, exact: true })).toBeVisible();
  const watched = phone.waitForResponse((response) => response.url().includes('/live?'));
  await phone.goto(`/cases/${number}`);
  await watched;
  await claimFromQueue(desk, 'zh', number);
  await act(desk, 'zh', 'accept');
  await expect(phone.getByText(t('cases_pages.now_in_review'))).toBeVisible();
});

test('a page starts its scripts although the browser is never idle', async ({ enter }) => {
  const desk = await enter(FIRST, atDesk);
  await desk.addInitScript(() => {
    window.requestIdleCallback = (run, options) =>
      options?.timeout === undefined ? 0 : window.setTimeout(() => run({ didTimeout: true, timeRemaining: () => 0 }), options.timeout);
  });
  const live = desk.waitForResponse((response) => response.url().includes('/live?'));
  await desk.goto('/desk?view=unassigned');
  await live;
});
