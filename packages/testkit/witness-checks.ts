import {
  type Crypto,
  checkpointOrigin,
  formatVerifierKey,
  parseCheckpoint,
  parseHex,
  parseNote,
  parseVerifierKey,
  toHex,
  verifyCosignatures,
  witnessKeyId,
} from '@ward/protocol';
import { codeOf } from './refusals.ts';
import { same } from './same.ts';

/** The content of vectors/protocol/witness.json. */
export interface WitnessFile {
  network: string;
  chain: string;
  origin: string;
  witnesses: { name: string; publicKey: string; keyId: number; verifierKey: string }[];
  cosigned: {
    name: string;
    note: string;
    height: number;
    hash: string;
    by: { witness: string; time: number }[];
  }[];
  refused: { name: string; note: string }[];
}

/** Origins, key ids, cosigned heads with whose word counts, and texts that are no such notes. */
export function checkWitness(file: WitnessFile, crypto: Crypto): void {
  same('origin', checkpointOrigin(parseHex(file.network), file.chain), file.origin);
  const witnesses = file.witnesses.map(({ name, publicKey }) => ({
    name,
    publicKey: parseHex(publicKey),
  }));
  const ids = witnesses.map((witness) => witnessKeyId(witness, crypto));
  same(
    'key ids',
    ids,
    file.witnesses.map(({ keyId }) => keyId),
  );
  for (const [i, { verifierKey }] of file.witnesses.entries()) {
    same('verifier key', formatVerifierKey(witnesses[i]!, crypto), verifierKey);
    same('its name', parseVerifierKey(verifierKey, crypto).name, witnesses[i]!.name);
  }
  for (const { name, note, height, hash, by } of file.cosigned) {
    const checkpoint = parseCheckpoint(parseNote(note).text);
    same(`${name}: origin`, checkpoint.origin, file.origin);
    same(`${name}: head`, [checkpoint.height, toHex(checkpoint.hash)], [height, hash]);
    const found = verifyCosignatures(note, witnesses, crypto);
    const said = found.map(({ witness, time }) => ({ witness, time }));
    same(`${name}: by`, said, by);
  }
  for (const { name, note } of file.refused) {
    const code = codeOf(() => verifyCosignatures(note, witnesses, crypto));
    same(name, code, 'NOTE_INVALID');
  }
}
