// The texts of the interface, read from the source files: tests refer to a text by its key and never copy it.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { REPOSITORY } from './place';

/** The languages of the interface. */
export const LANGS = ['zh', 'en'] as const;
/** A language. */
export type Lang = (typeof LANGS)[number];
/** A text in both languages. */
export type Bilingual = Record<Lang, string>;
/** Values of placeholders. */
export type Values = Record<string, string | number>;

const FOLDER = path.join(REPOSITORY, 'shared/texts');
const TEXTS = new Map<string, Bilingual>();
for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.toml'))) {
  const module = path.basename(file, '.toml');
  const texts = parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Record<string, Bilingual>;
  for (const [key, both] of Object.entries(texts)) TEXTS.set(`${module}.${key}`, both);
}

/** The text `module.key` with its placeholders filled. */
export function text(lang: Lang, key: string, values: Values = {}): string {
  const both = TEXTS.get(key);
  if (!both) throw new Error(`there is no text ${key}`);
  return both[lang].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${key} needs ${name}`);
    return String(value);
  });
}

const escaped = (words: string) => words.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A pattern for the text; placeholders without a value match anything and become named groups. */
export function pattern(lang: Lang, key: string, values: Values = {}): RegExp {
  const both = TEXTS.get(key);
  if (!both) throw new Error(`there is no text ${key}`);
  const parts = both[lang].split(/\{(\w+)\}/);
  const seen = new Set<string>();
  const source = parts.map((part, at) => {
    if (at % 2 === 0) return escaped(part);
    const value = values[part];
    if (value !== undefined) return escaped(String(value));
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>.+?)`;
  });
  const end = parts.length % 2 === 1 && parts.at(-1) === '' ? '$' : '';
  return new RegExp(source.join('') + end);
}

/** A shorthand for one language. */
export const texts = (lang: Lang) => (key: string, values?: Values) => text(lang, key, values);
