import { App } from 'cdktf';
import { fileURLToPath } from 'node:url';
import { AgentStack, ProxyStack, RegistratorStack, RegistryStack } from './stacks/program-stack.ts';
import { readSettings } from './stacks/settings.ts';

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Synthesises a stack for every program that the settings file names, where cdktf.json and the CDKTF CLI expect it. */
function synthesise(settingsFile: string): void {
  const settings = readSettings(settingsFile);
  const bundles = pathOf('../dist');
  const app = new App({ outdir: process.env['CDKTF_OUTDIR'] ?? 'cdktf.out' });
  if (settings.registrator !== undefined) new RegistratorStack(app, 'lambda-registrator', settings, bundles);
  if (settings.registry !== undefined) new RegistryStack(app, 'lambda-registry', settings, bundles);
  if (settings.proxy !== undefined) new ProxyStack(app, 'lambda-proxy', settings);
  if (settings.agent !== undefined) new AgentStack(app, 'haproxy-agent', settings);
  app.synth();
  console.log(`Synthesised ${settingsFile} into ${app.outdir}/stacks.`);
}

try {
  synthesise(process.argv[2] ?? pathOf('settings.json'));
} catch (error) {
  if (!(error instanceof Error) || error.name !== 'InputError') throw error;
  console.error(error.message);
  process.exitCode = 78;
}
