import { describe, expect, it } from 'vitest';
import { Narrator, wrap } from './narrator.ts';
import type { Step, StepResult } from './step.ts';
import { counted } from './step.ts';

const STEP: Step = { number: 2, title: 'A thing is done', run: async () => ({ proof: '' }) };
const RESULT: StepResult = {
  step: 2,
  title: STEP.title,
  held: true,
  proof: 'one two three four five six seven',
  details: ['a detail'],
  durationMs: 1250,
};

function narrate(
  stage: { isTerminal: boolean; hasColour: boolean },
  tell: (narrator: Narrator) => void,
): string {
  let text = '';
  tell(new Narrator({ write: (piece) => (text += piece), columns: 30, ...stage }));
  return text;
}

describe('the narrator', () => {
  it('writes only finished steps where nobody watches', () => {
    const text = narrate({ isTerminal: false, hasColour: false }, (narrator) => {
      narrator.begin(STEP);
      narrator.progress(STEP, '1 of 2', 0.5);
      narrator.end(RESULT);
    });
    expect(text).toBe(
      '✔  2  A thing is done  1.3 s\n' +
        '      one two three four five\n      six seven\n      · a detail\n',
    );
  });

  it('draws a bar in one line of a terminal that the result replaces', () => {
    const text = narrate({ isTerminal: true, hasColour: false }, (narrator) => {
      narrator.progress(STEP, '1 of 2', 0.5);
      narrator.end(RESULT);
    });
    expect(text).toContain('████████████░░░░');
    expect(text).toContain('\r\u001b[K✔  2  A thing is done');
    for (const shown of text.split('\r\u001b[K')) {
      expect(shown.split('\n')[0]!.length).toBeLessThanOrEqual(30);
    }
  });

  it('breaks a title that is wider than the terminal under its beginning', () => {
    const title = 'Somebody with root on everything tries everything';
    const text = narrate({ isTerminal: false, hasColour: false }, (narrator) =>
      narrator.end({ ...RESULT, title }),
    );
    expect(text.split('\n').slice(0, 4)).toEqual([
      '✔  2  Somebody with',
      '      root on',
      '      everything tries',
      '      everything  1.3 s',
    ]);
  });

  it('marks a step that did not hold, in colour where there is one', () => {
    const plain = narrate({ isTerminal: false, hasColour: false }, (narrator) =>
      narrator.end({ ...RESULT, held: false, proof: 'did not hold: X' }),
    );
    expect(plain).toContain('✘  2');
    const painted = narrate({ isTerminal: false, hasColour: true }, (narrator) =>
      narrator.end({ ...RESULT, held: false }),
    );
    expect(painted).toContain('\u001b[31m✘\u001b[0m');
  });

  it('breaks lines between words and keeps every word', () => {
    const text = 'a longword bb ccc dddd';
    const lines = wrap(text, 6);
    expect(lines.join(' ')).toBe(text);
    expect(lines).toEqual(['a', 'longword', 'bb ccc', 'dddd']);
  });

  it('counts one thing and several things', () => {
    expect([0, 1, 2].map((n) => counted(n, 'unit'))).toEqual(['0 units', '1 unit', '2 units']);
  });
});
