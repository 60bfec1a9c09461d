import type { SandboxFunctions } from './functions.ts';

type Tags = Readonly<Record<string, string>>;

/** The functions that a sandbox starts with; keys of tags without the registrator's prefix. */
export const initialFunctions: Readonly<Record<string, Tags>> = {
  orders: { enabled: 'true' },
  billing: { enabled: 'true', 'service-tags': 'v2+team-finance' },
  invoices: { enabled: 'true', 'invocation-mode': 'ASYNCHRONOUS' },
  checkout: { enabled: 'true', aliases: 'live+canary' },
  catalog: { enabled: 'true', 'route-host': 'shop.example.com', 'route-path': '/catalog' },
  search: { enabled: 'true', 'payload-passthrough': 'true' },
  'image-resizer': { enabled: 'true', 'service-name': 'images' },
  reports: { enabled: 'false' },
  'nightly-cleanup': { enabled: 'false' },
  thumbnails: {},
  'legacy-import': { enabled: 'true', 'invocation-mode': 'sometimes' },
  payments: { enabled: 'true' },
};

/** A service that somebody else runs under the name of one of these functions. */
export const foreignService = {
  Node: 'vm-7',
  Address: '10.0.0.7',
  Service: { Service: 'payments', Port: 8080 },
};

export interface Step {
  title: string;
  change(functions: SandboxFunctions): Promise<void>;
}

/** What the demonstration does after the first full sync. */
export const steps: readonly Step[] = [
  {
    title: 'Function recommendations is created, tagged',
    change: (functions) => functions.create('recommendations', { enabled: 'true' }),
  },
  {
    title: 'Function thumbnails is tagged',
    change: (functions) => functions.tag('thumbnails', { enabled: 'true' }),
  },
  {
    title: 'Function search loses its tag',
    change: (functions) => functions.untag('search', ['enabled']),
  },
  {
    title: 'Function checkout gets other aliases: live and beta in place of live and canary',
    change: (functions) => functions.tag('checkout', { aliases: 'live+beta' }),
  },
  {
    title: 'Function billing is deleted',
    change: (functions) => functions.remove('billing'),
  },
];

/** What it does where there is a second datacenter. */
export const datacenterSteps: readonly Step[] = [
  {
    title: 'Function orders is tagged datacenter=dc2, and moves there',
    change: (functions) => functions.tag('orders', { datacenter: 'dc2' }),
  },
  {
    title: 'Function orders loses that tag, and moves back',
    change: (functions) => functions.untag('orders', ['datacenter']),
  },
];
