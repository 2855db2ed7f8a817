// Tests every page for every role that may open it, in both languages and in elder mode: no axe violation, nothing wider than
// the screen, no error in the console, one heading, a title, the language declared. Saves a picture of each.
import { actOn, callAs, anonymousCall, dispatch, cancelledCall } from '../support/calls';
import type { Device } from '../support/devices';
import { item } from '../support/catalogue';
import { begin, fillAndSend, ownNumbers } from '../support/filling';
import { axe, noSidewaysScroll, picture, hasHeadingAndTitle } from '../support/look';
import { madeUpPhone } from '../support/numbers';
import { expect, VISITOR, press, test, type As, type Page } from '../support/people';
import { owns } from '../support/record';
import { SITE } from '../support/place';
import { texts, type Lang } from '../support/texts';

const MODES: { name: string; lang: Lang; elder: boolean }[] = [
  { name: 'plain', lang: 'zh', elder: false },
  { name: 'plain', lang: 'en', elder: false },
  { name: 'elder', lang: 'zh', elder: true },
  { name: 'elder', lang: 'en', elder: true },
];
const HOUSING = item('public-rental-housing');
const RESIDENT = 'chen.guiying';

/** Pages by the name of their picture: a path, or a function that opens the page. */
type Pages = Record<string, string | ((page: Page) => Promise<void>)>;

async function look(page: Page, project: string, mode: (typeof MODES)[number], name: string, where: Pages[string]) {
  if (typeof where === 'string') await page.goto(where);
  else await where(page);
  await hasHeadingAndTitle(page, mode.lang);
  await axe(page);
  await picture(page, project, mode.lang, mode.name, name);
  await noSidewaysScroll(page);
}

/** Checks all pages in every mode. `project`: the device whose Playwright project runs it, because it uses its staff accounts. */
function checkPages(
  who: string,
  device: Device,
  name: string,
  pages: Pages | ((enter: (who: string, as?: As) => Promise<Page>) => Promise<Pages>),
  project: Device = device,
) {
  for (const mode of MODES) {
    test(`${name}, ${mode.lang}, ${mode.name}`, { tag: `@${project}` }, async ({ enter }, info) => {
      const opened = typeof pages === 'function' ? await pages(enter) : pages;
      const page = await enter(who, { lang: mode.lang, elder: mode.elder, device });
      for (const [each, where] of Object.entries(opened)) {
        await test.step(each, () => look(page, info.project.name, mode, `${name}-${each}`, where));
      }
    });
  }
}

const items = ['old-age-allowance', 'public-place-hygiene-permit', 'public-rental-housing'];

checkPages(VISITOR, 'phone', 'visitor', {
  home: '/',
  services: '/services',
  'services-found': '/services?q=gongzufang',
  'services-none': '/services?q=qqqqqq',
  ...Object.fromEntries(items.map((code) => [`item-${code}`, `/services/${code}`])),
  'sign-in': '/sign-in',
  'sign-up': '/sign-up',
  reset: '/reset',
  'reset-link': '/reset/not-a-token',
  invitation: '/invitation/not-a-token',
  sos: '/care/sos',
  'not-found': '/no-such-page',
});

for (const { name, lang, elder } of MODES) {
  // Every component of the design system, among them one with the heading of a page.
  test(`gallery, ${lang}, ${name}`, { tag: '@phone' }, async ({ enter }, info) => {
    const page = await enter(VISITOR, { lang, elder });
    await page.goto('/ui');
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
    await axe(page);
    await picture(page, info.project.name, lang, name, 'gallery');
    await noSidewaysScroll(page);
  });
}

/** Finds a case and a draft of a resident, or creates them. */
async function prepare(page: Page): Promise<{ number: string; draft: string }> {
  const permit = item('public-place-hygiene-permit');
  await begin(page, 'zh', permit);
  const draft = new URL(page.url()).pathname;
  await page.goto('/cases');
  const found = await page.getByRole('main').locator('a[href^="/cases/BJ-"]').first().getAttribute('href', { timeout: 1_000 }).catch(() => null);
  if (found) return { number: found.slice('/cases/'.length), draft };
  await begin(page, 'zh', HOUSING);
  const number = await fillAndSend(page, 'zh', HOUSING, {
    applicant: { marital: 'widowed', monthly_income: '2400' },
    home: { 'home.district': '420106', 'home.street': '首义路街道', 'home.detail': '紫阳路 1 号', home_kind: 'family', home_area: '20' },
    material: { income_proof: { picture: 'income.jpg' } },
    declaration: { truth: 'yes', consent: 'yes' },
  }, () => ownNumbers(page, RESIDENT));
  return { number, draft };
}

const residentPages = ({ number, draft }: { number: string; draft: string }): Pages => ({
  home: '/',
  services: '/services',
  item: '/services/old-age-allowance',
  eligibility: '/services/old-age-allowance/eligibility',
  'eligibility-not': '/services/public-rental-housing/eligibility',
  draft,
  ...Object.fromEntries(item('public-place-hygiene-permit').form.pages.map(({ id }) => [`draft-${id}`, `${draft}/${id}`])),
  'draft-wrong': async (page) => {
    await page.goto(`${draft}/operator`);
    await press(page, texts(await langOf(page))('services_pages.go_on'));
    await expect(page.getByRole('alert')).toBeVisible();
  },
  'draft-check': `${draft}/check`,
  cases: '/cases',
  case: `/cases/${number}`,
  'case-open': async (page) => {
    await page.goto(`/cases/${number}`);
    await page.getByText(texts(await langOf(page))('cases_pages.answers'), { exact: true }).click();
  },
  'case-sent': `/cases/${number}/sent`,
  'case-withdraw': `/cases/${number}/withdraw`,
  inbox: '/inbox',
  me: '/me',
  identity: '/me/identity',
  password: '/me/password',
  sessions: '/me/sessions',
  'second-factor': '/me/second-factor',
  family: '/me/family',
  data: '/me/data',
  care: '/care',
  sos: '/care/sos',
  'care-profile': '/care/profile',
  'care-contacts': '/care/contacts',
  'care-contact': first('/care/contacts', '/care/contacts'),
  'care-devices': '/care/devices',
  forbidden: '/desk',
});

checkPages(RESIDENT, 'phone', 'resident', async (enter) => residentPages(await prepare(await enter(RESIDENT, { lang: 'zh', elder: false }))));

async function langOf(page: Page): Promise<Lang> {
  return (await page.locator('html').getAttribute('lang')) === 'en' ? 'en' : 'zh';
}

/** Follows the first link of a list; in a table, not the links beside it. */
function first(list: string, under: string) {
  return async (page: Page) => {
    await page.goto(list);
    const main = page.getByRole('main');
    const links = (await main.locator('tbody').count()) > 0 ? main.locator('tbody') : main;
    await links.locator(`a[href^="${under}/"]`).first().click();
    await page.waitForURL(new RegExp(`${under}/[A-Za-z0-9]`));
  };
}

/** The form of an action for the first case of a list that allows it. */
const form = (list: string, name: string) => async (page: Page) => {
  await page.goto(list);
  const links = await page.getByRole('main').locator('tbody a[href^="/desk/"]').all();
  const numbers = await Promise.all(links.map((link) => link.getAttribute('href')));
  for (const at of numbers) {
    await page.goto(at ?? '/desk');
    const link = page.getByRole('main').locator(`a[href$="/${name}"]`);
    if ((await link.count()) > 0) {
      await link.first().click();
      await page.waitForURL(new RegExp(`/${name}$`));
      return;
    }
  }
  throw new Error(`no case of ${list} allows ${name}`);
};

checkPages('caseworker2.housing', 'desk', 'caseworker', {
  queue: '/desk',
  unassigned: '/desk?view=unassigned',
  overdue: '/desk?view=overdue',
  'queue-empty': '/desk?q=qqqqqq',
  absences: '/desk/absences',
  case: first('/desk', '/desk'),
  'hand-over': form('/desk', 'hand_over'),
  inbox: '/inbox',
  me: '/me',
  forbidden: '/admin',
  'not-found': '/desk/BJ-20260101-ABCDEF',
});

checkPages('supervisor2.housing', 'desk', 'supervisor', {
  queue: '/desk',
  deciding: '/desk?view=deciding',
  case: first('/desk', '/desk'),
  absences: '/desk/absences',
  me: '/me',
});

checkPages('auditor', 'desk', 'auditor', {
  audit: '/audit',
  'audit-case': first('/audit', '/audit'),
  'audit-none': '/audit?q=qqqqqq',
  administration: '/audit/staff',
  me: '/me',
});

checkPages('administrator', 'desk', 'administrator', {
  staff: '/admin',
  organisations: '/admin/organisations',
  'organisation-centre': '/admin/organisations/centre',
  'organisation-bank': '/admin/organisations/bank',
  organisation: first('/admin/organisations', '/admin/organisations'),
  warnings: '/admin/warnings',
  me: '/me',
});

// A person who raised a call, and follows it.
const CALLER = 'zhang.wei';
checkPages(CALLER, 'phone', 'caller', async (enter) => {
  const number = await callAs(await enter(CALLER));
  return { 'sos-on': '/care/sos', call: `/care/calls/${number}` };
});

const DISPATCHER = 'dispatcher2.dispatch-420106';
const RESPONDER = 'responder3.dispatch-420106';

/** A call of an unknown person that a dispatcher has answered. */
async function answered(desk: Page, who: string): Promise<string> {
  const callback = madeUpPhone();
  owns(who, callback);
  const number = await anonymousCall(callback);
  await actOn(desk, number, 'answer');
  return number;
}

checkPages(DISPATCHER, 'desk', 'dispatcher', async (enter) => {
  const desk = await enter(DISPATCHER, { device: 'desk' });
  const number = await answered(desk, DISPATCHER);
  const ended = await cancelledCall();
  return {
    board: '/dispatch',
    'board-ringing': '/dispatch?view=ringing',
    'board-ended': '/dispatch?view=ended',
    'board-none': '/dispatch?q=HJ-19990101-000000',
    call: `/dispatch/${number}`,
    ...Object.fromEntries(['call_back', 'dispatch', 'escalate_now', 'hand_over', 'merge', 'call_off', 'resolve'].map((name) => [`call-${name}`, `/dispatch/${number}/${name}`])),
    'call-ended': `/dispatch/${ended}`,
    duty: '/dispatch/duty',
    me: '/me',
    forbidden: '/dispatch/policies',
    'not-found': '/dispatch/HJ-20260101-ABCDEF',
  };
});

checkPages('chief1.dispatch-420106', 'desk', 'chief', {
  board: '/dispatch',
  figures: '/dispatch/figures',
  duty: '/dispatch/duty',
  policies: '/dispatch/policies',
});

checkPages(RESPONDER, 'phone', 'responder', async (enter) => {
  const desk = await enter(DISPATCHER, { lang: 'zh', device: 'desk' });
  const number = await answered(desk, DISPATCHER);
  const phone = await enter(RESPONDER);
  await phone.request.post('/api/care/respond-duty', { form: { on: 'on' }, headers: { origin: SITE } });
  await desk.goto(`/dispatch/${number}`);
  await dispatch(desk, 'zh', [RESPONDER]);
  return { offer: '/respond', 'offer-decline': `/respond/${number}/decline`, me: '/me', forbidden: '/dispatch' };
}, 'desk');
