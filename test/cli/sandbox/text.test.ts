import { expect, it } from 'vitest';
import { painted } from '../../../src/cli/sandbox/telling.ts';
import { stayingUpText } from '../../../src/cli/sandbox/text.ts';
import { recordingTerminal } from '../../support/recording-terminal.ts';

it('prints a line for the AWS CLI that can reach nothing but the sandbox', () => {
  const aws = { region: 'eu-west-1', account: '123456789012' };
  const line = stayingUpText('http://127.0.0.1:4566', aws)
    .split('\n')
    .find((text) => text.includes(' aws '));
  for (const part of ['AWS_ACCESS_KEY_ID=sandbox', 'AWS_SECRET_ACCESS_KEY=sandbox'])
    expect(line).toContain(part);
  expect(line).toContain(' --endpoint-url http://127.0.0.1:4566 --region eu-west-1 ');
  expect(line).toContain('arn:aws:lambda:eu-west-1:123456789012:function:');
});

it.each([
  ['+ orders', 'green'],
  ['- orders in dc1', 'red'],
  ['! payments (conflict): …', 'cyan'],
  ['x legacy-import', 'red'],
  ['xenon', undefined],
  ['shop-1, shop-2', undefined],
])('shows the sign of %j in %s', (line, colour) => {
  const used: string[] = [];
  const paint = (name: string, text: string): string => {
    used.push(name);
    return text;
  };
  expect(painted(line, { ...recordingTerminal(), paint })).toBe(line);
  expect(used).toEqual(colour === undefined ? [] : [colour]);
});
