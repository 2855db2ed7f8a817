// The demo accounts, read from the table that the binary prints at start-up; nothing is copied here.
import { readFileSync } from 'node:fs';
import { PRINTED } from './place';
import { pattern } from './texts';

/** An account of the demo city. */
export interface Account {
  contact: string;
  name: string;
  /** Their role, in both languages. */
  role: string;
  password: string;
  /** The secret of the second factor in base 32; staff only. */
  totp: string | undefined;
}

let known: Account[] | undefined;

function accounts(): Account[] {
  if (known) return known;
  const printed = readFileSync(PRINTED, 'utf8');
  const password = pattern('zh', 'seed.accounts').exec(printed)?.groups?.password;
  if (!password) throw new Error(`${PRINTED} does not contain the password of the demo accounts`);
  const rows = printed.matchAll(/^ {2}(\S+@\S+) +(?:([A-Z2-7]{32}) +)?(\S+) {2}(.+)$/gm);
  known = [...rows].map(([, contact = '', totp, name = '', role = '']) => ({ contact, name, role, password, totp }));
  if (known.length === 0) throw new Error(`${PRINTED} lists no demo accounts`);
  return known;
}

/** The printed account whose address begins with this: `chen.guiying`, `caseworker1.health`, `auditor`. */
export function account(begins: string): Account {
  const found = accounts().filter((a) => a.contact.startsWith(begins) && /^[.@-]/.test(a.contact.slice(begins.length)));
  const [one] = found;
  if (!one || found.length > 1) throw new Error(`${found.length} demo accounts begin with ${begins}`);
  return one;
}

/** All staff in the table. */
export const staff = () => accounts().filter((a) => a.totp);

/** The account without a real-name check, with the name and ID number that the table shows. */
export function unverified(): Account & { realName: string; residentId: string } {
  for (const one of accounts()) {
    const found = /\((\S+) (\d{6}) (\d{8}) (\d{3}[\dX])\)/.exec(one.role);
    if (found) return { ...one, realName: found[1] ?? '', residentId: found.slice(2).join('') };
  }
  throw new Error('the table has no account without a real-name check');
}
