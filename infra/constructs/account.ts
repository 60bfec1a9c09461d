import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition/index.js';
import { DataAwsRegion } from '@cdktf/provider-aws/lib/data-aws-region/index.js';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';

/** The account and region that everything is made in, for ARNs that name them. */
export class Account extends Construct {
  readonly id: string;
  readonly region: string;
  private readonly partition: DataAwsPartition;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.id = new DataAwsCallerIdentity(this, 'current').accountId;
    this.partition = new DataAwsPartition(this, 'partition');
    // `id` is the region's name in every version of the provider; `name` is deprecated in 6, `region` missing in 5.
    this.region = new DataAwsRegion(this, 'region').id;
  }

  /** ARN of something of this account and region. */
  arn(service: string, resource: string): string {
    return `arn:${this.partition.partition}:${service}:${this.region}:${this.id}:${resource}`;
  }

  /** ARNs of something in every region of these accounts. */
  arnsIn(accountIds: string[], service: string, resource: string): string[] {
    const arnIn = (id: string) => `arn:${this.partition.partition}:${service}:*:${id}:${resource}`;
    if (!Token.isUnresolved(accountIds)) return accountIds.map(arnIn);
    return Token.asList(Fn.formatlist(arnIn('%s'), [accountIds]));
  }

  /** As `kms:ViaService` names a service of this region. */
  viaService(service: string): string {
    return `${service}.${this.region}.${this.partition.dnsSuffix}`;
  }
}
