import { collectBody, refuseProtocol, type WireAnswer } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { optional, origin } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import type { Session } from '../../frame/session.ts';

const OPS_DEFAULT = 'http://127.0.0.1:9464';

export const nodeStatus = defineCommand({
  name: 'status',
  summary: 'Whether a node of yours is alive, and ready for work',
  details:
    "Asks the operator's door of a node, vault or custodian. Exit status 3 when it is not ready. " +
    'What the ledger says stands in ward ledger status.',
  owner: 'nobody',
  options: { ops: optional(origin('where its operator reaches it'), OPS_DEFAULT) },
  async run({ options: { ops = OPS_DEFAULT } }, { platform }) {
    const { status, checks } = await readReadiness(ops, platform.transport);
    const isReady = status === 200;
    return {
      json: { ops, ready: isReady, checks },
      exitCode: isReady ? EXIT.ok : EXIT.unreachable,
      show: (screen) => {
        screen.line(
          isReady ? 'Alive and ready.' : 'Alive, and not ready.',
          isReady ? 'good' : 'bad',
        );
        screen.facts(
          Object.entries(checks).map(([name, holds]) => {
            const said = holds ? 'holds' : 'does not hold';
            return [printable(name), said, holds ? undefined : 'bad'] as const;
          }),
        );
      },
    };
  },
});

const PAGE_BYTES_MAX = 64 * 1024;

async function readReadiness(ops: string, transport: Session['platform']['transport']) {
  let answer: WireAnswer;
  try {
    const request = { method: 'GET' as const, target: '/readyz', headers: {}, body: null };
    answer = await transport(ops).send(request);
  } catch (cause) {
    throw Object.assign(refuseProtocol('SERVER_UNREACHABLE'), { cause });
  }
  const body = await collectBody(answer.body, PAGE_BYTES_MAX);
  return { status: answer.status, checks: checksOf(body ?? new Uint8Array(0)) };
}

/** What the operator's door says of each check; nothing where it says something else. */
function checksOf(body: Uint8Array): { readonly [name: string]: boolean } {
  try {
    const { checks } = JSON.parse(new TextDecoder().decode(body)) as { checks?: object };
    return Object.fromEntries(
      Object.entries(checks ?? {}).map(([name, holds]) => [name, holds === true]),
    );
  } catch {
    return {};
  }
}
