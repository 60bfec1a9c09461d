import type { Configuration } from '../haproxy/model.ts';
import { render } from '../haproxy/render.ts';
import { revisionOf } from '../haproxy/revision.ts';
import { layoutOf } from '../haproxy/running/layout.ts';
import { standaloneLayout } from '../haproxy/running/standalone.ts';
import type { Applier, AppliedState, ApplyListener } from './apply/api.ts';
import { createApplier } from './apply/applier.ts';
import { type ApplierOptions, type ApplierParts, filesIn } from './apply/options.ts';
import type { AgentConfig } from './config.ts';
import { createConfigurer, type Surroundings } from './configuration.ts';
import type { AgentModel } from './model/agent-model.ts';
import { createModeller, type SourceView } from './model/merge.ts';
import { modelRules } from './rules.ts';
import { localAddresses } from './surroundings/read.ts';

/** What becomes of what is believed. */
export interface Serving {
  /** Whoever brings it to HAProxy, or stands in for one. */
  readonly applier: Applier;
  /** Goes over to what is believed now. */
  serve(views: readonly SourceView[]): AgentModel;
  /** Goes over to a text that somebody else made of a whole configuration. */
  serveText(text: string): void;
  /** Another configuration counts from now on; what is believed is to be served anew. */
  follow(config: AgentConfig, around: Surroundings): void;
}

/** A model of what is believed, and the configuration that serves it. */
type Desire = (views: readonly SourceView[]) => { model: AgentModel; configuration: Configuration };

/** @param running what a HAProxy that runs here needs besides; nothing for a file that stands alone */
export function createDesire(
  config: AgentConfig,
  around: Surroundings,
  running: Parameters<typeof createConfigurer>[2] = {},
): Desire {
  const modeller = createModeller(modelRules(config, localAddresses()));
  const configure = createConfigurer(config, around, running);
  return (views) => {
    const model = modeller(views);
    return { model, configuration: configure(model) };
  };
}

/** What is believed is brought to a HAProxy; `listener` hears what comes of it. */
export function applying(
  config: AgentConfig,
  around: Surroundings,
  listener: ApplyListener,
  parts: ApplierParts,
): Serving {
  let current = config;
  const options: ApplierOptions = {
    get haproxy() {
      return current.haproxy;
    },
    get apply() {
      return current.apply;
    },
  };
  const applier = createApplier(options, listener, parts);
  const { dir, socket } = config.haproxy;
  const { map, states } = filesIn(dir);
  const desireOf = (now: AgentConfig, surroundings: Surroundings): Desire =>
    createDesire(now, surroundings, { socket, stateFile: states });
  let desire = desireOf(config, around);
  return {
    applier,
    serve: (views) => {
      const { model, configuration } = desire(views);
      applier.want(layoutOf(configuration, map));
      return model;
    },
    serveText: (text) => applier.want(standaloneLayout(text, socket, map)),
    follow: (next, surroundings) => {
      current = next;
      desire = desireOf(next, surroundings);
    },
  };
}

/** What is believed is printed as one file that stands alone, whenever that is another; nothing is written or started. */
export function printing(config: AgentConfig, around: Surroundings, print: (text: string) => void): Serving {
  let desire = createDesire(config, around);
  let printed: string | undefined;
  const show = (text: string): void => {
    if (text !== printed) print(text);
    printed = text;
  };
  return {
    applier: idleApplier(() => printed),
    serve: (views) => {
      const { model, configuration } = desire(views);
      show(render(configuration));
      return model;
    },
    serveText: show,
    follow: (next, surroundings) => {
      desire = createDesire(next, surroundings);
    },
  };
}

/** Without a HAProxy. */
function idleApplier(printed: () => string | undefined): Applier {
  const applied = (): AppliedState => {
    const text = printed();
    const revision = text === undefined ? undefined : revisionOf(text);
    return { revision, appliedAt: undefined, how: undefined, pending: false, rejected: undefined };
  };
  return {
    start: () => Promise.resolve(),
    want: () => {},
    settled: () => Promise.resolve(),
    haproxy: () => ({
      state: 'starting',
      version: undefined,
      mode: 'off',
      pid: undefined,
      reloads: 0,
      oldWorkers: 0,
    }),
    applied,
    answers: () => Promise.resolve(false),
    servers: () => Promise.resolve(new Map()),
    stop: () => Promise.resolve(),
  };
}
