import { AppError } from '../../../src/core/errors.ts';
import { readRegistratorConfig, type RegistratorConfig } from '../../../src/registrator/config.ts';

const address = { CONSUL_HTTP_ADDR: 'consul.example.com:8501' };

/** The configuration of an environment with an address. */
export function read(env: Record<string, string> = {}): RegistratorConfig {
  return readRegistratorConfig({ ...address, ...env });
}

/** The problems of an environment that is not accepted; none of one that is. */
export function problemsOf(env: Record<string, string>): string[] {
  try {
    read(env);
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONFIG_INVALID')
      return error.message.split('\n- ').slice(1);
    throw error;
  }
  return [];
}
