import { createServer, type RequestListener, type Server } from 'node:http';
import { configure as codegenie } from '@codegenie/serverless-express';
import fastifyLambda from '@fastify/aws-lambda';
import { configure as vendia } from '@vendia/serverless-express';
import { getConnInfo, handle } from 'hono/aws-lambda';
import serverlessHttp from 'serverless-http';
import type { Handler } from '../../../src/sandbox/runtime/invocation.ts';
import { expressApp, fastifyApp, honoApp, honoListener } from './apps.ts';

/** The formats of events that all adapters here know. */
export const formats = ['apigw-v2', 'apigw-v1', 'alb'] as const;
export type EventFormat = (typeof formats)[number];

/** An application in two lives: as a server, and as a Lambda function by somebody's adapter. */
export interface Adapter {
  readonly name: string;
  /** The handler of a function. */
  readonly handler: () => Handler;
  /** The same application as a plain server that nobody listens to yet. */
  readonly server: () => Promise<Server>;
}

/** What must travel in base64: adapters have to be told, or bytes are lost inside the function. */
function isBinary(headers: Readonly<Record<string, unknown>>): boolean {
  const { 'content-encoding': encoding, 'content-type': type } = headers;
  return encoding !== undefined || !/^(text\/|application\/json)/.test(String(type));
}

const binarySettings = {
  isBinary: ({ headers }: { headers: Record<string, unknown> }): boolean => isBinary(headers),
};

/** Without a word about queries that cannot be decoded. */
const silent = (): void => {};
const log = { info: silent, debug: silent, error: silent, warn: silent, verbose: silent };

const onNode = (listener: () => RequestListener) => async (): Promise<Server> => createServer(listener());

export const adapters: readonly Adapter[] = [
  {
    name: 'serverless-http',
    handler: () => serverlessHttp(expressApp(), { binary: isBinary }),
    server: onNode(expressApp),
  },
  {
    name: '@vendia/serverless-express',
    handler: () => vendia({ app: expressApp(), binarySettings, log }),
    server: onNode(expressApp),
  },
  {
    name: '@codegenie/serverless-express',
    handler: () => codegenie({ app: expressApp(), binarySettings, log }),
    server: onNode(expressApp),
  },
  {
    name: '@fastify/aws-lambda',
    handler: () => fastifyLambda(fastifyApp(), { enforceBase64: ({ headers }) => isBinary(headers) }),
    server: async () => {
      const app = fastifyApp();
      await app.ready();
      return app.server;
    },
  },
  {
    name: 'hono/aws-lambda',
    handler: () => handle(honoApp(getConnInfo)),
    server: onNode(honoListener),
  },
];
