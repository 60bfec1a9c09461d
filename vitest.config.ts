import { defineConfig } from 'vitest/config';

/** Suites that start Consul, HAProxy or other servers of their own, and so are few at a time. */
const withServers = ['test/**/*.consul.test.ts', 'test/**/*.haproxy.test.ts', 'test/e2e/**/*.test.ts'];

export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', AWS_EC2_METADATA_DISABLED: 'true' },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...withServers, 'test/contract/**'],
        },
      },
      { extends: true, test: { name: 'servers', include: withServers, testTimeout: 120_000 } },
      {
        extends: true,
        test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 60_000 },
      },
    ],
  },
});
