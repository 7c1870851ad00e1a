import {
  type Crypto,
  checkpointOrigin,
  cosign,
  formatNote,
  formatVerifierKey,
  parseNote,
  toHex,
  verifyCosignatures,
  witnessKeyId,
} from '@ward/protocol';
import type { VectorFile } from './vector-file.ts';

const NETWORK = new Uint8Array(32).fill(0x11);
const CHAIN = 'ward-vectors-1';
const TIME = 1_800_000_000;
const HEIGHT = 123_456;

/** Heads as witnesses cosign them, whose word counts, and texts that are no such notes. */
export function witnessVectors(crypto: Crypto): VectorFile {
  const keys = [1, 2].map((seed) => crypto.ed25519.keyPair(new Uint8Array(32).fill(seed)));
  const names = ['witness.example/one', 'witness.example/two'];
  const witnesses = keys.map(({ publicKey }, i) => ({ name: names[i]!, publicKey }));
  const origin = checkpointOrigin(NETWORK, CHAIN);
  const checkpoint = { origin, height: HEIGHT, hash: new Uint8Array(32).fill(0x22) };
  const [one, two] = [0, 1].map((i) =>
    cosign({ checkpoint, time: TIME + i }, { name: names[i]!, keyPair: keys[i]! }, crypto),
  ) as [string, string];
  const lines = [one, two].flatMap((note) => parseNote(note).signatures);
  const { text } = parseNote(one);
  const stranger = { name: 'stranger', keyId: 7, signature: new Uint8Array(72).fill(9) };
  const notes = {
    'one witness': one,
    'two witnesses': formatNote({ text, signatures: lines }),
    'a stranger beside a witness': formatNote({ text, signatures: [stranger, lines[1]!] }),
    'a line of another head': formatNote({
      text: text.replace(`${HEIGHT}`, `${HEIGHT + 1}`),
      signatures: lines,
    }),
    'a line under another name': one.replace(names[0]!, names[1]!),
  };
  const cosigned = Object.entries(notes).map(([name, note]) => {
    const height = name === 'a line of another head' ? HEIGHT + 1 : HEIGHT;
    const by = verifyCosignatures(note, witnesses, crypto).map(({ witness, time }) => ({
      witness,
      time,
    }));
    return { name, note, height, hash: toHex(checkpoint.hash), by };
  });
  const refused = [
    { name: 'no empty line', note: one.replace('\n\n', '\n') },
    { name: 'no signature', note: `${text}\n` },
    { name: 'a line of an extension', note: one.replace('\n\n', '\nmore\n\n') },
    { name: 'height zero', note: one.replace(`${HEIGHT}`, '0') },
    { name: 'a height with a zero before it', note: one.replace(`${HEIGHT}`, `0${HEIGHT}`) },
    { name: 'a hash that is too short', note: one.replace('IiIi', '') },
    { name: 'a hyphen for the dash', note: one.replace('\u2014', '-') },
    { name: 'the end is cut off', note: one.slice(0, -1) },
  ];
  const content = {
    ...{ network: toHex(NETWORK), chain: CHAIN, origin },
    witnesses: witnesses.map((witness) => ({
      name: witness.name,
      publicKey: toHex(witness.publicKey),
      keyId: witnessKeyId(witness, crypto),
      verifierKey: formatVerifierKey(witness, crypto),
    })),
    ...{ cosigned, refused },
  };
  return { path: 'protocol/witness.json', content };
}
