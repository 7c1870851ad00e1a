import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WardError } from '@ward/protocol';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from './config-schema.ts';
import { explainOptions, readOptions, SERVER_OPTIONS } from './read-options.ts';

const OPTIONS = { home: { help: 'Folder' }, ...SERVER_OPTIONS } as const;
const home = mkdtempSync(join(tmpdir(), 'ward-options-'));
const path = join(home, 'config.json');
afterAll(() => rmSync(home, { recursive: true }));
beforeEach(() => rmSync(path, { force: true }));

type Texts = { readonly [name: string]: string };

function read(flags: Texts = {}, environment: Texts = {}) {
  const words = Object.entries({ home, ...flags }).flatMap(([name, value]) => [`--${name}`, value]);
  return explainOptions(OPTIONS, { flags: words, environment });
}

function found(name: string, ...sources: Parameters<typeof read>) {
  const { value, from } = read(...sources).find((each) => each.name === name)!;
  return [value, from];
}

function save(settings: unknown): void {
  writeFileSync(path, JSON.stringify(settings));
}

function refusal(work: () => unknown): [code: string, fields: object] | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof WardError)) throw error;
    return [error.code, error.data];
  }
}

describe('the options of a process', () => {
  it('come from flags before the environment before the file before defaults', () => {
    const [flag, variable] = [{ listen: 'a:1' }, { WARD_LISTEN: 'b:2' }];
    expect(found('listen')).toEqual(['127.0.0.1:0', 'default']);
    save({ listen: 'c:3' });
    expect(found('listen')).toEqual(['c:3', 'file']);
    expect(found('listen', {}, variable)).toEqual(['b:2', 'environment']);
    expect(found('listen', flag, variable)).toEqual(['a:1', 'flag']);
  });

  it('come from a file that a variable names, as the environment', () => {
    const named = join(home, 'listen.txt');
    writeFileSync(named, 'd:4\n');
    expect(found('listen', {}, { WARD_LISTEN_FILE: named })).toEqual(['d:4', 'environment']);
  });

  it('come from another file where one is named, which must be there', () => {
    save({ listen: 'c:3' });
    const other = join(home, 'other.json');
    writeFileSync(other, '{"proxies": 2, "$schema": "x"}');
    expect(found('proxies', { config: other })).toEqual(['2', 'file']);
    expect(found('listen', {}, { WARD_CONFIG: other })).toEqual(['127.0.0.1:0', 'default']);
    const missing = () => read({ config: join(home, 'none.json') });
    expect(refusal(missing)).toEqual(['CONFIG_INVALID', { position: 0 }]);
  });

  it('are refused in the file when nothing is called so, with the nearest name', () => {
    for (const [wrong, nearest] of [
      ['opslisten', 'ops-listen'],
      ['proxys', 'proxies'],
      ['Listen', 'listen'],
      ['publicOrigin', 'public-origin'],
    ] as const) {
      save({ [wrong]: '' });
      expect(refusal(() => read())).toEqual(['CONFIG_KEY_UNKNOWN', { nearest }]);
    }
    save({ home: '/elsewhere' });
    expect(refusal(() => read())?.[0]).toBe('CONFIG_KEY_UNKNOWN');
  });

  it('are refused in the file when their form is wrong, by their place in it', () => {
    for (const settings of [{ proxies: '1' }, { proxies: -1 }, { proxies: 1.5 }, { listen: 5 }]) {
      save(settings);
      expect(
        refusal(() => read()),
        JSON.stringify(settings),
      ).toEqual(['CONFIG_INVALID', { position: 1 }]);
    }
    save({ listen: 'a:1', proxies: true });
    expect(refusal(() => read())).toEqual(['CONFIG_INVALID', { position: 2 }]);
    for (const text of ['', '[]', 'null', '{', '"text"', ' '.repeat(70_000)]) {
      writeFileSync(path, text);
      expect(
        refusal(() => read()),
        text.slice(0, 9),
      ).toEqual(['CONFIG_INVALID', { position: 0 }]);
    }
  });

  it('must be given where they have no default', () => {
    const sources = { flags: [], environment: {} };
    expect(refusal(() => readOptions(OPTIONS, sources))).toEqual(['OPTION_INVALID', { option: 0 }]);
  });

  it('have a schema with each that may stand in a file, and no others', () => {
    const { properties, additionalProperties } = configSchema('x', OPTIONS);
    expect(additionalProperties).toBe(false);
    expect(Object.keys(properties).sort()).toEqual(
      ['$schema', 'listen', 'ops-listen', 'proxies', 'public-origin'].sort(),
    );
  });
});
