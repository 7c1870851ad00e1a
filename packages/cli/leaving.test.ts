import { readFileSync, writeFileSync } from 'node:fs';
import { Letters } from '@ward/charts';
import type { Json } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import {
  type CommandActor,
  type CommandOptions,
  CommandStage,
  wordsOf,
} from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { writeSampleInputs } from '@ward/testkit/sample-inputs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const network = await ClientNetwork.start(await loadCrypto(), 8);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const anna = stage.at(stage.path('anna'));
const phone = stage.at(stage.path('phone'));
const hospital = stage.at(await stage.organisationHome('hospital-b'));
const writer = stage.at(await stage.organisationHome('hospital-a'));
const { networkPath } = stage;
const files = writeSampleInputs(stage.path('files'));
const PASSPHRASE = { environment: { WARD_PASSPHRASE: 'six words that nobody can guess' } };
const OPEN = 'access open general --all --reason consultation';
/** A passphrase is stretched for a second of one core, and the machine may be busy. */
const SLOW = { timeout: 120_000 };
const shapes = new GoldenShapes();

async function golden<T>(who: CommandActor, line: string, options?: CommandOptions): Promise<T> {
  const json = await who.json<Json>(line, options);
  shapes.keep(wordsOf(line), json, who === anna || who === phone ? 'person' : 'organisation');
  return json as T;
}

async function* noNotices() {
  yield Letters.encode({ letters: [] });
}

beforeAll(async () => {
  await anna.json(`wallet create --network ${networkPath}`);
  const custodians = '--custodian laboratory --custodian pharmacy --custodian payer';
  for (const kind of ['general', 'medications']) {
    await anna.json(`chart create ${kind} --vault hospital-a ${custodians} --threshold 2`);
    await anna.json(`record add ${files.pdf} --chart ${kind}`);
  }
  await anna.json('consent grant general --to hospital-b --purpose TREAT --for 30d');
  await hospital.json('org staff add "Dr Ada Example" --role physician');
  await hospital.json(OPEN);
}, 60_000);

describe('a log from which somebody takes the notices', () => {
  it('shows the entry as unexplained, with who wrote it, and does not verify', async () => {
    const { transport } = network.organisations.get('hospital-a')!.vault!;
    network.overrides.set('memory://vault', {
      name: 'memory://vault',
      async send(request, options) {
        const answer = await transport.send(request, options);
        const isMailbox = request.method === 'GET' && request.target.includes('/mailbox');
        return isMailbox ? { ...answer, body: noNotices() } : answer;
      },
    });
    const { output } = await anna.run('access log general', { columns: 80 });
    expect(output).toContain('hospital-b: UNEXPLAINED');
    const verified = await anna.run('access verify general');
    expect(verified.exitCode).toBe(4);
    expect(verified.output).toContain('1 unexplained');
    network.overrides.clear();
    expect((await anna.run('access verify general')).exitCode).toBe(0);
  });
});

describe('a backup', () => {
  const file = stage.path('anna.age');

  it('is one file that a passphrase opens', SLOW, async () => {
    expect(await anna.refusal(`wallet backup ${file}`)).toBe('PASSPHRASE_MISSING 2');
    const short = { environment: { WARD_PASSPHRASE: 'short' } };
    expect(await anna.refusal(`wallet backup ${file}`, short)).toBe('PASSPHRASE_WEAK 1');
    await golden(anna, `wallet backup ${file} --forget-cold-keys`, PASSPHRASE);
    expect(readFileSync(file, 'utf8').slice(0, 22)).toBe('age-encryption.org/v1\n');
    expect(await anna.refusal(`wallet backup ${file}`, PASSPHRASE)).toBe('FILE_EXISTS 1');
    expect(await anna.json('wallet show')).toMatchObject({ coldKeys: 0 });
  });

  it('brings the wallet back on another device, with all that is in it', SLOW, async () => {
    const restore = `wallet restore ${file} --network ${networkPath}`;
    const wrong = { environment: { WARD_PASSPHRASE: 'six other words' } };
    expect(await phone.refusal(restore, wrong)).toBe('BACKUP_INVALID 1');
    const path = stage.path('passphrase');
    writeFileSync(path, `${PASSPHRASE.environment.WARD_PASSPHRASE}\n`);
    await golden(phone, `${restore} --passphrase-file ${path}`);
    const { units } = await phone.json<{ units: unknown[] }>('record list general');
    expect(units).toHaveLength(1);
  });

  it('has the cold key that takes a chart back', async () => {
    expect(await anna.refusal('chart rotate general --cold --yes')).toBe('COLD_KEY_MISSING 1');
    expect(await phone.refusal('chart rotate medications --cold')).toBe('FLAG_NEEDED 2');
    const taken = await phone.json('chart rotate medications --cold --yes');
    expect(taken).toMatchObject({ kind: 'medications', cold: true });
    expect(await anna.refusal(`record add ${files.image} --chart medications`)).not.toMatch(
      /^done/,
    );
  });
});

describe('a grant that is taken back', () => {
  it('is refused from the next block on, and was seen', async () => {
    await golden(anna, 'consent revoke hospital-b');
    await golden(anna, 'chart show general');
    await network.pass(10);
    expect(await hospital.refusal(OPEN)).toBe('GRANT_REVOKED 1');
    expect((await hospital.run('record list')).output).toContain('There are no units yet.');
    const { output } = await anna.run('access log general');
    expect(output).toContain('Dr Ada Example, physician');
    const { grants } = await anna.json<{ grants: { state: string }[] }>('consent list');
    expect(grants.map(({ state }) => state)).toEqual(['revoked']);
    expect(await anna.json('consent list --active')).toEqual({ grants: [] });
  });

  it('leaves an epoch behind of which the organisation has no key', async () => {
    const rotated = await golden<{ epoch: number }>(anna, 'chart rotate general');
    expect(rotated.epoch).toBeGreaterThan(1);
  });

  it('has custodians of which one is replaced, and a release key that is dealt anew', async () => {
    const replace = 'chart custodian replace general --custodian payer --by registrar';
    await golden(anna, replace);
    await golden(anna, 'chart custodian renew general');
  });
});

describe('an organisation that wrote unasked', () => {
  it('is listed when the patient accepts it', async () => {
    const card = stage.path('card.json');
    await anna.json(`chart card general --out ${card}`);
    await writer.json(`chart card ${card}`);
    await writer.json(`record add ${files.image} --chart general`);
    const states = async () => {
      const { units } = await anna.json<{ units: { state: string }[] }>('record list general');
      return units.map(({ state }) => state).sort();
    };
    expect(await states()).toEqual(['ok', 'unsolicited']);
    await golden(anna, 'record accept general hospital-a');
    expect(await states()).toEqual(['ok', 'ok']);
  });
});

describe('erasing', () => {
  const unitOf = async (organisation: 'own' | 'other') => {
    const { units } = await anna.json<{ units: { unit: string; organisation: Json }[] }>(
      'record list general',
    );
    const isOwn = (each: (typeof units)[number]) => each.organisation === null;
    return units.find((each) => isOwn(each) === (organisation === 'own'))!.unit.slice(0, 8);
  };

  it('asks first, and takes no for an answer', async () => {
    const line = `record erase ${await unitOf('own')}`;
    expect(await anna.refusal(line)).toBe('FLAG_NEEDED 2');
    const asked = await anna.run(line, { answers: [false] });
    expect(asked.errors).toContain('NOT_CONFIRMED');
    expect(asked.questions[0]).toContain('for good?');
    expect((await anna.run(line, { answers: [undefined] })).exitCode).toBe(130);
  });

  it('takes one record, then the unit', async () => {
    const unit = await unitOf('other');
    await anna.json(`record erase ${unit}/0 --yes`);
    const own = await unitOf('own');
    const erased = await golden<{ missing: number }>(anna, `record erase ${own} --yes`);
    expect(erased.missing).toBe(0);
    const { output } = await anna.run('record list general', { columns: 80 });
    expect(output).toContain('erased');
    expect(await anna.refusal(`record show ${own}`)).toMatch(/^(ID_UNKNOWN|\w+_ERASED) 1$/);
  });

  it('takes a chart with everything in it, and the ledger still verifies', async () => {
    await golden(anna, 'chart erase general --yes');
    expect(await anna.refusal('record list general')).toBe('CHART_UNKNOWN 1');
    const { charts } = await anna.json<{ charts: { state: string }[] }>('chart list');
    expect(charts[0]!.state).toBe('erased');
    expect(await anna.json('ledger verify')).toMatchObject({ verified: true });
  });
});

describe('what all of this prints for programs', () => {
  it('has the shape that is written down', async () => {
    await expect(shapes.text).toMatchFileSnapshot('shapes/leaving.txt');
  });
});
