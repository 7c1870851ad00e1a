import { describe, expect, it } from 'vitest';
import { defineFormat } from '../format/define-format.ts';
import * as field from '../format/fields.ts';
import { defineEndpoint, endpointCatalogue, isEventStream, isRaw, raw } from './endpoint.ts';

const Thing = defineFormat('endpoint-thing', 1, { size: field.integer(0, 9) });

const getThing = {
  name: 'get-thing',
  method: 'GET',
  path: '/v1/things/:id',
  summary: 'A thing',
  params: { id: field.bytes(2) },
  query: {},
  body: null,
  answer: Thing,
  signedBy: 'nobody',
} as const;

describe('doors', () => {
  it('are declared once, and listed', () => {
    const endpoint = defineEndpoint(getThing);
    expect(endpointCatalogue().get('get-thing')).toBe(endpoint);
    expect(() => defineEndpoint(getThing)).toThrow('twice');
  });

  it('tell formats, raw bytes, streams and nothing apart', () => {
    expect(isRaw(raw(10))).toBe(true);
    expect(isRaw(Thing)).toBe(false);
    expect(isRaw(null)).toBe(false);
    expect(isEventStream({ event: Thing })).toBe(true);
    expect(isEventStream(raw(10))).toBe(false);
    expect(isEventStream(null)).toBe(false);
  });
});
