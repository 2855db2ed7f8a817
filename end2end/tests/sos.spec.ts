// Tests the emergency call end to end: a resident presses on a phone, a dispatcher answers at a desk, a responder goes.
import {
  answer,
  callAs,
  dispatch,
  end,
  respondToCall,
  NEAR,
  callNumber,
  offers120,
  pressButton,
  waitForButton,
  waitForReceived,
  row,
  waitForStatus,
  SOS,
  callStatus,
  openSosPage,
  watchBoard,
} from '../support/calls';
import { account } from '../support/demo';
import { action, tabTo } from '../support/desk';
import { axe } from '../support/look';
import { madeUpPhone } from '../support/numbers';
import { done, expect, heading, VISITOR, press, test, type As, type Page } from '../support/people';
import { owns } from '../support/record';
import { pattern, text, texts, type Lang } from '../support/texts';

const DISPATCHER = 'dispatcher1.dispatch-420106';
const CITY = 'dispatcher1.dispatch-city';
const RESPONDER = 'responder1.dispatch-420106';
const SECOND = 'responder2.dispatch-420106';
const ELDER = 'chen.guiying';
const DAUGHTER = 'wang.xiulan';

const name = (who: string) => account(who).name;

type Enter = (who: string, as?: As) => Promise<Page>;

/** From the press to the end, in two browsers at once and on the responder's phone. */
async function walk(enter: Enter, lang: Lang, as: As) {
  const t = texts(lang);
  const js = as.js ?? true;
  // axe is a script itself and needs scripts.
  const look = async (page: Page) => (js ? axe(page) : undefined);
  const desk = await enter(DISPATCHER, { lang, js, device: 'desk' });
  const phone = await enter(ELDER, { lang, ...as });
  if (js) await watchBoard(desk);
  await test.step('the elder presses', async () => {
    await openSosPage(phone, lang);
    await look(phone);
    await pressButton(phone);
  });
  const number = await waitForReceived(phone, lang);
  await offers120(phone, lang);
  await look(phone);
  await test.step('the board shows the call with her name, and a dispatcher answers', async () => {
    if (!js) await desk.goto('/dispatch');
    await expect(row(desk, number)).toContainText(name(ELDER));
    await answer(desk, lang, number);
    await look(desk);
  });
  await waitForStatus(phone, t('care_press.answered_by', { name: name(DISPATCHER), centre: lang === 'zh' ? '武昌区应急调度中心' : 'Wuchang District Dispatch Centre' }), js);
  await test.step('her daughter, who did not press, is notified and follows the call', async () => {
    const family = await enter(DAUGHTER, { lang, js });
    await family.goto('/care');
    await family.getByRole('main').locator(`a[href="/care/calls/${number}"]`).first().click();
    await expect(family.getByRole('listitem').filter({ hasText: t('care_press.did_answer') }).first()).toBeVisible();
    await look(family);
    await expect(async () => {
      await family.goto('/inbox');
      await expect(family.getByRole('main')).toContainText(number, { timeout: 1_000 });
    }).toPass();
  });
  await test.step('the dispatcher sees the care profile, and asks two responders', async () => {
    await expect(desk.getByRole('heading', { name: t('dispatch.card') })).toBeVisible();
    await expect(desk.getByText(t('dispatch.contact_line', { name: name(DAUGHTER), relation: '女儿' }))).toBeVisible();
    await dispatch(desk, lang, [RESPONDER, SECOND]);
  });
  const responder = await enter(RESPONDER, { lang, js });
  await test.step('the first responder to accept goes, the other offer ends, and the elder sees who comes', async () => {
    await respondToCall(responder, lang, async (after) => {
      await look(responder);
      if (after === 'accepted') {
        await waitForStatus(phone, t('care_press.help_comes'), js);
        await waitForStatus(phone, name(RESPONDER), js);
        const other = await enter(SECOND, { lang, js });
        await other.goto('/respond');
        await expect(other.getByText(t('respond.none'))).toBeVisible();
      }
      if (after === 'arrived') await waitForStatus(phone, t('care_press.help_is_there'), js);
    });
  });
  await waitForStatus(phone, t('care_press.ended'), js);
  await offers120(phone, lang);
  await test.step('the page of the call lists what happened', async () => {
    await phone.goto(`/care/calls/${number}`);
    for (const event of ['press', 'answer', 'dispatch', 'accept_offer', 'arrive', 'resolve']) {
      await expect(phone.getByRole('listitem').filter({ hasText: t(`care_press.did_${event}`) }).first()).toBeVisible();
    }
    await look(phone);
  });
  await test.step('a number of the ended call is shown on request, and stays when the page renews itself', async () => {
    await desk.goto(`/dispatch/${number}`);
    // The request is itself an event of the call, which renews the page.
    const renewed = js ? desk.waitForResponse((r) => r.url().endsWith(`/dispatch/${number}`) && r.request().resourceType() === 'fetch') : undefined;
    await press(desk, t('dispatch.show_number'));
    await expect(desk.getByText(t('dispatch.shown_logged').trim())).toBeVisible();
    if (!js) return;
    await (await renewed)?.finished();
    await desk.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await expect(desk.getByText(t('dispatch.shown_logged').trim())).toBeVisible();
  });
}

test('a call is raised, answered, dispatched, accepted and resolved in Chinese and elder mode', async ({ enter }) => {
  await walk(enter, 'zh', { elder: true });
});

test('a call is raised, answered, dispatched, accepted and resolved in English', async ({ enter }) => {
  await walk(enter, 'en', { elder: false });
});

test('a call is raised, answered, dispatched, accepted and resolved without scripts', async ({ enter }) => {
  await walk(enter, 'zh', { elder: true, js: false });
});

test('a press without a network is stored, survives a reload, and is sent when the network is back', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter('liu.yang', { lang: 'zh', cut: true });
  await openSosPage(phone, 'zh');
  await waitForButton(phone);
  // From now on the page also opens without a network.
  await phone.evaluate(async () => (await navigator.serviceWorker.ready).active?.state);
  const desk = await enter(DISPATCHER, { lang: 'zh', device: 'desk' });
  await watchBoard(desk);

  await phone.context().setOffline(true);
  await pressButton(phone);
  await expect(phone.getByRole('alert').filter({ hasText: t('care_press.sending') })).toBeVisible();
  await offers120(phone, 'zh');
  await phone.reload();
  await expect(phone.getByRole('alert').filter({ hasText: t('care_press.sending') })).toBeVisible();
  await offers120(phone, 'zh');
  await expect(desk.getByRole('row').filter({ hasText: name('liu.yang') })).toHaveCount(0);

  await phone.context().setOffline(false);
  const number = await waitForReceived(phone, 'zh');
  await expect(row(desk, number)).toContainText(name('liu.yang'));
  await expect(desk.getByRole('row').filter({ hasText: name('liu.yang') })).toHaveCount(1);
  await answer(desk, 'zh', number);
  await expect(desk.getByText(t('dispatch.presses_title', { n: 1 }))).toBeVisible();
  await end(desk, 'zh', number, 'call_off');
  await waitForStatus(phone, pattern('zh', 'care_press.ended_taken_back'));
});

test('after a reload the page still follows the call, and another press joins it', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter('liu.yang', { lang: 'zh' });
  await openSosPage(phone, 'zh');
  await pressButton(phone);
  const number = await waitForReceived(phone, 'zh');
  await phone.reload();
  expect(await waitForReceived(phone, 'zh')).toBe(number);
  // On another device, which has stored nothing.
  const other = await enter('liu.yang', { lang: 'zh' });
  const again = await callAs(other);
  expect(again).toBe(number);
  const desk = await enter(DISPATCHER, { lang: 'zh', device: 'desk' });
  await desk.goto('/dispatch');
  await expect(row(desk, number)).toContainText(t('dispatch.presses', { n: 2 }));
  await answer(desk, 'zh', number);
  await end(desk, 'zh', number, 'call_off');
});

test('an accidental press is cancelled within the countdown', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter('liu.yang', { lang: 'zh' });
  await openSosPage(phone, 'zh');
  await waitForButton(phone);
  await pressButton(phone);
  await expect(phone.getByText(t('care_press.countdown').split('SECONDS')[1] ?? '')).toBeVisible();
  const number = await waitForReceived(phone, 'zh');
  await press(phone, t('care_press.cancel'));
  await waitForStatus(phone, t('care_press.ended_taken_back'));
  const desk = await enter(DISPATCHER, { lang: 'zh', device: 'desk' });
  await desk.goto('/dispatch?view=ended');
  await expect(row(desk, number)).toContainText(text('zh', 'cases.state_false_alarm'));
});

test('a browser without storage can raise a call', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter(VISITOR, { lang: 'zh' });
  await phone.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await openSosPage(phone, 'zh');
  await waitForButton(phone);
  await pressButton(phone);
  await waitForReceived(phone, 'zh');
  await press(phone, t('care_press.cancel'));
  await waitForStatus(phone, t('care_press.ended_taken_back'));
});

test('with the hold setting only a long press raises a call', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter(VISITOR, { lang: 'zh' });
  await phone.clock.install();
  await openSosPage(phone, 'zh');
  await waitForButton(phone);
  await phone.getByText(t('care_press.hold_title')).click();
  await phone.getByRole('checkbox', { name: t('care_press.hold_choice') }).check();
  const button = phone.locator('#sos-press');
  await expect(button).toContainText(t('care_press.press_hold'));
  await axe(phone);
  await pressButton(phone);
  await expect(phone.getByText(t('care_press.hold_longer'))).toBeVisible();
  await expect(callStatus(phone)).toBeEmpty();
  // The setting is stored in this browser.
  await phone.reload();
  await expect(button).toContainText(t('care_press.press_hold'));
  await button.hover();
  await phone.mouse.down();
  await phone.clock.fastForward(1_100);
  await phone.mouse.up();
  await waitForReceived(phone, 'zh');
  await press(phone, t('care_press.cancel'));
  await waitForStatus(phone, t('care_press.ended_taken_back'));
});

test('a registered browser that is signed out still calls for its person', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter(DAUGHTER, { lang: 'zh' });
  await phone.goto('/me');
  await phone.getByRole('button', { name: t('account.sign_out') }).first().click();
  await expect(phone.getByRole('link', { name: t('frame.sign_in') }).first()).toBeVisible();
  await openSosPage(phone, 'zh');
  await expect(phone.getByText(t('care_press.browser_known'))).toBeVisible();
  await pressButton(phone);
  const number = await waitForReceived(phone, 'zh');
  const desk = await enter(DISPATCHER, { lang: 'zh', device: 'desk' });
  await desk.goto('/dispatch');
  await expect(row(desk, number)).toContainText(name(DAUGHTER));
  await answer(desk, 'zh', number);
  await expect(desk.getByText(t('dispatch.source_browser'))).toBeAttached();
  await end(desk, 'zh', number, 'call_off');
});

test('an unknown person calls with a callback number and a location', async ({ enter }) => {
  const t = texts('zh');
  const number = madeUpPhone();
  owns(VISITOR, number);
  const phone = await enter(VISITOR, { lang: 'zh' });
  await phone.context().grantPermissions(['geolocation']);
  await phone.context().setGeolocation(NEAR);
  await openSosPage(phone, 'zh');
  await phone.locator('#sos-form').getByLabel(t('care_press.callback')).fill(number);
  await pressButton(phone);
  const call = await waitForReceived(phone, 'zh');
  await waitForStatus(phone, t('care_press.placed'));
  // The district was unknown at the press, so the city's duty desk has the call.
  const desk = await enter(CITY, { lang: 'zh', device: 'desk' });
  owns(CITY, number);
  await desk.goto('/dispatch');
  await expect(row(desk, call)).toContainText(t('dispatch.unknown_caller'));
  await answer(desk, 'zh', call);
  await expect(desk.getByText(number).first()).toBeVisible();
  await expect(desk.getByText(pattern('zh', 'dispatch.place_line')).first()).toBeVisible();
  await action(desk, 'zh', 'call_back').click();
  await desk.getByRole('radio', { name: t('dispatch.reached_yes') }).check();
  await press(desk, t('cases.action_call_back'));
  await done(desk, 'zh', 'call_call_back');
  await end(desk, 'zh', call, 'resolve');
  await waitForStatus(phone, t('care_press.ended'));
});

test('a daughter calls for her mother', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter(DAUGHTER, { lang: 'zh' });
  await phone.context().grantPermissions(['geolocation']);
  await phone.context().setGeolocation(NEAR);
  await openSosPage(phone, 'zh');
  await phone.getByRole('radio', { name: name(ELDER) }).check();
  await pressButton(phone);
  const number = await waitForReceived(phone, 'zh');
  // Her location is sent only if she says that she is with her mother.
  const withHer = phone.getByRole('button', { name: t('care_press.locate_with_them') });
  await expect(withHer).toBeVisible();
  const desk = await enter(DISPATCHER, { lang: 'zh', device: 'desk' });
  await desk.goto('/dispatch');
  await expect(row(desk, number)).toContainText(name(ELDER));
  await answer(desk, 'zh', number);
  await expect(desk.getByText(t('dispatch.source_family'))).toBeAttached();
  await expect(desk.getByText(t('dispatch.place_none'))).toBeVisible();
  await withHer.click();
  await expect(desk.getByText(pattern('zh', 'dispatch.place_line')).first()).toBeVisible();
  // Her mother follows the same call on her own phone.
  const mother = await enter(ELDER, { lang: 'zh', elder: true });
  await mother.goto(SOS);
  expect(await callNumber(mother)).toBe(number);
  await end(desk, 'zh', number, 'call_off');
});

test('a dispatcher answers and ends a call by keyboard only', async ({ enter }) => {
  const t = texts('zh');
  const phone = await enter('liu.yang', { lang: 'zh' });
  const number = await callAs(phone);
  const desk = await enter(DISPATCHER, { lang: 'zh', device: 'desk' });
  await desk.goto('/dispatch');
  const link = desk.getByRole('link', { name: number, exact: true });
  await expect(link).toBeVisible();
  await expect(async () => {
    await desk.keyboard.press('j');
    await expect(link).toBeFocused({ timeout: 300 });
  }).toPass();
  await desk.keyboard.press('a');
  await done(desk, 'zh', 'call_answer');
  await expect(heading(desk)).toHaveText(name('liu.yang'));
  await expect(desk.getByText(t('dispatch.card_none'))).toBeVisible();
  await tabTo(desk, `a[href="/dispatch/${number}/call_off"]`);
  await desk.keyboard.press('Enter');
  await expect(heading(desk)).toHaveText(t('cases.action_call_off'));
  await tabTo(desk, 'main textarea');
  await desk.keyboard.type('已核实，呼救结束。');
  await tabTo(desk, 'main form button');
  await desk.keyboard.press('Enter');
  await done(desk, 'zh', 'call_call_off');
});
