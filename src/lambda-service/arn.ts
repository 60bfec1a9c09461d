/** The parts of `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`. */
export interface FunctionArn {
  partition: string;
  region: string;
  account: string;
  functionName: string;
  /** Alias or version; absent from an unqualified ARN. */
  qualifier?: string;
}

/** Where a function lives: what its name alone does not say. */
export type FunctionHome = Pick<FunctionArn, 'partition' | 'region' | 'account'>;

/**
 * Aliases and versions, with the version that functions on managed instances have besides numbered ones
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-version-publishing.html).
 */
const qualifierForm = String.raw`\$LATEST(?:\.PUBLISHED)?|[A-Za-z0-9_-]{1,128}`;

/**
 * The shape that Lambda gives its ARNs, in every partition
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-FunctionName).
 */
const pattern = new RegExp(
  String.raw`^arn:(aws(?:-[a-z]+)*):lambda:([a-z]{2,4}(?:-[a-z]+)+-\d):(\d{12}):function:([A-Za-z0-9_-]{1,64})(?::(${qualifierForm}))?$`,
);
const namePattern = new RegExp(
  String.raw`^((?:\d{12}:function:)?[A-Za-z0-9_-]{1,64})(?::(${qualifierForm}))?$`,
);
const qualifierPattern = new RegExp(`^(?:${qualifierForm})$`);

/** Whether this can be an alias or a version of a function. */
export function isQualifier(text: string): boolean {
  return qualifierPattern.test(text);
}

/**
 * Reads a function ARN; undefined for anything else, also for that of a Lambda@Edge replica, which has no tags of its
 * own ({@link isEdgeReplica}).
 */
export function parseFunctionArn(text: string): FunctionArn | undefined {
  const [, partition, region, account, functionName, qualifier] = pattern.exec(text) ?? [];
  if (partition === undefined || region === undefined || account === undefined) return undefined;
  if (functionName === undefined) return undefined;
  return { partition, region, account, functionName, ...(qualifier === undefined ? {} : { qualifier }) };
}

/** A function as callers of Lambda name it. */
export interface FunctionReference {
  /** A name, partial ARN or ARN, without its qualifier. */
  readonly functionName: string;
  /** Of an ARN. */
  readonly region: string | undefined;
  readonly qualifier: string | undefined;
}

/**
 * Reads what the Invoke API takes for a function: a name, a partial ARN `<account>:function:<name>` or an ARN, each with
 * or without a qualifier (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-FunctionName);
 * undefined for anything else.
 */
export function parseFunctionReference(text: string): FunctionReference | undefined {
  const arn = parseFunctionArn(text);
  if (arn) return { functionName: unqualifiedArn(arn), region: arn.region, qualifier: arn.qualifier };
  const [, functionName, qualifier] = namePattern.exec(text) ?? [];
  return functionName === undefined ? undefined : { functionName, region: undefined, qualifier };
}

/** The ARN of the function itself, whose tags count for all of its aliases and versions. */
export function unqualifiedArn(arn: FunctionArn): string {
  return `arn:${arn.partition}:lambda:${arn.region}:${arn.account}:function:${arn.functionName}`;
}

/** The unqualified ARNs of the functions that `texts` name, each once; what is no function's ARN is left out. */
export function uniqueFunctionArns(texts: readonly string[]): string[] {
  const arns = texts.map(parseFunctionArn).filter((arn) => arn !== undefined);
  return [...new Set(arns.map(unqualifiedArn))];
}

/**
 * Whether a function's name, partial ARN or ARN is that of a replica: Lambda@Edge copies a function into other regions
 * and calls the copy `<region of the function>.<name>`
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-testing-debugging.html).
 */
export function isEdgeReplica(named: string): boolean {
  return /(?:^|:)[a-z]{2,4}(?:-[a-z]+)+-\d\.[A-Za-z0-9_-]+(?::[^:]*)?$/.test(named);
}

/** The ARN of one alias of a function. */
export function aliasArn(functionArn: string, alias: string): string {
  return `${functionArn}:${alias}`;
}
