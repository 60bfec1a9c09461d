type Tags = Readonly<Record<string, string>>;

/** Of the sandbox's AWS. */
export const account = '123456789012';

/** The function that streams, and what leads to it. */
export const streamed = { functionName: 'countdown', host: 'shop.example.com', path: '/countdown' };

/** The functions that a sandbox starts with; keys of tags without the registrator's prefix. */
export const initialFunctions: Readonly<Record<string, Tags>> = {
  orders: { enabled: 'true' },
  billing: { enabled: 'true', 'service-tags': 'v2+team-finance' },
  invoices: { enabled: 'true', 'invocation-mode': 'ASYNCHRONOUS' },
  checkout: { enabled: 'true', aliases: 'live+canary' },
  [streamed.functionName]: { enabled: 'true', 'route-host': streamed.host, 'route-path': streamed.path },
  picture: { enabled: 'true', 'route-host': 'shop.example.com', 'route-path': '/pictures' },
  'image-resizer': { enabled: 'true', 'service-name': 'images' },
  echo: {},
  reports: { enabled: 'false' },
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
