import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { render } from '../../../src/haproxy/render.ts';
import { haproxyFixtures } from '../../support/haproxy/fixtures.ts';

it.each(haproxyFixtures)('renders %s as its fixture shows', async (scenario, model) => {
  await expect(render(model)).toMatchFileSnapshot(resolve(`fixtures/haproxy/${scenario}.cfg`));
});
