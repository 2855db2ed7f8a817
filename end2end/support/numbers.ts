// Numbers of the demo's ranges: how tests create them, and how they are found in the output of a run.

/** The region and the prefix that are reserved for demos (`shared::account::demo`). */
const REGION = '420120';
const PREFIX = '129';
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** The last character of an identity number (GB 11643-1999, 4.2). */
function checkCharacter(digits: string): string {
  const sum = WEIGHTS.reduce((all, weight, at) => all + weight * Number(digits[at]), 0);
  return '10X98765432'[sum % 11] ?? '';
}

/** An identity number of the demo's region, such as `madeUpId('19910203', 961)`. */
export function madeUpId(born: string, sequence: number): string {
  const digits = REGION + born + String(sequence).padStart(3, '0');
  return digits + checkCharacter(digits);
}

/** A mobile number of the demo's range that the seed does not reach. */
export function madeUpPhone(): string {
  return PREFIX + String(90_000_000 + Math.floor(Math.random() * 9_999_999));
}

/** Every number of a person that a text contains unmasked. */
export function numbersIn(words: string): string[] {
  const ids = [...words.matchAll(new RegExp(`(?<![\\w-])${REGION}\\d{11}[\\dXx](?![\\w-])`, 'g'))].map(([id]) => id.toUpperCase());
  const phones = [...words.matchAll(new RegExp(`(?<![\\w-])${PREFIX}\\d{8}(?![\\w-])`, 'g'))].map(([phone]) => phone);
  return [...ids.filter((id) => checkCharacter(id) === id[17]), ...phones];
}
