import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from '../module/expressions.ts';
import { only, registratorStack, textOf } from './support/configurations.ts';

const folder = new URL('../../fixtures/events/', import.meta.url);
const fixtures = readdirSync(folder).map((file): [string, JsonObject] => [
  file.replace(/\.json$/, ''),
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as JsonObject,
]);

const rule = JSON.parse(
  textOf(only(registratorStack(), 'aws_cloudwatch_event_rule')['event_pattern']),
) as Json;

/** What the forms of pattern mean that the rule uses: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
function matches(pattern: Json | undefined, value: Json | undefined): boolean {
  if (Array.isArray(pattern)) return pattern.some((item: Json) => matchesValue(item, value));
  return (
    isObject(pattern) &&
    isObject(value) &&
    Object.entries(pattern).every(([key, inner]) => matches(inner, value[key]))
  );
}

function matchesValue(pattern: Json, value: Json | undefined): boolean {
  if (!isObject(pattern)) return pattern === value;
  return typeof value === 'string' && value.startsWith(textOf(pattern['prefix']));
}

/** Calls after which something else may have to be registered, with and without their date and revision. */
const concerning =
  /^(Create|Delete)Function(\d{8}(v\d+)?)?$|^UpdateFunctionConfiguration(\d{8}(v\d+)?)?$|^(Create|Update|Delete)Alias(\d{8})?$|^(Tag|Untag)Resource(\d{8}(v\d+)?)?$/;

function concerns(event: JsonObject): boolean {
  const { source, detail } = event;
  return source === 'aws.lambda' && isObject(detail) && concerning.test(textOf(detail['eventName'] ?? ''));
}

describe('the rule of Lambda events', () => {
  it.each(fixtures.filter(([, event]) => concerns(event)))('lets %s through', (_, event) => {
    expect(matches(rule, event)).toBe(true);
  });

  it.each(fixtures.filter(([, event]) => event['source'] !== 'aws.lambda'))('holds back %s', (_, event) => {
    expect(matches(rule, event)).toBe(false);
  });

  it.each(fixtures.filter(([name]) => /^(publish-version|update-function-code)/.test(name)))(
    'holds back %s, which changes nothing that is registered',
    (_, event) => {
      expect(matches(rule, event)).toBe(false);
    },
  );

  it('knows every kind of call in a dated form', () => {
    const names = fixtures.filter(([, event]) => concerns(event)).map(([name]) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'create-alias',
        'create-function',
        'delete-alias',
        'delete-function',
        'tag-resource',
        'untag-resource',
        'update-alias',
        'update-function-configuration',
      ]),
    );
  });
});
