import { field } from '@ward/protocol';
import type { Schema } from './falsehoods.ts';

/**
 * Every field of a schema by the names that falsehoods have: `a.b`; `a[]` the list and what is in
 * it; `a?` whether it is null; `a<>` which case it is, `a<case>.b` what is in one.
 */
export function fieldsOf(schema: Schema, path = ''): string[] {
  const note = field.noteOf(schema);
  const inside = (name: string) => (path === '' ? name : `${path}.${name}`);
  switch (note.kind) {
    case 'struct':
      return Object.entries(note.fields).flatMap(([name, each]) => fieldsOf(each, inside(name)));
    case 'list':
      return [`${path}[]`, ...fieldsOf(note.item, `${path}[]`)];
    case 'nullable':
      return [`${path}?`, ...fieldsOf(note.item, path)];
    case 'variant':
      return [
        `${path}<>`,
        ...Object.entries(note.cases).flatMap(([kind, each]) => fieldsOf(each, `${path}<${kind}>`)),
      ];
    default:
      return [path];
  }
}
