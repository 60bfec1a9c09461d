/** Domains of the partitions that do not have `amazonaws.com`, by the beginning of their regions' names. */
const domains: readonly (readonly [regionPrefix: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
];

/**
 * Where a service is in a region (https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html).
 * @param host the first part of its name, such as `lambda`
 */
export function regionalEndpoint(host: string, region: string): string {
  const [, domain = 'amazonaws.com'] = domains.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return `https://${host}.${region}.${domain}`;
}
