data "aws_caller_identity" "account_current" {}

data "aws_partition" "account_partition" {}

data "aws_region" "account_region" {}

data "aws_iam_policy_document" "registry_trust" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    principals {
      identifiers = ["lambda.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registry_permission" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.account_partition.partition}:logs:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:log-group:${coalesce(var.log_group_name, "/aws/lambda/${var.name}")}:*",
    ]
  }

  statement {
    sid       = "KeepServices"
    actions   = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.services_table.arn]
  }

  dynamic "statement" {
    for_each = (var.table_kms_key_arn != null) ? [1] : []

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = [var.table_kms_key_arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["dynamodb.${data.aws_region.account_region.id}.${data.aws_partition.account_partition.dns_suffix}"]
      }
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

resource "aws_cloudwatch_log_group" "registry_log" {
  count             = var.create_log_group ? 1 : 0
  name              = coalesce(var.log_group_name, "/aws/lambda/${var.name}")
  kms_key_id        = var.log_kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_iam_role" "registry_role" {
  name                 = var.name
  assume_role_policy   = data.aws_iam_policy_document.registry_trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "registry_permissions" {
  name   = var.name
  policy = data.aws_iam_policy_document.registry_permission.json
  role   = aws_iam_role.registry_role.id
}

resource "aws_lambda_function" "registry_function" {
  architectures                  = [var.arch]
  description                    = "Turns container state into an HAProxy configuration"
  filename                       = (var.s3_bucket != null) ? null : "${path.module}/registry.zip"
  function_name                  = var.name
  handler                        = "index.handler"
  memory_size                    = var.memory_size
  package_type                   = "Zip"
  reserved_concurrent_executions = var.reserved_concurrent_executions
  role                           = aws_iam_role.registry_role.arn
  runtime                        = "nodejs22.x"
  s3_bucket                      = var.s3_bucket
  s3_key                         = var.s3_key
  s3_object_version              = var.s3_object_version
  source_code_hash               = (var.s3_bucket != null) ? null : filebase64sha256("${path.module}/registry.zip")
  tags                           = var.tags
  timeout                        = var.timeout
  depends_on                     = [aws_cloudwatch_log_group.registry_log, aws_iam_role_policy.registry_permissions]

  environment {
    variables = { for name, value in local.environment : name => value if value != null }
  }

  vpc_config {
    security_group_ids = var.security_group_ids
    subnet_ids         = var.subnet_ids
  }

  lifecycle {
    precondition {
      condition     = !(var.authorization == "jwt") || ((length(var.jwt_issuer) >= 1) && (length(var.jwt_audience) >= 1))
      error_message = "authorization \"jwt\" needs jwt_issuer and jwt_audience, for example jwt_issuer = \"https://id.example.com\" with jwt_audience = [\"registry\"]."
    }

    precondition {
      condition     = !(var.authorization == "jwt") || (var.api_type == "http")
      error_message = "authorization \"jwt\" needs api_type \"http\"; REST APIs take \"iam\" or \"none\"."
    }

    precondition {
      condition     = !(length(compact([var.tls_bind])) >= 1) || (length(compact([var.tls_cert])) >= 1)
      error_message = "tls_bind needs tls_cert, for example tls_bind = \":443\" with tls_cert = \"/etc/haproxy/certs\"."
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

locals {
  environment = {
    SERVICE_GRACE   = var.service_grace
    HOST_TTL        = var.host_ttl
    BIND            = var.bind
    TLS_BIND        = var.tls_bind
    TLS_CERT        = var.tls_cert
    STATS_BIND      = var.stats_bind
    LOG             = var.access_log
    TRUSTED_PROXIES = var.trusted_proxies
    NAMESERVERS     = var.nameservers
    DEFAULT_ANSWER  = var.default_answer
    BASE_PATH       = var.base_path
    BAD_CANDIDATES  = var.bad_candidates
    TABLE_NAME      = aws_dynamodb_table.services_table.name
    TABLES          = (length(join(",", var.tables)) >= 1) ? join(",", var.tables) : null
    LOG_LEVEL       = var.log_level
  }
  authorization = var.authorization
}

check "authorization" {
  assert {
    condition     = local.authorization != "none"
    error_message = "authorization is \"none\": anyone who knows the URL of ${var.name} reads and changes its services; take \"iam\" or \"jwt\"."
  }
}
