// The service items, read from the catalogue files, so that tests find fields by their labels without copying them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { REPOSITORY } from './place';
import type { Bilingual } from './texts';

/** A field of a form. */
export interface Field {
  id: string;
  kind: string;
  label: Bilingual;
  options?: { value: string; label: Bilingual }[];
  fields?: Field[];
  required?: boolean;
  /** The field is asked only if this other field has a certain answer. */
  show_if?: { field: string };
}

/** A page of a form. */
export interface FormPage {
  id: string;
  title: Bilingual;
  fields: Field[];
}

/** The part of an item that tests use. */
export interface Item {
  code: string;
  name: Bilingual;
  department: string;
  form: { pages: FormPage[] };
  refusals: { code: string; text: Bilingual }[];
  conditions: { id: string; text: Bilingual }[];
}

/** The item with this code. */
export function item(code: string): Item {
  return parse(readFileSync(path.join(REPOSITORY, `server/catalogue/${code}.toml`), 'utf8')) as unknown as Item;
}

/** The field at a path such as `bank`, `home.district` or `members.0.name`, with the part below it. */
export function field(ofItem: Item, fieldPath: string): { field: Field; part: string | undefined; row: number | undefined } {
  const [root = '', ...rest] = fieldPath.split('.');
  const found = ofItem.form.pages.flatMap((page) => page.fields).find((f) => f.id === root);
  if (!found) throw new Error(`${ofItem.code} has no field ${fieldPath}`);
  if (found.kind !== 'repeat') return { field: found, part: rest[0], row: undefined };
  const [row = '0', inner = '', part] = rest;
  const innerField = found.fields?.find((f) => f.id === inner);
  if (!innerField) throw new Error(`${ofItem.code} has no field ${fieldPath}`);
  return { field: innerField, part, row: Number(row) };
}

/** The page of a form. */
export function formPage(of: Item, id: string): FormPage {
  const page = of.form.pages.find((p) => p.id === id);
  if (!page) throw new Error(`${of.code} has no page ${id}`);
  return page;
}
