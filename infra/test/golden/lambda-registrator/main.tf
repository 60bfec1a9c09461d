data "aws_caller_identity" "account_current" {}

data "aws_partition" "account_partition" {}

data "aws_region" "account_region" {}

data "aws_iam_policy_document" "registrator_trust" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    principals {
      identifiers = ["lambda.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registrator_permission" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.account_partition.partition}:logs:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:log-group:${coalesce(var.log_group_name, "/aws/lambda/${var.name}")}:*",
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
      "arn:${data.aws_partition.account_partition.partition}:lambda:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:function:*",
    ]
  }

  statement {
    sid       = "KeepFailedEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters_queue.arn]
  }

  dynamic "statement" {
    for_each = (length(local.ca_cert_path) >= 1) ? [1] : []

    content {
      sid     = "ReadCaCertificate"
      actions = ["ssm:GetParameter"]
      resources = [
        startswith(local.ca_cert_path, "arn:") ? local.ca_cert_path : "arn:${data.aws_partition.account_partition.partition}:ssm:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:parameter/${trimprefix(local.ca_cert_path, "/")}",
      ]
    }
  }

  dynamic "statement" {
    for_each = (length(local.http_token_path) >= 1) ? [1] : []

    content {
      sid     = "ReadToken"
      actions = ["ssm:GetParameter"]
      resources = [
        startswith(local.http_token_path, "arn:") ? local.http_token_path : "arn:${data.aws_partition.account_partition.partition}:ssm:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:parameter/${trimprefix(local.http_token_path, "/")}",
      ]
    }
  }

  dynamic "statement" {
    for_each = (length(var.parameter_kms_key_arns) >= 1) ? [1] : []

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = var.parameter_kms_key_arns

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["ssm.${data.aws_region.account_region.id}.${data.aws_partition.account_partition.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = (length(var.consul_extension_data_prefix) >= 1) ? [1] : []

    content {
      sid     = "KeepExtensionData"
      actions = ["ssm:DeleteParameter", "ssm:GetParameters", "ssm:PutParameter"]
      resources = [
        "arn:${data.aws_partition.account_partition.partition}:ssm:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:parameter/${trim(var.consul_extension_data_prefix, "/")}/*",
      ]
    }
  }

  dynamic "statement" {
    for_each = ((length(var.consul_extension_data_prefix) >= 1) && (var.extension_data_kms_key_arn != null)) ? [1] : []

    content {
      sid       = "EncryptExtensionData"
      actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
      resources = [var.extension_data_kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["ssm.${data.aws_region.account_region.id}.${data.aws_partition.account_partition.dns_suffix}"]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:PARAMETER_ARN"
        values = [
          "arn:${data.aws_partition.account_partition.partition}:ssm:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:parameter/${trim(var.consul_extension_data_prefix, "/")}/*",
        ]
      }
    }
  }

  dynamic "statement" {
    for_each = var.buffer_events ? [1] : []

    content {
      sid     = "ReceiveEvents"
      actions = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      resources = [
        "arn:${data.aws_partition.account_partition.partition}:sqs:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:${var.name}-events",
      ]
    }
  }

  dynamic "statement" {
    for_each = (length(var.subnet_ids) >= 1) ? [1] : []

    content {
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
  }

  dynamic "statement" {
    for_each = (length(var.subnet_ids) >= 1) ? [1] : []

    content {
      sid    = "LeaveVpcToLambda"
      effect = "Deny"
      actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"]

      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values = [
          "arn:${data.aws_partition.account_partition.partition}:lambda:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:function:${var.name}",
        ]
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "registrator_log" {
  count             = var.create_log_group ? 1 : 0
  name              = coalesce(var.log_group_name, "/aws/lambda/${var.name}")
  kms_key_id        = var.log_kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_iam_role" "registrator_role" {
  name                 = var.name
  assume_role_policy   = data.aws_iam_policy_document.registrator_trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "registrator_permissions" {
  name   = var.name
  policy = data.aws_iam_policy_document.registrator_permission.json
  role   = aws_iam_role.registrator_role.id
}

resource "aws_lambda_function" "registrator_function" {
  architectures                  = [var.arch]
  description                    = "Keeps Consul equal to the tags on Lambda functions"
  filename                       = (var.s3_bucket != null) ? null : "${path.module}/registrator.zip"
  function_name                  = var.name
  handler                        = "index.handler"
  memory_size                    = var.memory_size
  package_type                   = "Zip"
  reserved_concurrent_executions = var.reserved_concurrent_executions
  role                           = aws_iam_role.registrator_role.arn
  runtime                        = "nodejs22.x"
  s3_bucket                      = var.s3_bucket
  s3_key                         = var.s3_key
  s3_object_version              = var.s3_object_version
  source_code_hash               = (var.s3_bucket != null) ? null : filebase64sha256("${path.module}/registrator.zip")
  tags                           = var.tags
  timeout                        = var.timeout
  depends_on                     = [aws_cloudwatch_log_group.registrator_log, aws_iam_role_policy.registrator_permissions]

  environment {
    variables = { for name, value in local.environment : name => value if value != null }
  }

  vpc_config {
    security_group_ids = var.security_group_ids
    subnet_ids         = var.subnet_ids
  }

  lifecycle {
    precondition {
      condition     = local.consul_is_addressed
      error_message = "consul_http_addr must be a Consul address as host:port, http://host:port or https://host:port, with a path where there is one, for example consul_http_addr = \"https://consul.example.com:8501\"; a function reaches no unix socket, and credentials do not belong there: take consul_http_token_path."
    }

    precondition {
      condition     = !((length(var.consul_ca_cert_path) >= 1) && (length(var.ca_cert_path) >= 1))
      error_message = "consul_ca_cert_path and ca_cert_path are one input; give one, for example consul_ca_cert_path = \"/consul/ca\"."
    }

    precondition {
      condition     = !((length(var.consul_http_token_path) >= 1) && (length(var.http_token_path) >= 1))
      error_message = "consul_http_token_path and http_token_path are one input; give one, for example consul_http_token_path = \"/consul/token\"."
    }

    precondition {
      condition     = var.enterprise || can(regex("^(default(,default)*)?$", lower(join(",", var.partitions))))
      error_message = "partitions other than default need enterprise, since Consul Community has none, for example enterprise = true with partitions = [\"default\", \"apps\"]."
    }

    precondition {
      condition     = (!var.buffer_events || !(1 <= var.reserved_concurrent_executions)) || (var.buffer_maximum_concurrency <= var.reserved_concurrent_executions)
      error_message = "reserved_concurrent_executions below buffer_maximum_concurrency throttles batches into dead letters, so reserve more, for example reserved_concurrent_executions = 3 with buffer_maximum_concurrency = 2."
    }

    precondition {
      condition     = (length(var.subnet_ids) >= 1) == (length(var.security_group_ids) >= 1)
      error_message = "subnet_ids and security_group_ids belong together, for example subnet_ids = [\"subnet-0abc\"] with security_group_ids = [\"sg-0abc\"]."
    }

    precondition {
      condition     = (var.s3_bucket != null) == (var.s3_key != null)
      error_message = "s3_bucket and s3_key belong together, for example s3_bucket = \"releases\" with s3_key = \"function.zip\"."
    }
  }

  dynamic "logging_config" {
    for_each = (var.log_group_name != null) ? [1] : []

    content {
      log_format = "Text"
      log_group  = var.log_group_name
    }
  }
}

resource "aws_lambda_function_event_invoke_config" "retries" {
  function_name                = aws_lambda_function.registrator_function.function_name
  maximum_event_age_in_seconds = var.maximum_event_age_in_seconds
  maximum_retry_attempts       = var.maximum_retry_attempts

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters_queue.arn
    }
  }
}

locals {
  ca_cert_path    = replace((length(var.ca_cert_path) >= 1) ? var.ca_cert_path : var.consul_ca_cert_path, "/^([^/:]+/)/", "/$1")
  http_token_path = replace((length(var.http_token_path) >= 1) ? var.http_token_path : var.consul_http_token_path, "/^([^/:]+/)/", "/$1")
  environment = {
    CONSUL_HTTP_SSL               = (length(local.ca_cert_path) >= 1) ? "true" : var.consul_http_ssl
    CONSUL_HTTP_SSL_VERIFY        = var.consul_http_ssl_verify
    CONSUL_TLS_SERVER_NAME        = var.consul_tls_server_name
    OWNER_ID                      = var.owner_id
    SYNC_POLICY                   = var.sync_policy
    MAX_DELETE_PERCENT            = var.max_delete_percent
    SERVICE_PREFIX                = var.service_prefix
    SERVICE_DEFAULTS_FORMAT       = var.service_defaults_format
    ADOPT_UNOWNED                 = var.adopt_unowned
    CONCURRENCY                   = var.concurrency
    AWS_REQUESTS_PER_SECOND       = var.aws_requests_per_second
    PAGE_SIZE                     = var.page_size
    CONSUL_HTTP_ADDR              = var.consul_http_addr
    CONSUL_CACERT_PATH            = (length(local.ca_cert_path) >= 1) ? local.ca_cert_path : null
    CONSUL_HTTP_TOKEN_PATH        = (length(local.http_token_path) >= 1) ? local.http_token_path : null
    DATACENTER                    = (length(var.consul_datacenter) >= 1) ? var.consul_datacenter : null
    PRIMARY_DATACENTER            = (length(var.primary_datacenter) >= 1) ? var.primary_datacenter : null
    ENTERPRISE                    = var.enterprise ? "true" : null
    PARTITIONS                    = (length(join(",", var.partitions)) >= 1) ? join(",", var.partitions) : null
    TERMINATING_GATEWAY           = (length(var.terminating_gateway) >= 1) ? var.terminating_gateway : null
    CONSUL_EXTENSION_DATA_PREFIX  = (length(var.consul_extension_data_prefix) >= 1) ? var.consul_extension_data_prefix : null
    CONSUL_EXTENSION_DATA_TIER    = (length(var.consul_extension_data_tier) >= 1) ? var.consul_extension_data_tier : null
    CONSUL_EXTENSION_DATA_KMS_KEY = var.extension_data_kms_key_arn
    SYNC_PERIOD                   = var.sync_frequency_in_minutes
    PREVIOUS_OWNER_IDS            = (length(join(",", var.previous_owner_ids)) >= 1) ? join(",", var.previous_owner_ids) : null
    NODE_NAME                     = var.node_name
    LOG_LEVEL                     = var.log_level
  }
  consul_is_addressed = can(regex("^([Hh][Tt][Tt][Pp][Ss]?:\\/\\/)?(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(\\/[A-Za-z0-9._~!$&'()*+,;=:%-]+)*\\/?$", var.consul_http_addr))
}
