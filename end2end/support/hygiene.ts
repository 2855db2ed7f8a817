// A permit that may be applied for any number of times: cases for the tests of the desk.
import { item } from './catalogue';
import { begin, fillAndSend, type Filling } from './filling';
import { expect, type Page } from './people';
import { owns } from './record';
import { madeUpId, madeUpPhone } from './numbers';

/** The item. */
export const PERMIT = item('public-place-hygiene-permit');

const RESPONSIBLE = madeUpId('19850617', 965);
const PHONE = madeUpPhone();

/** A credit code of the demo's range with its check characters (GB 11714, and GB 32100-2015, 5.2.4). */
function creditCode(serial: number): string {
  const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const agency = `MA${String(serial).padStart(6, '0')}`;
  const inner = [3, 7, 9, 10, 5, 8, 4, 2].reduce((sum, weight, at) => sum + weight * Number.parseInt(agency[at] ?? '0', 36), 0);
  const innerCheck = '0123456789X'[(11 - (inner % 11)) % 11] ?? '0';
  const head = `91420120${agency}${innerCheck}`;
  const sum = [...head].reduce((all, letter, at) => all + letters.indexOf(letter) * (3 ** at % 31), 0);
  return head + (letters[(31 - (sum % 31)) % 31] ?? '');
}

const filling = (place: string): Filling => ({
  operator: {
    uscc: creditCode(900_000 + Math.floor(Math.random() * 90_000)),
    operator_name: '武汉江城理发服务部',
    'responsible.name': '王秀兰',
    'responsible.resident_id': RESPONSIBLE,
  },
  premises: {
    premises_name: place,
    'premises.district': '420106',
    'premises.street': '中南路街道',
    'premises.detail': '中南路 5 号',
    type: 'hair',
    floor_area: '68',
    staff: '3',
    central_air: 'no',
  },
  material: { plan: { picture: 'plan.jpg' }, test_report: { picture: 'report.jpg' }, rules: { picture: 'rules.jpg' } },
  contact: { contact_name: '王秀兰', contact_phone: PHONE, truth: 'yes' },
});

/** Applies for premises with this name; returns the number of the case. */
export async function applyForPermit(page: Page, who: string, place: string): Promise<string> {
  owns(who, RESPONSIBLE);
  owns(who, PHONE);
  await begin(page, 'zh', PERMIT);
  const number = await fillAndSend(page, 'zh', PERMIT, filling(place));
  expect(number).toMatch(/^BJ-\d{8}-/);
  return number;
}
