import { Outcome } from '@ward/ledger/schema';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { refuse } from '../../errors.ts';
import { encodeRefusal, SubmitAnswers } from './submit-answers.ts';
import { Settled } from './worker-messages.ts';

describe('answers of a socket', () => {
  const refusal = encodeRefusal(refuse('ENGINE_BUSY', { waiting: 70 }));

  it('come back as they were put in, many at once', () => {
    const committed = Array.from({ length: 3000 }, (_, frame) => ({
      ...{ frame, index: 2 * frame },
      refusal: frame % 7 === 0 ? refusal : null,
    }));
    const answers = { height: 12, committed, refused: [{ frame: 3000, refusal }] };
    expect(SubmitAnswers.decode(SubmitAnswers.encode(answers))).toEqual(answers);
    const settled = {
      height: 12,
      committed: committed.map(({ frame, ...rest }) => ({ token: frame, ...rest })),
      refused: [{ token: 5, refusal }],
    };
    expect(Settled.decode(Settled.encode(settled))).toEqual(settled);
  });

  it('tell a refusal before any block as blocks tell theirs', () => {
    expect(Outcome.decode(refusal).verdict).toEqual({
      ...{ kind: 'refused', message: null, code: 'ENGINE_BUSY' },
      data: [{ name: 'waiting', value: '70' }],
    });
    const plain = encodeRefusal(refuse('DISK_FULL'));
    expect(Outcome.decode(plain).verdict).toMatchObject({ code: 'DISK_FULL', data: [] });
  });

  it('have room for every code of the engine with its longest data', () => {
    const longest = Number.MAX_SAFE_INTEGER;
    const errors = [
      refuse('FRAME_INVALID', { size: longest, max: longest }),
      refuse('SIGNED_AHEAD', { height: longest, signed: longest }),
      refuse('STORAGE_DAMAGED', { segment: longest }),
    ];
    for (const error of errors) {
      const { verdict } = Outcome.decode(encodeRefusal(error));
      expect(verdict).toMatchObject({ kind: 'refused', code: error.code });
    }
  });

  it('are no answers with a refusal of no bytes, or a frame below zero', () => {
    const empty = [{ frame: 1, refusal: new Uint8Array(0) }];
    const negative = [{ frame: -1, refusal }];
    for (const refused of [empty, negative]) {
      const encode = () => SubmitAnswers.encode({ height: 1, committed: [], refused });
      expect(codeOf(encode)).toBe('FORMAT_RANGE');
    }
  });
});
