import { describe, expect, it } from 'vitest';
import { CHART_LIMITS } from '../limits.ts';
import * as custodian from './custodian-api.ts';
import * as vault from './vault-api.ts';

interface Door {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly signedBy: string;
}

function doorsOf(api: object): Door[] {
  return Object.values(api).filter(
    (value): value is Door => typeof value === 'object' && value !== null && 'signedBy' in value,
  );
}

const signers = (api: object) =>
  Object.fromEntries(doorsOf(api).map(({ name, signedBy }) => [name, signedBy]));

describe('the doors of a vault', () => {
  it('let in whom the specification names, and nobody else', () => {
    expect(signers(vault)).toEqual({
      // The signature of ck is in the header itself.
      'put-header': 'nobody',
      'get-header': 'nobody',
      'put-objects': 'organisation-or-owner',
      'upload-object': 'organisation-or-owner',
      // Whoever knows the digest.
      'get-object': 'nobody',
      'get-body': 'nobody',
      'get-objects': 'nobody',
      'delete-object': 'owner',
      'post-notice': 'organisation',
      'post-notices': 'organisation',
      'list-notices': 'owner',
      'delete-notices': 'owner',
      // Anyone, up to 16 KiB.
      'post-letter': 'nobody',
      'list-letters': 'organisation',
      'delete-letters': 'organisation',
      'get-vault-status': 'nobody',
    });
  });

  it('have none by which a header could be deleted', () => {
    const deleting = doorsOf(vault).filter(({ method }) => method === 'DELETE');
    expect(deleting.map(({ path }) => path).filter((path) => path.includes('header'))).toEqual([]);
  });
});

describe('the doors of a custodian', () => {
  it('take what is signed inside, and handovers from organisations', () => {
    expect(signers(custodian)).toEqual({
      'deal-share': 'nobody',
      'ask-opening': 'nobody',
      'erase-shares': 'nobody',
      'hand-over-shares': 'organisation',
      'get-custodian-status': 'nobody',
    });
  });
});

describe('all doors', () => {
  it('have a name, and a method and path, of their own', () => {
    for (const api of [vault, custodian]) {
      const doors = doorsOf(api);
      expect(new Set(doors.map(({ name }) => name)).size).toBe(doors.length);
      expect(new Set(doors.map(({ method, path }) => `${method} ${path}`)).size).toBe(doors.length);
    }
  });

  it('take the largest manifest and the largest packed unit that can be written', () => {
    const manifest = { kind: 'manifest', bytes: new Uint8Array(CHART_LIMITS.manifestBytesMax) };
    const digest = new Uint8Array(32);
    const size = CHART_LIMITS.packedBytesMax - 1;
    const packed = { kind: 'packed', bodies: [{ digest, size }], bytes: new Uint8Array(size) };
    const batch = { objects: [manifest, packed] } as vault.ObjectBatch;
    const { objects } = vault.ObjectBatch.decode(vault.ObjectBatch.encode(batch));
    expect(objects.map(({ bytes }) => bytes.length)).toEqual([manifest.bytes.length, size]);
  });
});
