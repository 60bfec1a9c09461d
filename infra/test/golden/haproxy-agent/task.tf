data "aws_iam_policy_document" "task_trust" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    condition {
      test = "ArnLike"
      values = [
        "arn:${data.aws_partition.account_partition.partition}:ecs:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:*",
      ]
      variable = "aws:SourceArn"
    }

    condition {
      test     = "StringEquals"
      values   = [data.aws_caller_identity.account_current.account_id]
      variable = "aws:SourceAccount"
    }

    principals {
      identifiers = ["ecs-tasks.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "task_permission" {
  count = var.read_cloud_map ? 1 : 0

  statement {
    sid       = "ListCloudMap"
    actions   = ["servicediscovery:ListNamespaces", "servicediscovery:ListServices"]
    resources = ["*"]
  }

  statement {
    sid = "ReadCloudMap"
    actions = [
      "servicediscovery:DiscoverInstances",
      "servicediscovery:DiscoverInstancesRevision",
      "servicediscovery:GetInstancesHealthStatus",
      "servicediscovery:ListInstances",
    ]
    resources = formatlist("arn:${data.aws_partition.account_partition.partition}:servicediscovery:*:%s:*", concat([data.aws_caller_identity.account_current.account_id], var.cloud_map_account_ids))
  }
}

data "aws_iam_policy_document" "task_start" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.account_partition.partition}:logs:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:log-group:${coalesce(var.log_group_name, "/ecs/${var.name}")}:*",
    ]
  }

  dynamic "statement" {
    for_each = (var.image_repository_arn != null) ? [1] : []

    content {
      sid       = "EnterRegistry"
      actions   = ["ecr:GetAuthorizationToken"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = (var.image_repository_arn != null) ? [1] : []

    content {
      sid       = "ReadImage"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = [var.image_repository_arn]
    }
  }

  dynamic "statement" {
    for_each = (length([for value in local.task_secret_arns : regex("^(arn:[a-z0-9-]+:ssm:.+)$", value)[0] if can(regex("^(arn:[a-z0-9-]+:ssm:.+)$", value))]) >= 1) ? [1] : []

    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameters"]
      resources = [for value in local.task_secret_arns : regex("^(arn:[a-z0-9-]+:ssm:.+)$", value)[0] if can(regex("^(arn:[a-z0-9-]+:ssm:.+)$", value))]
    }
  }

  dynamic "statement" {
    for_each = (length([for value in local.task_secret_arns : regex("^(arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:]+)", value)[0] if can(regex("^(arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:]+)", value))]) >= 1) ? [1] : []

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [for value in local.task_secret_arns : regex("^(arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:]+)", value)[0] if can(regex("^(arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:]+)", value))]
    }
  }

  dynamic "statement" {
    for_each = (length(var.secret_kms_key_arns) >= 1) ? [1] : []

    content {
      sid       = "Decrypt"
      actions   = ["kms:Decrypt"]
      resources = var.secret_kms_key_arns

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values = [
          "secretsmanager.${data.aws_region.account_region.id}.${data.aws_partition.account_partition.dns_suffix}",
          "ssm.${data.aws_region.account_region.id}.${data.aws_partition.account_partition.dns_suffix}",
        ]
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "task_log" {
  count             = var.create_log_group ? 1 : 0
  name              = coalesce(var.log_group_name, "/ecs/${var.name}")
  kms_key_id        = var.log_kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_iam_role" "task_role" {
  name                 = var.name
  assume_role_policy   = data.aws_iam_policy_document.task_trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role" "task_execution_role" {
  name                 = "${var.name}-execution"
  assume_role_policy   = data.aws_iam_policy_document.task_trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "task_permissions" {
  count  = var.read_cloud_map ? 1 : 0
  name   = var.name
  policy = data.aws_iam_policy_document.task_permission[0].json
  role   = aws_iam_role.task_role.id
}

resource "aws_iam_role_policy" "task_starting" {
  name   = var.name
  policy = data.aws_iam_policy_document.task_start.json
  role   = aws_iam_role.task_execution_role.id
}

resource "aws_ecs_task_definition" "task_definition" {
  container_definitions    = jsonencode(local.task_containers)
  cpu                      = var.cpu
  execution_role_arn       = aws_iam_role.task_execution_role.arn
  family                   = var.name
  memory                   = var.memory
  network_mode             = "awsvpc"
  requires_compatibilities = [var.capacity]
  tags                     = var.tags
  task_role_arn            = aws_iam_role.task_role.arn
  depends_on               = [aws_iam_role_policy.task_starting, aws_iam_role_policy.task_permissions]

  runtime_platform {
    cpu_architecture        = upper(var.arch)
    operating_system_family = "LINUX"
  }

  volume {
    name = "configuration"
  }

  lifecycle {
    precondition {
      condition     = !(var.port == 3000)
      error_message = "port must be another than 3000, where the agent is asked for its health."
    }

    precondition {
      condition     = !can(regex("^[Ss][Gg]-", var.name))
      error_message = "name must not begin with sg-, which names of security groups cannot."
    }

    precondition {
      condition     = length(var.subnet_ids) >= 1
      error_message = "subnet_ids must name at least one subnet, for example subnet_ids = [\"subnet-0abc\"]."
    }

    precondition {
      condition     = !(var.capacity == "FARGATE") || (((((((((var.cpu == 256) && contains(range(512, 513, 512), var.memory)) || ((var.cpu == 256) && contains(range(1024, 2049, 1024), var.memory))) || ((var.cpu == 512) && contains(range(1024, 4097, 1024), var.memory))) || ((var.cpu == 1024) && contains(range(2048, 8193, 1024), var.memory))) || ((var.cpu == 2048) && contains(range(4096, 16385, 1024), var.memory))) || ((var.cpu == 4096) && contains(range(8192, 30721, 1024), var.memory))) || ((var.cpu == 8192) && contains(range(16384, 61441, 4096), var.memory))) || ((var.cpu == 16384) && contains(range(32768, 122881, 8192), var.memory)))
      error_message = "cpu and memory must be a size that Fargate has, for example cpu = 512 with memory = 1024; 256 goes with 512 to 2048 MiB, 512 with 1024 to 4096, 1024 with 2048 to 8192, in whole GiB."
    }

    precondition {
      condition     = (var.capacity == "FARGATE") || !var.assign_public_ip
      error_message = "assign_public_ip needs capacity \"FARGATE\"; tasks on instances have no public addresses."
    }

    precondition {
      condition     = (length(setintersection(keys(var.environment), ["AWS_REGION", "BIND", "HEALTH_BIND", "ADMIN_BIND", "LOG_LEVEL", "TRUSTED_PROXIES"])) < 1) && (length(setintersection(keys(var.secrets), ["AWS_REGION", "BIND", "HEALTH_BIND", "ADMIN_BIND", "LOG_LEVEL", "TRUSTED_PROXIES"])) < 1)
      error_message = "environment and secrets must not have AWS_REGION, BIND, HEALTH_BIND, ADMIN_BIND, LOG_LEVEL, TRUSTED_PROXIES, set here already."
    }

    precondition {
      condition     = length(setintersection(keys(var.secrets), keys(var.environment))) < 1
      error_message = "environment and secrets must not have the same name; ECS refuses such tasks."
    }
  }
}
