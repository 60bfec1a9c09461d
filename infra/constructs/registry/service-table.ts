import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { Construct } from 'constructs';
import type { registryInputs } from '../../inputs/registry.ts';
import type { ValuesOf } from '../../values/inputs.ts';

/** The registry's table: one item a service and one a host, as the program reads and writes them. */
export class ServiceTable extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, settings: ValuesOf<typeof registryInputs>) {
    super(scope, id);
    const table = new DynamodbTable(this, 'table', {
      name: settings.name,
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'pk',
      rangeKey: 'sk',
      attribute: [
        { name: 'pk', type: 'S' },
        { name: 'sk', type: 'S' },
      ],
      ttl: { attributeName: 'expires', enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: settings.tableKmsKeyArn },
      deletionProtectionEnabled: settings.deletionProtection,
      tags: settings.tags,
    });
    this.name = table.name;
    this.arn = table.arn;
  }
}
