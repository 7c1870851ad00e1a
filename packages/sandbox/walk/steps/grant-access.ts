import { demand, type Proof, type Step } from '../step.ts';

const DAY_SECONDS = 24 * 3600;
const GRANT_DAYS = 30;
const OPENINGS_MAX = 20;

/** Step 5: treatment, 30 days, at most 20 openings. */
export const grantAccess: Step = {
  number: 5,
  title:
    'The patient grants B one chart for treatment, ' +
    `${GRANT_DAYS} days, ${OPENINGS_MAX} openings`,
  async run(state): Promise<Proof> {
    const { wallet, sharedKind } = state;
    const made = await wallet.consent.grant({
      chart: sharedKind,
      grantee: state.id('hospital-b'),
      purposes: ['TREAT'],
      until: wallet.connection.now() + GRANT_DAYS * DAY_SECONDS,
      openingsMax: OPENINGS_MAX,
    });
    state.leaf = made.leaf;
    const { current } = await wallet.charts.view(sharedKind);
    state.oldHeader = current.bytes;
    const { grants } = await state.hospitalB.ward.access.collect();
    demand(grants === 1, 'hospital B found the envelope in its inbox');
    const seen = await state.hospitalB.ward.access.list(made.leaf);
    const all = state.sharedUnits.length;
    demand(seen.length === all, `B sees captions of ${seen.length} units of ${all}`);
    return {
      proof:
        `the ${sharedKind} chart; the roster of header ${current.header.version} holds one leaf ` +
        'more, the ledger shows a slot and nothing else; ' +
        `B reads captions of ${seen.length} units, no record`,
    };
  },
};
