import type { Random } from '../../../src/core/random.ts';
import { randomFaults } from '../aws/faults.ts';
import type { ApiCall } from '../../../src/sandbox/aws/api.ts';
import { functionArn } from '../aws/sandbox-aws.ts';
import type { Fault } from '../http/faulty-front.ts';
import { isOwners } from '../whole-system/account.ts';
import { pretendEmpty } from '../whole-system/empty-consul.ts';
import type { WholeSystem } from '../whole-system/system.ts';
import { pick } from './churn.ts';

/** Something that goes wrong: it begins, and gives what ends it. */
type Trouble = (system: WholeSystem, random: Random) => Promise<() => Promise<void> | void>;

/** Servers of Consul that have lost each other say this. */
const noLeader: Fault = { status: 500, body: 'rpc error making call: No cluster leader' };

/** What goes wrong in no request, so that whoever is asked for meanwhile answers. */
export const troubles: Readonly<Record<string, Trouble>> = {
  'AWS throttles and drops calls': async ({ account: { aws } }, random) => {
    const kinds = ['throttle', 'throttle', 'throttle', 'drop', 'server-error', 'lose-answer'] as const;
    const fault = randomFaults(random, 0.35, kinds);
    aws.faults.strike = (call) => (mayFail(call) ? fault(call) : undefined);
    return () => void (aws.faults.strike = () => undefined);
  },
  'AWS is away': async ({ account: { aws } }) => {
    aws.faults.strike = (call) => (mayFail(call) ? 'drop' : undefined);
    return () => void (aws.faults.strike = () => undefined);
  },
  'the index of tags forgets': async ({ account }) => {
    for (const name of account.wanted().slice(0, 50))
      account.aws.faults.staleIndex.set(functionArn(name), undefined);
    return () => account.aws.faults.staleIndex.clear();
  },
  'calls of Consul fail, or their answers are lost': async ({ consul: { front } }, random) => {
    const faults = [noLeader, 'reset', 'lost', 'cut'] as const;
    front.fault = () => (random() < 0.2 ? pick(random, faults) : undefined);
    return () => void (front.fault = () => undefined);
  },
  'Consul seems to be empty': async ({ consul: { front } }) => pretendEmpty(front).end,
  "Consul's agent is started anew": async ({ consul: { agent } }) => {
    await agent.restart();
    return () => undefined;
  },
  "Consul's leader is lost": async ({ consul }) => {
    const leader = await consul.leader();
    await leader.kill();
    return () => leader.start();
  },
};

/** Calls of functions would fail requests, and those of owners the soak itself. */
function mayFail(call: ApiCall): boolean {
  return !isOwners(call) && !call.operation.startsWith('Invoke');
}
