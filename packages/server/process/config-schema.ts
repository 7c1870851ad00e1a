import { configKeys } from './config-file.ts';
import type { OptionForm, ProcessOption } from './read-options.ts';

const FORMS: { readonly [F in OptionForm]: object } = {
  text: { type: 'string', maxLength: 4096 },
  listen: { type: 'string', pattern: '^((\\[[0-9a-fA-F:.]+\\]|[\\w.-]+):\\d{1,5})?$' },
  count: { type: 'integer', minimum: 0 },
};

/**
 * JSON Schema of a configuration file, from the options of its process.
 *
 * @param title What the file configures.
 */
export function configSchema(title: string, options: { readonly [name: string]: ProcessOption }) {
  const properties = configKeys(options).map((name) => {
    const { help, fallback, form = 'text' } = options[name]!;
    const otherwise = form === 'count' ? Number(fallback) : fallback;
    const isUnset = form === 'count' && fallback === '';
    const said = isUnset ? {} : { default: otherwise };
    return [name, { description: help, ...FORMS[form], ...said }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    type: 'object',
    properties: { $schema: { type: 'string' }, ...Object.fromEntries(properties) },
    additionalProperties: false,
  };
}
