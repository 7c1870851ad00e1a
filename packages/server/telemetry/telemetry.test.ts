import { WardError, word } from '@ward/protocol';
import { describe, expect, it } from 'vitest';
import { refuse } from '../errors.ts';
import { createLog } from './log.ts';
import { Metrics } from './metrics.ts';
import {
  codeWord,
  failureWord,
  PublicOrganisation,
  placeWord,
  publicText,
} from './public-value.ts';

function capture() {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  return { lines, log };
}

const CHART = 'ab'.repeat(32);

describe('the log', () => {
  it('writes events with numbers, words and organisations', () => {
    const { lines, log } = capture();
    const organisation = new PublicOrganisation(new Uint8Array(16).fill(7));
    log.with({ process: word('vault') }).info(word('started'), { height: 7, organisation });
    const line = JSON.parse(lines[0]!) as object;
    expect(line).toMatchObject({
      ...{ level: 30, process: 'vault', event: 'started', height: 7 },
      organisation: '07'.repeat(16),
    });
    expect(Object.keys(line).sort()).toEqual([
      ...['event', 'height', 'level', 'organisation', 'process', 'time'],
    ]);
  });

  it('takes no text that the compiler does not know, no bytes and no object', () => {
    const { lines, log } = capture();
    const name: string = 'Ada Example (synthetic)';
    // @ts-expect-error: a text that was read from somewhere is no event.
    log.info(name);
    // @ts-expect-error: nor a field.
    log.info(word('event'), { name });
    // @ts-expect-error: a literal must say that it is a word.
    log.info(word('event'), { name: 'general' });
    // @ts-expect-error: a chart's id.
    log.info(word('event'), { chart: new Uint8Array(32) });
    // @ts-expect-error: an object, whatever it holds.
    log.info(word('event'), { record: { resourceType: 'Patient' } });
    // @ts-expect-error: no text can be made a word at run time.
    log.info(word('event'), { name: word(name) });
    expect(lines).toHaveLength(6);
  });

  it('withholds long hexadecimal and texts even where a type was forced', () => {
    expect(publicText(CHART as never)).toBe('withheld');
    expect(publicText('ab12'.repeat(6) as never)).toBe('withheld');
    expect(publicText('name@example.org' as never)).toBe('withheld');
    expect(publicText('x'.repeat(81) as never)).toBe('withheld');
    expect(publicText({} as never)).toBe('withheld');
    expect(publicText(word('put-header'))).toBe('put-header');
    const { lines, log } = capture();
    log.info(CHART as never, { slot: CHART as never });
    expect(lines[0]).not.toContain(CHART);
  });

  it('knows organisations by their length: a chart is none', () => {
    expect(() => new PublicOrganisation(new Uint8Array(32))).toThrow();
  });

  it('tells of a failure its kind and place, never its message', () => {
    const error = new TypeError(`cannot read ${CHART}`);
    expect(failureWord(error)).toBe('TypeError');
    expect(placeWord(error)).toMatch(/^telemetry\.test\.ts:\d+$/);
    expect(failureWord(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBe('ENOSPC');
    expect(failureWord(Object.assign(new Error('x'), { code: CHART }))).toBe('Error');
    expect(failureWord('Ada')).toBe('unknown');
    expect(failureWord(Object.assign(new Error('x'), { name: CHART }))).toBe('unknown');
    const named = new Error('x');
    named.stack = `Error: x\n    at Ada Example (/x/${CHART}.js:1:2)`;
    expect(publicText(placeWord(named))).toBe('withheld');
    expect(placeWord('text')).toBe('unknown');
  });

  it('names codes of the catalogue only', () => {
    expect(codeWord(refuse('INTERNAL'))).toBe('INTERNAL');
    const kind = { status: 400, text: '', next: '', fields: [] };
    expect(codeWord(new WardError('ADA_EXAMPLE', kind, {}))).toBe('withheld');
  });
});

describe('metrics', () => {
  it('stand on a page for Prometheus', async () => {
    const metrics = new Metrics();
    const openings = metrics.counter('openings_total');
    openings.add({ verdict: word('PERMITTED') });
    openings.add({ verdict: word('PERMITTED') }, 2);
    metrics.gauge('height', () => 42);
    metrics.gauge('build_info', () => 1, { server: word('node'), version: word('0.0.0') });
    const seconds = metrics.histogram('execute_seconds');
    seconds.observe({}, 0.02);
    const page = await metrics.page();
    expect(page).toContain('ward_openings_total{verdict="PERMITTED"} 3');
    expect(page).toContain('ward_height 42');
    expect(page).toContain('ward_build_info{server="node",version="0.0.0"} 1');
    expect(page).toContain('ward_execute_seconds_bucket{le="0.025"} 1');
  });

  it('show counts that somebody else keeps, and nothing for what is not known now', async () => {
    const metrics = new Metrics();
    let missed = 2;
    let height: number | undefined = 5;
    metrics.counted('missed_blocks_total', () => missed);
    metrics.gauge('height_lag', async () => height);
    expect(await metrics.page()).toMatch(/^ward_missed_blocks_total 2$/m);
    expect(await metrics.page()).toMatch(/^ward_height_lag 5$/m);
    missed = 3;
    height = undefined;
    expect(await metrics.page()).toMatch(/^ward_missed_blocks_total 3$/m);
    expect(await metrics.page()).not.toMatch(/^ward_height_lag \d/m);
  });

  it('have the names of the catalogue and no others', () => {
    const metrics = new Metrics();
    // @ts-expect-error: nobody said what it means.
    expect(() => metrics.gauge('patients', () => 1)).toThrow();
    // @ts-expect-error: a counter is no gauge.
    metrics.gauge('answers_total', () => 1);
  });

  it('take no label that was read from somewhere', async () => {
    const metrics = new Metrics();
    const count = metrics.counter('openings_total');
    const chart: string = CHART;
    // @ts-expect-error: a chart's id is no word.
    count.add({ verdict: chart });
    expect(await metrics.page()).not.toContain(CHART);
  });
});
