export const formatNames = ['apigw-v2', 'function-url', 'apigw-v1', 'alb', 'envoy', 'raw'] as const;
export type FormatName = (typeof formatNames)[number];

/** How requests become events and answers become HTTP, as somebody chose it. */
export interface FormatChoice {
  readonly name: FormatName;
  /** `alb` alone. */
  readonly multiValueHeaders: boolean;
  /** `apigw-v2` alone. */
  readonly decodePath: boolean;
}
