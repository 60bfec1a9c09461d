import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/setup/chromium.ts';
import { emulatorsInstalled } from './scripts/setup/emulators.ts';

/** Suites that start Consul, HAProxy or other processes of their own, each in a worker of its own. */
const withServers = [
  'test/**/*.consul.test.ts',
  'test/**/*.haproxy.test.ts',
  'test/**/process.test.ts',
  'test/{e2e,proxy/workers}/**/*.test.ts',
];

/** What the registrator does, once more on a stand-in for a current Consul, since the one at hand may be old. */
const alsoOnStandIn = [
  'adoption/adoption',
  'interference/{drift,races}',
  'lifecycle/{guards,lifecycle,names,node}',
  'rights/acl',
].map((suites) => `test/registrator/${suites}.consul.test.ts`);

/** Suites that start moto or ministack, where `npm run test:contract` has installed them. */
const withEmulators = emulatorsInstalled() ? ['test/**/*.emulator.test.ts'] : [];

/** The contract suite against any other endpoint. */
const withEndpoint = process.env['AWS_CONTRACT_ENDPOINT'] ? ['test/contract/endpoint.test.ts'] : [];

/** The packages of infra are over 400 MB, so its tests run where its first `npm run synth` has installed them. */
const hasInfra = existsSync(new URL('infra/node_modules/cdktf', import.meta.url));
if (!hasInfra) console.log('The tests of infra are left out: `npm run synth` installs what they need.');

/** The product needs no browser, so that none is installed for its tests. */
const hasChromium = findChromium(process.env) !== undefined;
if (!hasChromium) {
  console.log('The tests of the status page are left out: they need Chromium, on PATH or in CHROMIUM_BIN.');
}

/** For every test; explorations begin at one place, so that a run finds today what it found yesterday. */
export const environment = {
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  AWS_EC2_METADATA_DISABLED: 'true',
  EXPLORATION_SEED: process.env['EXPLORATION_SEED'] || '1',
};

/** What every project is run with; one that extended this file would read it once more, and say everything again. */
const common = {
  env: environment,
  globalSetup: 'test/support/page/build.ts',
  testTimeout: 20_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    // Most suites wait for servers and processes, which would leave cores idle.
    maxWorkers: availableParallelism() + 2,
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          // A worker loads what its suites share once; none leaves anything behind in its module, which the next one has too.
          isolate: false,
          // There are more workers than cores.
          testTimeout: 60_000,
          include: ['test/**/*.test.ts'],
          exclude: [
            ...withServers,
            'test/soak/**',
            'test/contract/endpoint.test.ts',
            'test/**/*.emulator.test.ts',
            'test/**/*.browser.test.ts',
          ],
        },
      },
      {
        test: {
          ...common,
          name: 'servers',
          include: withServers,
          exclude: ['test/**/*.emulator.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...common,
          name: 'stand-in',
          include: alsoOnStandIn,
          env: { ...environment, CONSUL_STAND_IN: 'true' },
        },
      },
      ...(withEmulators.length + withEndpoint.length > 0
        ? [
            {
              test: {
                ...common,
                name: 'other-aws',
                include: [...withEmulators, ...withEndpoint],
                testTimeout: 120_000,
              },
            },
          ]
        : []),
      ...(hasChromium
        ? [
            {
              test: {
                ...common,
                name: 'browser',
                include: ['test/**/*.browser.test.ts'],
                testTimeout: 120_000,
                expect: { poll: { timeout: 15_000 } },
              },
            },
          ]
        : []),
      ...(hasInfra
        ? [
            {
              test: {
                ...common,
                name: 'infra',
                include: ['infra/test/**/*.test.ts'],
                exclude: emulatorsInstalled() ? [] : ['infra/test/**/*.emulator.test.ts'],
                testTimeout: 120_000,
                hookTimeout: 120_000,
              },
            },
          ]
        : []),
    ],
  },
});
