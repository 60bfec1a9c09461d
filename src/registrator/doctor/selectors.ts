import type { BasicSelector, FieldSelector, Selectors } from '../../aws/inspection/api.ts';

/** The record of a change of a function's tags, as far as selectors look at it. */
const record: Readonly<Record<string, string>> = {
  eventCategory: 'Management',
  readOnly: 'false',
  eventSource: 'lambda.amazonaws.com',
  eventName: 'TagResource20170331v2',
  eventType: 'AwsApiCall',
};

/**
 * Whether a trail records that a function's tags are changed
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html); one without selectors
 * records every management event.
 */
export function recordsTagging({ basic, advanced }: Selectors): boolean {
  if (basic.length === 0 && advanced.length === 0) return true;
  return (
    basic.some(takes) || advanced.some((conditions) => isManagement(conditions) && conditions.every(holds))
  );
}

function takes({ readWrite, management, withoutSources }: BasicSelector): boolean {
  return management && readWrite !== 'ReadOnly' && !withoutSources.includes(record['eventSource'] ?? '');
}

/** Data and network events name their category too. */
function isManagement(conditions: readonly FieldSelector[]): boolean {
  return conditions.some(({ field }) => field === 'eventCategory');
}

/** Who called is not known beforehand: some calls meet such a condition. */
function holds(condition: FieldSelector): boolean {
  const value = record[condition.field];
  if (value === undefined) return true;
  const { equals, startsWith, endsWith, notEquals, notStartsWith, notEndsWith } = condition;
  const isAny = (list: readonly string[], test: (text: string) => boolean): boolean =>
    list.length === 0 || list.some(test);
  return (
    isAny(equals, (text) => value === text) &&
    isAny(startsWith, (text) => value.startsWith(text)) &&
    isAny(endsWith, (text) => value.endsWith(text)) &&
    !notEquals.includes(value) &&
    !notStartsWith.some((text) => value.startsWith(text)) &&
    !notEndsWith.some((text) => value.endsWith(text))
  );
}
