import { CUSTODIAN_OPTIONS } from '@ward/custodian';
import { NODE_OPTIONS } from '@ward/node';
import {
  configKeys,
  configSchema,
  type ProcessOption,
  variableOf,
  WITNESS_OPTIONS,
} from '@ward/server';
import { VAULT_OPTIONS } from '@ward/vault';

type Options = { readonly [name: string]: ProcessOption };

const SERVERS: { readonly [server: string]: Options } = {
  node: NODE_OPTIONS,
  vault: VAULT_OPTIONS,
  custodian: CUSTODIAN_OPTIONS,
  witness: WITNESS_OPTIONS,
};

const HEAD = `# Configuration

Settings of the four servers. This page and the JSON Schemas beside it are made from the
definitions in the code by \`npm run docs\`.

A value comes from the first of these that has it:

1. a flag, as in \`--listen 127.0.0.1:8080\`;
2. a variable of the environment, as in \`WARD_LISTEN\`, or a file that \`WARD_LISTEN_FILE\` names;
3. the configuration file: \`config.json\` in the home of the server, or the one that \`--config\`
   or \`WARD_CONFIG\` names;
4. the default.

A name in the file that is not on this page is refused with \`CONFIG_KEY_UNKNOWN\` and the nearest
one that is; a value of the wrong form with \`CONFIG_INVALID\`. Keys are no settings: they lie in
files of their own. \`ward config show node\` prints every value and where it came from.

Two variables belong to every process: \`WARD_LOG_LEVEL\` (debug, info, warn, error, silent) and
\`WARD_CLOCK_OFFSET_MS\`, which is for sandboxes.
`;

/** docs/configuration.md. */
export function configurationDocument(): string {
  const sections = Object.entries(SERVERS).map(([server, options]) => {
    const rows = Object.entries(options).map(([name, { help, fallback, form }]) => {
      const key = configKeys(options).includes(name) ? `\`${name}\`` : '–';
      const otherwise = fallback === undefined ? 'must be given' : fallback || 'none';
      const kind = form === 'count' ? 'whole number' : 'text';
      const names = `\`--${name}\` | \`${variableOf(name)}\` | ${key}`;
      return `| ${names} | ${kind} | ${otherwise} | ${help} |`;
    });
    return [
      `## ${server}\n`,
      `Schema of its file: [${schemaName(server)}](${schemaName(server)}).\n`,
      '| flag | variable | in the file | form | default | what |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  });
  return [HEAD, ...sections].join('\n');
}

function schemaName(server: string): string {
  return `${server}-config.schema.json`;
}

/** The schemas beside the page, by path. */
export const CONFIG_SCHEMAS: { readonly [path: string]: () => string } = Object.fromEntries(
  Object.entries(SERVERS).map(([server, options]) => {
    const make = () => `${JSON.stringify(configSchema(`Ward ${server}`, options), null, 2)}\n`;
    return [`docs/${schemaName(server)}`, make];
  }),
);
