import { Cloudtrail } from '@cdktf/provider-aws/lib/cloudtrail/index.js';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { Construct } from 'constructs';
import { type Decision, existsWhen } from '../../values/decision.ts';
import type { Account } from '../account.ts';
import { allowService, policyDocument, type Statement } from '../policy.ts';

interface TrailProps {
  readonly when: Decision;
  readonly account: Account;
  readonly name: string;
  readonly tags: Record<string, string>;
}

/** The events drive the registrator; what the bucket keeps is for auditors, this many days. */
const keepDays = 90;

/**
 * A trail of this region's writing management calls, without which EventBridge sees no Lambda events
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html).
 */
export class Trail extends Construct {
  constructor(scope: Construct, id: string, props: TrailProps) {
    super(scope, id);
    const { account, name, tags } = props;
    const exists = existsWhen(props.when);
    const bucket = new S3Bucket(this, 'bucket', { ...exists, tags });
    new S3BucketPublicAccessBlock(this, 'private', {
      ...exists,
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      ...exists,
      bucket: bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
    new S3BucketLifecycleConfiguration(this, 'expiry', {
      ...exists,
      bucket: bucket.id,
      rule: [{ id: 'expire', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: keepDays }] }],
    });
    const trailArn = account.arn('cloudtrail', `trail/${name}`);
    const policy = new S3BucketPolicy(this, 'bucket-policy', {
      ...exists,
      bucket: bucket.id,
      policy: policyDocument(
        this,
        'bucket-access',
        bucketAccess(bucket.arn, trailArn, account.id),
        props.when,
      ),
    });
    new Cloudtrail(this, 'trail', {
      ...exists,
      name,
      s3BucketName: bucket.id,
      enableLogFileValidation: true,
      includeGlobalServiceEvents: false,
      eventSelector: [{ readWriteType: 'WriteOnly', includeManagementEvents: true }],
      tags,
      dependsOn: [policy],
    });
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function bucketAccess(bucketArn: string, trailArn: string, account: string): Statement[] {
  const trail = { service: 'cloudtrail.amazonaws.com', source: trailArn };
  return [
    allowService({ ...trail, sid: 'TrailReadsAcl', actions: ['s3:GetBucketAcl'], resources: [bucketArn] }),
    allowService({
      ...trail,
      sid: 'TrailWrites',
      actions: ['s3:PutObject'],
      resources: [`${bucketArn}/AWSLogs/${account}/*`],
    }),
    {
      sid: 'TlsOnly',
      effect: 'Deny',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [`${bucketArn}/*`],
      principals: [{ type: '*', identifiers: ['*'] }],
      condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
    },
  ];
}
