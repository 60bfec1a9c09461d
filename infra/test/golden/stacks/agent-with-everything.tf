output "service_name" {
  value       = aws_ecs_service.agent_service_78DF7E6A.name
  description = "Name of the service of ECS."
}

output "task_definition_arn" {
  value       = aws_ecs_task_definition.agent_task_definition_BFCB473C.arn
  description = "ARN of the task definition, with its revision."
}

output "task_role_arn" {
  value       = aws_iam_role.agent_task_role_7AAB9AC1.arn
  description = "ARN of the role that the agent has."
}

output "execution_role_arn" {
  value       = aws_iam_role.agent_task_execution-role_CFA92912.arn
  description = "ARN of the role that ECS starts tasks with."
}

output "security_group_id" {
  value       = aws_security_group.agent_access_group_AD59D48B.id
  description = "Security group of the tasks, as for those that servers or Consul let in."
}

output "health_check_path" {
  value       = "/readyz"
  description = "Path that the target group asks for health."
}

output "health_check_port" {
  value       = "3000"
  description = "Port that it is asked on."
}

output "log_group_name" {
  value       = aws_cloudwatch_log_group.agent_task_log_A994A988.name
  description = "Name of the log group."
}

data "aws_caller_identity" "agent_account_current_DE1A35DF" {}

data "aws_partition" "agent_account_partition_8C74C96D" {}

data "aws_region" "agent_account_region_666A9739" {}

locals {
  agent_task_containers_E14AB92C = [
    {
      name       = "configuration"
      image      = "registry.example.com/haproxy-agent:1.0.0"
      essential  = false
      user       = "0"
      entryPoint = ["node", "-e"]
      command = [
        "for (const [name, text] of Object.entries(process.env)) if (name.startsWith('FILE_')) require('node:fs').writeFileSync(name.slice(5), text)",
      ]
      workingDirectory = "/etc/lambda-registrator"
      environment = [
        {
          name  = "FILE_configuration"
          value = "sources:\n  consul: { address: https://consul.example.com:8501 }\n"
        },
      ]
      secrets = []
      mountPoints = [
        {
          sourceVolume  = "configuration"
          containerPath = "/etc/lambda-registrator"
          readOnly      = false
        },
      ]
      readonlyRootFilesystem = true
      linuxParameters = {
        initProcessEnabled = true
        capabilities = {
          drop = ["ALL"]
        }
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.agent_task_log_A994A988.name
          awslogs-region        = element(split(":", aws_security_group.agent_access_group_AD59D48B.arn), 3)
          awslogs-stream-prefix = "agent"
          mode                  = "non-blocking"
          max-buffer-size       = "25m"
        }
      }
    },
    {
      name      = "agent"
      image     = "registry.example.com/haproxy-agent:1.0.0"
      essential = true
      command   = ["/etc/lambda-registrator/configuration"]
      dependsOn = [
        {
          containerName = "configuration"
          condition     = "SUCCESS"
        },
      ]
      environment = [
        {
          name  = "ADMIN_BIND"
          value = "127.0.0.1:9091"
        },
        {
          name  = "AWS_REGION"
          value = element(split(":", aws_security_group.agent_access_group_AD59D48B.arn), 3)
        },
        {
          name  = "BIND"
          value = ":8080"
        },
        {
          name  = "HEALTH_BIND"
          value = ":3000"
        },
        {
          name  = "LOG_LEVEL"
          value = "debug"
        },
        {
          name  = "NODE_OPTIONS"
          value = "--max-old-space-size=384"
        },
        {
          name  = "TRUSTED_PROXIES"
          value = "10.0.0.0/16,2001:db8::/32"
        },
      ]
      secrets = [
        {
          name      = "CONSUL_HTTP_TOKEN"
          valueFrom = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-a1b2c3:token::"
        },
        {
          name      = "PROM_PASSWD"
          valueFrom = "arn:aws:ssm:eu-central-1:123456789012:parameter/metrics"
        },
      ]
      mountPoints = [
        {
          sourceVolume  = "configuration"
          containerPath = "/etc/lambda-registrator"
          readOnly      = true
        },
      ]
      portMappings = [
        {
          containerPort = 8080
          hostPort      = 8080
          protocol      = "tcp"
        },
        {
          containerPort = 3000
          hostPort      = 3000
          protocol      = "tcp"
        },
      ]
      healthCheck = {
        command     = ["CMD", "node", "-e", "fetch('http://127.0.0.1:9091/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
        interval    = 10
        timeout     = 5
        retries     = 3
        startPeriod = 60
      }
      stopTimeout            = 60
      readonlyRootFilesystem = false
      ulimits = [
        {
          name      = "nofile"
          softLimit = 65536
          hardLimit = 65536
        },
      ]
      linuxParameters = {
        initProcessEnabled = true
        capabilities = {
          drop = ["ALL"]
        }
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.agent_task_log_A994A988.name
          awslogs-region        = element(split(":", aws_security_group.agent_access_group_AD59D48B.arn), 3)
          awslogs-stream-prefix = "agent"
          mode                  = "non-blocking"
          max-buffer-size       = "25m"
        }
      }
    },
  ]
}

data "aws_iam_policy_document" "agent_task_trust_578F72B8" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    condition {
      test = "ArnLike"
      values = [
        "arn:${data.aws_partition.agent_account_partition_8C74C96D.partition}:ecs:${data.aws_region.agent_account_region_666A9739.id}:${data.aws_caller_identity.agent_account_current_DE1A35DF.account_id}:*",
      ]
      variable = "aws:SourceArn"
    }

    condition {
      test     = "StringEquals"
      values   = [data.aws_caller_identity.agent_account_current_DE1A35DF.account_id]
      variable = "aws:SourceAccount"
    }

    principals {
      identifiers = ["ecs-tasks.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "agent_task_permission_74309BE0" {
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
    resources = [
      "arn:${data.aws_partition.agent_account_partition_8C74C96D.partition}:servicediscovery:*:${data.aws_caller_identity.agent_account_current_DE1A35DF.account_id}:*",
      "arn:${data.aws_partition.agent_account_partition_8C74C96D.partition}:servicediscovery:*:210987654321:*",
    ]
  }
}

data "aws_iam_policy_document" "agent_task_start_47887D02" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.agent_account_partition_8C74C96D.partition}:logs:${data.aws_region.agent_account_region_666A9739.id}:${data.aws_caller_identity.agent_account_current_DE1A35DF.account_id}:log-group:/ecs/agent:*",
    ]
  }

  statement {
    sid       = "EnterRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "ReadImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:aws:ecr:eu-central-1:123456789012:repository/programs"]
  }

  statement {
    sid       = "ReadParameters"
    actions   = ["ssm:GetParameters"]
    resources = ["arn:aws:ssm:eu-central-1:123456789012:parameter/metrics"]
  }

  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-a1b2c3"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = ["arn:aws:kms:eu-central-1:123456789012:key/9abcabcd-12ab-34cd-56ef-1234567890ab"]

    condition {
      test = "StringEquals"
      values = [
        "secretsmanager.${data.aws_region.agent_account_region_666A9739.id}.${data.aws_partition.agent_account_partition_8C74C96D.dns_suffix}",
        "ssm.${data.aws_region.agent_account_region_666A9739.id}.${data.aws_partition.agent_account_partition_8C74C96D.dns_suffix}",
      ]
      variable = "kms:ViaService"
    }
  }
}

resource "aws_cloudwatch_log_group" "agent_task_log_A994A988" {
  name              = "/ecs/agent"
  retention_in_days = 30
  tags = {
    team = "network"
  }
}

resource "aws_iam_role" "agent_task_role_7AAB9AC1" {
  name               = "agent"
  assume_role_policy = data.aws_iam_policy_document.agent_task_trust_578F72B8.json
  tags = {
    team = "network"
  }
}

resource "aws_iam_role" "agent_task_execution-role_CFA92912" {
  name               = "agent-execution"
  assume_role_policy = data.aws_iam_policy_document.agent_task_trust_578F72B8.json
  tags = {
    team = "network"
  }
}

resource "aws_iam_role_policy" "agent_task_permissions_A54B2FD0" {
  name   = "agent"
  policy = data.aws_iam_policy_document.agent_task_permission_74309BE0.json
  role   = aws_iam_role.agent_task_role_7AAB9AC1.id
}

resource "aws_iam_role_policy" "agent_task_starting_6EE29833" {
  name   = "agent"
  policy = data.aws_iam_policy_document.agent_task_start_47887D02.json
  role   = aws_iam_role.agent_task_execution-role_CFA92912.id
}

resource "aws_ecs_task_definition" "agent_task_definition_BFCB473C" {
  container_definitions    = jsonencode(local.agent_task_containers_E14AB92C)
  cpu                      = "1024"
  execution_role_arn       = aws_iam_role.agent_task_execution-role_CFA92912.arn
  family                   = "agent"
  memory                   = "3000"
  network_mode             = "awsvpc"
  requires_compatibilities = ["EC2"]
  tags = {
    team = "network"
  }
  task_role_arn = aws_iam_role.agent_task_role_7AAB9AC1.arn
  depends_on    = [aws_iam_role_policy.agent_task_starting_6EE29833, aws_iam_role_policy.agent_task_permissions_A54B2FD0]

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "configuration"
  }

  lifecycle {

  }
}

resource "aws_security_group" "agent_access_group_AD59D48B" {
  name        = "agent"
  description = "Who may call the tasks of agent"
  tags = {
    team = "network"
  }
  vpc_id = "vpc-0abc"

  egress {
    cidr_blocks      = ["0.0.0.0/0"]
    description      = "AWS, Consul and whatever is behind it"
    from_port        = 0
    ipv6_cidr_blocks = ["::/0"]
    prefix_list_ids  = []
    protocol         = "-1"
    security_groups  = []
    self             = false
    to_port          = 0
  }

  ingress {
    description      = "Requests and checks of health"
    protocol         = "tcp"
    from_port        = 8080
    to_port          = 8080
    security_groups  = ["sg-0balancer"]
    cidr_blocks      = ["10.0.0.0/16"]
    ipv6_cidr_blocks = []
    prefix_list_ids  = []
    self             = false
  }

  ingress {
    description      = "Requests and checks of health"
    protocol         = "tcp"
    from_port        = 3000
    to_port          = 3000
    security_groups  = ["sg-0balancer"]
    cidr_blocks      = ["10.0.0.0/16"]
    ipv6_cidr_blocks = []
    prefix_list_ids  = []
    self             = false
  }
}

resource "aws_ecs_service" "agent_service_78DF7E6A" {
  name                               = "agent"
  cluster                            = "production"
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = 3
  health_check_grace_period_seconds  = 60
  launch_type                        = "EC2"
  propagate_tags                     = "SERVICE"
  tags = {
    team = "network"
  }
  task_definition = aws_ecs_task_definition.agent_task_definition_BFCB473C.arn

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  load_balancer {
    target_group_arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef"
    container_name   = "agent"
    container_port   = 8080
  }

  network_configuration {
    assign_public_ip = false
    security_groups  = ["sg-0own", aws_security_group.agent_access_group_AD59D48B.id]
    subnets          = ["subnet-0abc", "subnet-0def"]
  }

  service_registries {
    registry_arn = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-0abc"
  }
}

resource "aws_cloudwatch_log_metric_filter" "agent_watch_stale-sources_2622413F" {
  name           = "agent-stale-sources"
  log_group_name = aws_cloudwatch_log_group.agent_task_log_A994A988.name
  pattern        = "{ ($.msg = \"source stale\") && ($.age_s >= 60) }"

  metric_transformation {
    name          = "StaleSources"
    default_value = "0"
    namespace     = "HaproxyAgent/agent"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "agent_watch_rejected-configurations_A13A8E63" {
  name           = "agent-rejected-configurations"
  log_group_name = aws_cloudwatch_log_group.agent_task_log_A994A988.name
  pattern        = "{ $.msg = \"configuration rejected\" }"

  metric_transformation {
    name          = "RejectedConfigurations"
    default_value = "0"
    namespace     = "HaproxyAgent/agent"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "agent_watch_reloads_AE1C7805" {
  name           = "agent-reloads"
  log_group_name = aws_cloudwatch_log_group.agent_task_log_A994A988.name
  pattern        = "{ $.how = \"reload\" }"

  metric_transformation {
    name          = "Reloads"
    default_value = "0"
    namespace     = "HaproxyAgent/agent"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "agent_watch_runtime-changes_8DABE350" {
  name           = "agent-runtime-changes"
  log_group_name = aws_cloudwatch_log_group.agent_task_log_A994A988.name
  pattern        = "{ $.how = \"runtime\" }"

  metric_transformation {
    name          = "RuntimeChanges"
    default_value = "0"
    namespace     = "HaproxyAgent/agent"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "agent_watch_alarm_stale-source_7755131B" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "A source has not been read for over a minute; what it said before is served."
  alarm_name          = "agent-stale-source"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "StaleSources"
  namespace           = "HaproxyAgent/agent"
  ok_actions          = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period              = 300
  statistic           = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "agent_watch_alarm_rejected-configuration_7EB5E860" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "HAProxy refuses what sources ask for; the configuration before is served."
  alarm_name          = "agent-rejected-configuration"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "RejectedConfigurations"
  namespace           = "HaproxyAgent/agent"
  ok_actions          = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period              = 300
  statistic           = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "agent_watch_alarm_no-task_E883F82E" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "No task has run for five minutes."
  alarm_name          = "agent-no-task"
  comparison_operator = "LessThanThreshold"
  dimensions = {
    ClusterName = "production"
    ServiceName = "agent"
  }
  evaluation_periods = 5
  metric_name        = "CPUUtilization"
  namespace          = "AWS/ECS"
  ok_actions         = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period             = 60
  statistic          = "SampleCount"
  tags = {
    team = "network"
  }
  threshold          = 1
  treat_missing_data = "breaching"
}

resource "aws_cloudwatch_dashboard" "agent_watch_dashboard_2AD4F81B" {
  dashboard_body = jsonencode({
    widgets = [
      {
        type   = "metric"
        x      = 0
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Changes"
          region  = data.aws_region.agent_account_region_666A9739.id
          view    = "timeSeries"
          period  = 300
          metrics = [["HaproxyAgent/agent", "Reloads", { stat = "Sum" }], ["HaproxyAgent/agent", "RuntimeChanges", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Not done"
          region  = data.aws_region.agent_account_region_666A9739.id
          view    = "timeSeries"
          period  = 300
          metrics = [["HaproxyAgent/agent", "RejectedConfigurations", { stat = "Sum" }], ["HaproxyAgent/agent", "StaleSources", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Processor"
          region = data.aws_region.agent_account_region_666A9739.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/ECS", "CPUUtilization", "ClusterName", "production", "ServiceName", "agent", { stat = "Average" }],
            ["AWS/ECS", "CPUUtilization", "ClusterName", "production", "ServiceName", "agent", { stat = "Maximum" }],
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
          title  = "Memory"
          region = data.aws_region.agent_account_region_666A9739.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/ECS", "MemoryUtilization", "ClusterName", "production", "ServiceName", "agent", { stat = "Average" }],
            ["AWS/ECS", "MemoryUtilization", "ClusterName", "production", "ServiceName", "agent", { stat = "Maximum" }],
          ]
        }
      },
    ]
  })
  dashboard_name = "agent"
}
