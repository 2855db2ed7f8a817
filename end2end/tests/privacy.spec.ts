// Tests that no number of a person leaks: searches all output of the run, so it runs last. A number may be shown unmasked only to
// its owner, their delegate, or the person who typed it, and to staff on the page that answers a logged request to see it.
import { readFileSync } from 'node:fs';
import { staff, unverified } from '../support/demo';
import { numbersIn } from '../support/numbers';
import { messages } from '../support/outbox';
import { expect, test } from '../support/people';
import { LOGGED, PRINTED } from '../support/place';
import { missed, owned, seen } from '../support/record';
import { LANGS, text } from '../support/texts';

/** People whose contacts are part of the demo city. */
const ELDER = 'chen.guiying';

const masked = (number: string) => `${number.slice(0, 6)}…${number.slice(-2)}`;

test('the search finds unmasked numbers and ignores masked ones', () => {
  const { residentId } = unverified();
  expect(numbersIn(`a ${residentId}, b`)).toEqual([residentId]);
  expect(numbersIn('tel:12900000007"')).toEqual(['12900000007']);
  expect(numbersIn('420120********1234 129****0007')).toEqual([]);
});

test('no page and no answer shows a number to a person it does not belong to', () => {
  const all = seen();
  test.skip(all.length === 0, 'nothing was visited');
  expect(missed().length, 'answers that could not be read').toBeLessThanOrEqual(all.length / 20);
  const mayShow = new Set(owned().map(({ who, number }) => `${who} ${number}`));
  // The numbers of an open call are shown to its dispatcher, which is recorded, and to the responders who were asked.
  const ofCall = LANGS.flatMap((lang) => [text(lang, 'dispatch.numbers_logged'), text(lang, 'dispatch.shown_logged')]);
  const isStaff = (who: string) => staff().some((one) => one.contact.startsWith(who));
  const ofReveal = LANGS.map((lang) => text(lang, 'desk.shown_logged'));
  const leaks = all.flatMap(({ who, url, status, body }) => {
    const at = new URL(url).pathname;
    const revealed =
      isStaff(who) &&
      ((at.startsWith('/desk/') && ofReveal.some((words) => body.includes(words))) ||
        (at.startsWith('/dispatch/') && ofCall.some((words) => body.includes(words))) ||
        (at === '/respond' && who.startsWith('responder')));
    // People may read their own emergency contacts.
    const ownContacts = who === ELDER && at.startsWith('/care/contacts');
    const found = numbersIn(body).filter((number) => !revealed && !ownContacts && !mayShow.has(`${who} ${number}`));
    return [...new Set(found)].map((number) => `${masked(number)} before ${who} at ${at} (${status})`);
  });
  expect([...new Set(leaks)]).toEqual([]);
});

test('no number is shown before signing in, and no address contains one', () => {
  const all = seen();
  expect(all.filter(({ who, body }) => who === 'nobody' && numbersIn(body).length > 0).map(({ url }) => url)).toEqual([]);
  expect(all.filter(({ url }) => numbersIn(decodeURIComponent(url)).length > 0).map(({ who }) => who)).toEqual([]);
});

test('neither the log nor the metrics nor the standard output contain a number', async ({ request }) => {
  expect(numbersIn(readFileSync(LOGGED, 'utf8')).map(masked)).toEqual([]);
  expect(numbersIn(readFileSync(PRINTED, 'utf8')).map(masked)).toEqual([]);
  const figures = await request.get('/metrics');
  expect(figures.ok()).toBe(true);
  const words = await figures.text();
  expect(words).toContain('huimin_');
  expect(numbersIn(words).map(masked)).toEqual([]);
});

test('no message contains a number: a phone number is only in its address', () => {
  const all = messages();
  test.skip(all.length === 0, 'nothing was sent');
  expect(all.flatMap(({ subject, text }) => numbersIn(`${subject}\n${text}`)).map(masked)).toEqual([]);
});
