import type { Action, Choice, PromotionPlan } from '@ward/ledger/schema';
import type { AccountId, Ed25519KeyPair } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import type { KeyService } from '../key-service/key-service.ts';
import { type Application, applicationOf } from './application.ts';
import {
  addServiceKey,
  admitOrganisation,
  nameSuccessor,
  reinstateOrganisation,
  suspendOrganisation,
  updateOrganisation,
} from './govern.ts';
import { type PromotionOptions, planPromotion, promoteNetwork } from './promote-network.ts';
import { propose, proposeAdmission, vote } from './propose.ts';
import { type ProposalsOptions, readProposal, readProposals } from './read-proposals.ts';
import { isGoverned, readRelease, readRules } from './read-rules.ts';
import { readStake, readStakes, readValidators } from './read-validators.ts';
import { bondStake, registerValidator, unbondStake, unjailValidator } from './validate.ts';

/** What anyone may read of how a network is governed; all of it is proved. */
export function networkReads(connection: Connection) {
  return {
    /** The members govern it, by vote; else a registrar does. */
    isGoverned: () => isGoverned(connection),
    /** By what the members decide, and whether they halted the network. */
    rules: () => readRules(connection),
    /** Which software executes the ledger, and what is planned. */
    release: () => readRelease(connection),
    proposals: (options: ProposalsOptions = {}) => readProposals(options, connection),
    /** One of them, with who voted how. */
    proposal: (number: number) => readProposal(number, connection),
    validators: () => readValidators(connection),
    /** By what the ledger would go on as a network of its members and those that come. */
    planPromotion: (options: PromotionOptions) => planPromotion(options, connection),
    /** All stake, and whose it is. */
    stakes: () => readStakes(connection),
    stake: (organisation: AccountId) => readStake(organisation, connection),
  };
}
export type NetworkReads = ReturnType<typeof networkReads>;

/** What an organisation does in its network, as its officer. */
export function networkActions(service: KeyService, connection: Connection) {
  return {
    ...networkReads(connection),
    /** What the organisation applies with. */
    application: (profile: Parameters<typeof applicationOf>[1]) => applicationOf(service, profile),
    /** As a registrar; where the members govern, see `proposeAdmission`. */
    admit: (application: Application) => admitOrganisation(service, application, connection),
    update: (change: Parameters<typeof updateOrganisation>[1]) =>
      updateOrganisation(service, change, connection),
    nameSuccessor: (successor: AccountId | null) => nameSuccessor(service, successor, connection),
    addServiceKey: (publicKey: Uint8Array) => addServiceKey(service, publicKey, connection),
    suspend: (organisation: AccountId) => suspendOrganisation(service, organisation, connection),
    reinstate: (organisation: AccountId) =>
      reinstateOrganisation(service, organisation, connection),
    /** Ends this ledger, as an officer of its registrar: it goes on as the chain of the plan. */
    promote: (plan: PromotionPlan) => promoteNetwork(service, plan, connection),
    propose: (action: Action) => propose(service, action, connection),
    proposeAdmission: (application: Application) =>
      proposeAdmission(service, application, connection),
    vote: (proposal: number, choice: Choice) => vote(service, { proposal, choice }, connection),
    registerValidator: (keyPair: Ed25519KeyPair) => registerValidator(service, keyPair, connection),
    unjailValidator: () => unjailValidator(service, connection),
    bondStake: (amount: number) => bondStake(service, amount, connection),
    unbondStake: (amount: number) => unbondStake(service, amount, connection),
  };
}
