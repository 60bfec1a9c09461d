output "function_name" {
  value       = aws_lambda_function.registrator_function_A7BE4DED.function_name
  description = "Name of the function, also the dimension of its metrics."
}

output "function_arn" {
  value       = aws_lambda_function.registrator_function_A7BE4DED.arn
  description = "ARN of the function."
}

output "role_name" {
  value       = aws_iam_role.registrator_role_61FA92AD.name
  description = "Name of the role of the function."
}

output "role_arn" {
  value       = aws_iam_role.registrator_role_61FA92AD.arn
  description = "ARN of the role of the function."
}

output "dead_letter_queue_arn" {
  value       = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
  description = "ARN of the queue that keeps what could not be delivered or handled."
}

output "log_group_name" {
  value       = aws_cloudwatch_log_group.registrator_log_6E8B41AE.name
  description = "Name of the log group."
}

data "aws_caller_identity" "registrator_account_current_5E705A8B" {}

data "aws_partition" "registrator_account_partition_091DBCD9" {}

data "aws_region" "registrator_account_region_5BF23C3A" {}

data "aws_iam_policy_document" "registrator_trust_20B18311" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    principals {
      identifiers = ["lambda.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registrator_permission_3B93DBB4" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:logs:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:log-group:/aws/lambda/registrator:*",
    ]
  }

  statement {
    sid       = "FindFunctions"
    actions   = ["lambda:ListFunctions", "tag:GetResources"]
    resources = ["*"]
  }

  statement {
    sid     = "ReadTags"
    actions = ["lambda:ListTags"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:lambda:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:function:*",
    ]
  }

  statement {
    sid       = "KeepFailedEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn]
  }

  statement {
    sid     = "ReadCaCertificate"
    actions = ["ssm:GetParameter"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:ssm:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:parameter/consul/ca",
    ]
  }

  statement {
    sid     = "ReadToken"
    actions = ["ssm:GetParameter"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:ssm:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:parameter/consul/token",
    ]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = ["arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"]

    condition {
      test     = "StringEquals"
      values   = ["ssm.${data.aws_region.registrator_account_region_5BF23C3A.id}.${data.aws_partition.registrator_account_partition_091DBCD9.dns_suffix}"]
      variable = "kms:ViaService"
    }
  }

  statement {
    sid     = "KeepExtensionData"
    actions = ["ssm:DeleteParameter", "ssm:GetParameters", "ssm:PutParameter"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:ssm:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:parameter/consul/lambda/*",
    ]
  }

  statement {
    sid       = "EncryptExtensionData"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = ["arn:aws:kms:eu-central-1:123456789012:key/5678abcd-12ab-34cd-56ef-1234567890ab"]

    condition {
      test     = "StringEquals"
      values   = ["ssm.${data.aws_region.registrator_account_region_5BF23C3A.id}.${data.aws_partition.registrator_account_partition_091DBCD9.dns_suffix}"]
      variable = "kms:ViaService"
    }

    condition {
      test = "StringLike"
      values = [
        "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:ssm:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:parameter/consul/lambda/*",
      ]
      variable = "kms:EncryptionContext:PARAMETER_ARN"
    }
  }

  statement {
    sid     = "ReceiveEvents"
    actions = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:sqs:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:registrator-events",
    ]
  }

  statement {
    sid = "JoinVpc"
    actions = [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ]
    resources = ["*"]
  }

  statement {
    sid = "LeaveVpcToLambda"
    actions = [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ]
    effect    = "Deny"
    resources = ["*"]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:lambda:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:function:registrator",
      ]
      variable = "lambda:SourceFunctionArn"
    }
  }
}

resource "aws_cloudwatch_log_group" "registrator_log_6E8B41AE" {
  name              = "/aws/lambda/registrator"
  retention_in_days = 30
  tags = {
    team = "network"
  }
}

resource "aws_iam_role" "registrator_role_61FA92AD" {
  name               = "registrator"
  assume_role_policy = data.aws_iam_policy_document.registrator_trust_20B18311.json
  tags = {
    team = "network"
  }
}

resource "aws_iam_role_policy" "registrator_permissions_8EA30175" {
  name   = "registrator"
  policy = data.aws_iam_policy_document.registrator_permission_3B93DBB4.json
  role   = aws_iam_role.registrator_role_61FA92AD.id
}

resource "aws_lambda_function" "registrator_function_A7BE4DED" {
  architectures                  = ["arm64"]
  description                    = "Keeps Consul equal to the tags on Lambda functions"
  filename                       = "assets/zip/bundle/registrator.zip"
  function_name                  = "registrator"
  handler                        = "index.handler"
  memory_size                    = 512
  package_type                   = "Zip"
  reserved_concurrent_executions = -1
  role                           = aws_iam_role.registrator_role_61FA92AD.arn
  runtime                        = "nodejs22.x"
  source_code_hash               = filebase64sha256("assets/zip/bundle/registrator.zip")
  tags = {
    team = "network"
  }
  timeout    = 300
  depends_on = [aws_cloudwatch_log_group.registrator_log_6E8B41AE, aws_iam_role_policy.registrator_permissions_8EA30175]

  environment {
    variables = {
      CONSUL_HTTP_SSL               = "true"
      CONSUL_HTTP_ADDR              = "https://consul.example.com:8501"
      CONSUL_CACERT_PATH            = "/consul/ca"
      CONSUL_HTTP_TOKEN_PATH        = "/consul/token"
      DATACENTER                    = "dc1"
      PRIMARY_DATACENTER            = "dc1"
      ENTERPRISE                    = "true"
      PARTITIONS                    = "default,apps"
      TERMINATING_GATEWAY           = "terminating-gateway"
      CONSUL_EXTENSION_DATA_PREFIX  = "/consul/lambda"
      CONSUL_EXTENSION_DATA_TIER    = "Intelligent-Tiering"
      CONSUL_EXTENSION_DATA_KMS_KEY = "arn:aws:kms:eu-central-1:123456789012:key/5678abcd-12ab-34cd-56ef-1234567890ab"
      SYNC_PERIOD                   = "5"
      PREVIOUS_OWNER_IDS            = "123456789012/eu-central-1/functions"
      NODE_NAME                     = "lambdas"
      LOG_LEVEL                     = "info"
    }
  }

  vpc_config {
    security_group_ids = ["sg-1"]
    subnet_ids         = ["subnet-1", "subnet-2"]
  }

  lifecycle {

  }
}

resource "aws_lambda_function_event_invoke_config" "registrator_retries_ADA2F6BD" {
  function_name                = aws_lambda_function.registrator_function_A7BE4DED.function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
    }
  }
}

data "aws_iam_policy_document" "registrator_events_buffer_access_B161A2A3" {
  statement {
    sid       = "LambdaEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.registrator_events_buffer_queue_A45EF4FF.arn]

    condition {
      test     = "ArnEquals"
      values   = [aws_cloudwatch_event_rule.registrator_events_rule_E45FC0D2.arn]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["events.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registrator_events_dead-letters-access_E0194048" {
  statement {
    sid       = "UndeliveredEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn]

    condition {
      test     = "ArnEquals"
      values   = [aws_cloudwatch_event_rule.registrator_events_rule_E45FC0D2.arn]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["events.amazonaws.com"]
      type        = "Service"
    }
  }
}

resource "aws_sqs_queue" "registrator_events_buffer_queue_A45EF4FF" {
  name = "registrator-events"
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
    maxReceiveCount     = 5
  })
  sqs_managed_sse_enabled = true
  tags = {
    team = "network"
  }
  visibility_timeout_seconds = 1805
}

resource "aws_cloudwatch_event_rule" "registrator_events_rule_E45FC0D2" {
  name        = "registrator"
  description = "Changes of Lambda functions, their tags and aliases"
  event_pattern = jsonencode({
    source      = ["aws.lambda"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["lambda.amazonaws.com"]
      eventName = [
        { prefix = "CreateAlias" },
        { prefix = "CreateFunction" },
        { prefix = "DeleteAlias" },
        { prefix = "DeleteFunction" },
        { prefix = "TagResource" },
        { prefix = "UntagResource" },
        { prefix = "UpdateAlias" },
        { prefix = "UpdateFunctionConfiguration" },
      ]
    }
  })
  tags = {
    team = "network"
  }
}

resource "aws_sqs_queue_policy" "registrator_events_buffer_policy_8BA787FD" {
  policy    = data.aws_iam_policy_document.registrator_events_buffer_access_B161A2A3.json
  queue_url = aws_sqs_queue.registrator_events_buffer_queue_A45EF4FF.url
}

resource "aws_sqs_queue_policy" "registrator_events_dead-letters-policy_A6E9F096" {
  policy    = data.aws_iam_policy_document.registrator_events_dead-letters-access_E0194048.json
  queue_url = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.url
}

resource "aws_lambda_event_source_mapping" "registrator_events_buffer_batches_04A6EE2C" {
  batch_size                         = 100
  event_source_arn                   = aws_sqs_queue.registrator_events_buffer_queue_A45EF4FF.arn
  function_name                      = aws_lambda_function.registrator_function_A7BE4DED.arn
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_batching_window_in_seconds = 5

  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_cloudwatch_event_target" "registrator_events_target_F620AEBC" {
  arn  = aws_sqs_queue.registrator_events_buffer_queue_A45EF4FF.arn
  rule = aws_cloudwatch_event_rule.registrator_events_rule_E45FC0D2.name

  dead_letter_config {
    arn = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}

data "aws_iam_policy_document" "registrator_sync_trust_0FC10262" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:scheduler:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:schedule-group/registrator",
      ]
      variable = "aws:SourceArn"
    }

    condition {
      test     = "StringEquals"
      values   = [data.aws_caller_identity.registrator_account_current_5E705A8B.account_id]
      variable = "aws:SourceAccount"
    }

    principals {
      identifiers = ["scheduler.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registrator_sync_permission_B76CCEBE" {
  statement {
    sid       = "StartSync"
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.registrator_function_A7BE4DED.arn]
  }

  statement {
    sid       = "KeepLostStarts"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn]
  }
}

resource "aws_iam_role" "registrator_sync_role_0BCEBEE0" {
  assume_role_policy = data.aws_iam_policy_document.registrator_sync_trust_0FC10262.json
  name_prefix        = "registrator-scheduler-"
  tags = {
    team = "network"
  }
}

resource "aws_iam_role_policy" "registrator_sync_permissions_3511E848" {
  name   = "start-sync"
  policy = data.aws_iam_policy_document.registrator_sync_permission_B76CCEBE.json
  role   = aws_iam_role.registrator_sync_role_0BCEBEE0.id
}

resource "aws_scheduler_schedule_group" "registrator_sync_group_642E28F9" {
  name = "registrator"
  tags = {
    team = "network"
  }
}

resource "aws_scheduler_schedule" "registrator_sync_schedule_70773673" {
  name                = "sync"
  description         = "Full sync"
  group_name          = aws_scheduler_schedule_group.registrator_sync_group_642E28F9.name
  schedule_expression = "rate(5 minutes)"
  depends_on          = [aws_iam_role_policy.registrator_sync_permissions_3511E848]

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.registrator_function_A7BE4DED.arn
    role_arn = aws_iam_role.registrator_sync_role_0BCEBEE0.arn

    dead_letter_config {
      arn = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }
  }
}

data "aws_iam_policy_document" "registrator_trail_bucket-access_9228FE0B" {
  statement {
    sid       = "TrailReadsAcl"
    actions   = ["s3:GetBucketAcl"]
    resources = [aws_s3_bucket.registrator_trail_bucket_56BAA8B2.arn]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:cloudtrail:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:trail/registrator",
      ]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["cloudtrail.amazonaws.com"]
      type        = "Service"
    }
  }

  statement {
    sid     = "TrailWrites"
    actions = ["s3:PutObject"]
    resources = [
      "${aws_s3_bucket.registrator_trail_bucket_56BAA8B2.arn}/AWSLogs/${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}/*",
    ]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:cloudtrail:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:trail/registrator",
      ]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["cloudtrail.amazonaws.com"]
      type        = "Service"
    }
  }

  statement {
    sid       = "TlsOnly"
    actions   = ["s3:GetObject", "s3:PutObject"]
    effect    = "Deny"
    resources = ["${aws_s3_bucket.registrator_trail_bucket_56BAA8B2.arn}/*"]

    condition {
      test     = "Bool"
      values   = ["false"]
      variable = "aws:SecureTransport"
    }

    principals {
      identifiers = ["*"]
      type        = "*"
    }
  }
}

resource "aws_s3_bucket" "registrator_trail_bucket_56BAA8B2" {
  tags = {
    team = "network"
  }
}

resource "aws_s3_bucket_public_access_block" "registrator_trail_private_5449CEED" {
  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.registrator_trail_bucket_56BAA8B2.id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "registrator_trail_encryption_1344045E" {
  bucket = aws_s3_bucket.registrator_trail_bucket_56BAA8B2.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "registrator_trail_expiry_8BC072EE" {
  bucket = aws_s3_bucket.registrator_trail_bucket_56BAA8B2.id

  rule {
    id     = "expire"
    status = "Enabled"

    expiration {
      days = 90
    }

    filter {
      prefix = ""
    }
  }
}

resource "aws_s3_bucket_policy" "registrator_trail_bucket-policy_C688AD5E" {
  bucket = aws_s3_bucket.registrator_trail_bucket_56BAA8B2.id
  policy = data.aws_iam_policy_document.registrator_trail_bucket-access_9228FE0B.json
}

resource "aws_cloudtrail" "registrator_trail_B6B60B89" {
  name                          = "registrator"
  enable_log_file_validation    = true
  include_global_service_events = false
  s3_bucket_name                = aws_s3_bucket.registrator_trail_bucket_56BAA8B2.id
  tags = {
    team = "network"
  }
  depends_on = [aws_s3_bucket_policy.registrator_trail_bucket-policy_C688AD5E]

  event_selector {
    include_management_events = true
    read_write_type           = "WriteOnly"
  }
}

resource "aws_sqs_queue" "registrator_dead-letters_queue_CE9B6FDB" {
  name                      = "registrator-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags = {
    team = "network"
  }
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_errors_AB67523E" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "Runs of the registrator fail again and again."
  alarm_name          = "registrator-errors"
  comparison_operator = "GreaterThanThreshold"
  datapoints_to_alarm = 2
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 3
  metric_name        = "Errors"
  namespace          = "AWS/Lambda"
  ok_actions         = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period             = 300
  statistic          = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_dead-letters_1B481C21" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "Events were given up; look into the queue."
  alarm_name          = "registrator-dead-letters"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateNumberOfMessagesVisible"
  namespace          = "AWS/SQS"
  ok_actions         = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period             = 300
  statistic          = "Maximum"
  tags = {
    team = "network"
  }
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_no-sync_6A90FA0A" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "No complete sync in three periods of the schedule."
  alarm_name          = "registrator-no-sync"
  comparison_operator = "LessThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 3
  metric_name        = "SyncSucceeded"
  namespace          = "LambdaRegistrator"
  ok_actions         = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period             = 300
  statistic          = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 1
  treat_missing_data = "breaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_deletes-refused_B096CB6C" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "A sync would have deleted more than MAX_DELETE_PERCENT allows, and deleted nothing."
  alarm_name          = "registrator-deletes-refused"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 1
  metric_name        = "DeletesRefused"
  namespace          = "LambdaRegistrator"
  ok_actions         = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period             = 300
  statistic          = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_conflicts_93E8D577" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "Names are taken by services of somebody else; the report names them."
  alarm_name          = "registrator-conflicts"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 1
  metric_name        = "Conflicts"
  namespace          = "LambdaRegistrator"
  ok_actions         = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period             = 300
  statistic          = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_dashboard" "registrator_watch_dashboard_E76EB2B1" {
  dashboard_body = jsonencode({
    widgets = [
      {
        type   = "metric"
        x      = 0
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Complete syncs"
          region  = data.aws_region.registrator_account_region_5BF23C3A.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaRegistrator", "SyncSucceeded", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title  = "Managed services"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            [
              "LambdaRegistrator",
              "ManagedServices",
              "FunctionName",
              aws_lambda_function.registrator_function_A7BE4DED.function_name,
              { stat = "Maximum" },
            ],
          ]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Changes"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "Created", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "Updated", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "Deleted", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Not done"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "Skipped", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "Failed", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "Conflicts", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
            [
              "LambdaRegistrator",
              "DeletesRefused",
              "FunctionName",
              aws_lambda_function.registrator_function_A7BE4DED.function_name,
              { stat = "Maximum" },
            ],
            ["LambdaRegistrator", "Retryable", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 12
        width  = 12
        height = 6
        properties = {
          title  = "Calls"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "AwsCalls", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "ConsulCalls", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 12
        width  = 12
        height = 6
        properties = {
          title   = "Duration of runs"
          region  = data.aws_region.registrator_account_region_5BF23C3A.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaRegistrator", "Duration", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }]]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 18
        width  = 12
        height = 6
        properties = {
          title  = "Function"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/Lambda", "Invocations", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Errors", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Throttles", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 18
        width  = 12
        height = 6
        properties = {
          title  = "Dead letters"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            [
              "AWS/SQS",
              "ApproximateNumberOfMessagesVisible",
              "QueueName",
              aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.name,
              { stat = "Maximum" },
            ],
          ]
        }
      },
    ]
  })
  dashboard_name = "registrator"
}
