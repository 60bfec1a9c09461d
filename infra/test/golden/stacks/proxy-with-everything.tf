output "service_name" {
  value       = aws_ecs_service.proxy_service_992F9C7C.name
  description = "Name of the service of ECS."
}

output "task_definition_arn" {
  value       = aws_ecs_task_definition.proxy_task_definition_FADD2E54.arn
  description = "ARN of the task definition, with its revision."
}

output "task_role_arn" {
  value       = aws_iam_role.proxy_task_role_38598455.arn
  description = "ARN of the role that the proxy has."
}

output "execution_role_arn" {
  value       = aws_iam_role.proxy_task_execution-role_3C4B3801.arn
  description = "ARN of the role that ECS starts tasks with."
}

output "security_group_id" {
  value       = aws_security_group.proxy_access_group_2EA2928A.id
  description = "Security group of the tasks, as for those that functions or Consul let in."
}

output "health_check_path" {
  value       = "/internal/healthz"
  description = "Path that the target group asks for health, on the port of requests."
}

output "log_group_name" {
  value       = aws_cloudwatch_log_group.proxy_task_log_0851036E.name
  description = "Name of the log group."
}

data "aws_caller_identity" "proxy_account_current_14C11745" {}

data "aws_partition" "proxy_account_partition_88F09A83" {}

data "aws_region" "proxy_account_region_D479A851" {}

locals {
  proxy_task_containers_5188DCD0 = [
    {
      name       = "configuration"
      image      = "registry.example.com/lambda-proxy:1.0.0"
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
          value = "aws:\n  - { hostname: shop.example.com, function_name: shop-web }\nconsul:\n  address: https://consul.example.com:8501\n  ca_file: /etc/lambda-registrator/consul_ca\n  token_file: /etc/lambda-registrator/consul_token\n\nhost: 0.0.0.0\nport: 8080\ninternal_route_prefix: internal\nadmin: { host: 127.0.0.1, port: 9090 }\n"
        },
      ]
      secrets = [
        {
          name      = "FILE_consul_ca"
          valueFrom = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-ca-a1b2c3"
        },
        {
          name      = "FILE_consul_token"
          valueFrom = "arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token"
        },
      ]
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
          awslogs-group         = aws_cloudwatch_log_group.proxy_task_log_0851036E.name
          awslogs-region        = element(split(":", aws_security_group.proxy_access_group_2EA2928A.arn), 3)
          awslogs-stream-prefix = "proxy"
          mode                  = "non-blocking"
          max-buffer-size       = "25m"
        }
      }
    },
    {
      name      = "proxy"
      image     = "registry.example.com/lambda-proxy:1.0.0"
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
          name  = "AWS_REGION"
          value = element(split(":", aws_security_group.proxy_access_group_2EA2928A.arn), 3)
        },
        {
          name  = "NODE_OPTIONS"
          value = "--max-old-space-size=384"
        },
      ]
      secrets = []
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
      ]
      healthCheck = {
        command     = ["CMD", "node", "-e", "fetch('http://127.0.0.1:9090/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
        interval    = 10
        timeout     = 5
        retries     = 3
        startPeriod = 60
      }
      stopTimeout            = 60
      readonlyRootFilesystem = true
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
          awslogs-group         = aws_cloudwatch_log_group.proxy_task_log_0851036E.name
          awslogs-region        = element(split(":", aws_security_group.proxy_access_group_2EA2928A.arn), 3)
          awslogs-stream-prefix = "proxy"
          mode                  = "non-blocking"
          max-buffer-size       = "25m"
        }
      }
    },
  ]
}

data "aws_iam_policy_document" "proxy_task_trust_C6EB4BE5" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    condition {
      test = "ArnLike"
      values = [
        "arn:${data.aws_partition.proxy_account_partition_88F09A83.partition}:ecs:${data.aws_region.proxy_account_region_D479A851.id}:${data.aws_caller_identity.proxy_account_current_14C11745.account_id}:*",
      ]
      variable = "aws:SourceArn"
    }

    condition {
      test     = "StringEquals"
      values   = [data.aws_caller_identity.proxy_account_current_14C11745.account_id]
      variable = "aws:SourceAccount"
    }

    principals {
      identifiers = ["ecs-tasks.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "proxy_task_permission_3743157C" {
  statement {
    sid     = "InvokeTaggedFunctions"
    actions = ["lambda:InvokeFunction"]
    resources = [
      "arn:aws:lambda:eu-central-1:123456789012:function:shop-*",
      "arn:aws:lambda:eu-central-1:123456789012:function:shop-*:*",
      "arn:aws:lambda:eu-central-1:123456789012:function:blog:prod",
    ]

    condition {
      test     = "StringEquals"
      values   = ["true"]
      variable = "aws:ResourceTag/serverless.consul.hashicorp.com/v1alpha1/lambda/enabled"
    }
  }

  statement {
    sid       = "AssumeRoles"
    actions   = ["sts:AssumeRole"]
    resources = ["arn:aws:iam::210987654321:role/invoke"]
  }
}

data "aws_iam_policy_document" "proxy_task_start_71A2BB7F" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.proxy_account_partition_88F09A83.partition}:logs:${data.aws_region.proxy_account_region_D479A851.id}:${data.aws_caller_identity.proxy_account_current_14C11745.account_id}:log-group:/ecs/proxy:*",
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
    resources = ["arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token"]
  }

  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:consul-ca-a1b2c3"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = ["arn:aws:kms:eu-central-1:123456789012:key/9abcabcd-12ab-34cd-56ef-1234567890ab"]

    condition {
      test = "StringEquals"
      values = [
        "secretsmanager.${data.aws_region.proxy_account_region_D479A851.id}.${data.aws_partition.proxy_account_partition_88F09A83.dns_suffix}",
        "ssm.${data.aws_region.proxy_account_region_D479A851.id}.${data.aws_partition.proxy_account_partition_88F09A83.dns_suffix}",
      ]
      variable = "kms:ViaService"
    }
  }
}

resource "aws_cloudwatch_log_group" "proxy_task_log_0851036E" {
  name              = "/ecs/proxy"
  retention_in_days = 30
  tags = {
    team = "network"
  }
}

resource "aws_iam_role" "proxy_task_role_38598455" {
  name               = "proxy"
  assume_role_policy = data.aws_iam_policy_document.proxy_task_trust_C6EB4BE5.json
  tags = {
    team = "network"
  }
}

resource "aws_iam_role" "proxy_task_execution-role_3C4B3801" {
  name               = "proxy-execution"
  assume_role_policy = data.aws_iam_policy_document.proxy_task_trust_C6EB4BE5.json
  tags = {
    team = "network"
  }
}

resource "aws_iam_role_policy" "proxy_task_permissions_00DBC831" {
  name   = "proxy"
  policy = data.aws_iam_policy_document.proxy_task_permission_3743157C.json
  role   = aws_iam_role.proxy_task_role_38598455.id
}

resource "aws_iam_role_policy" "proxy_task_starting_AD53BA70" {
  name   = "proxy"
  policy = data.aws_iam_policy_document.proxy_task_start_71A2BB7F.json
  role   = aws_iam_role.proxy_task_execution-role_3C4B3801.id
}

resource "aws_ecs_task_definition" "proxy_task_definition_FADD2E54" {
  container_definitions    = jsonencode(local.proxy_task_containers_5188DCD0)
  cpu                      = "1024"
  execution_role_arn       = aws_iam_role.proxy_task_execution-role_3C4B3801.arn
  family                   = "proxy"
  memory                   = "3000"
  network_mode             = "awsvpc"
  requires_compatibilities = ["EC2"]
  tags = {
    team = "network"
  }
  task_role_arn = aws_iam_role.proxy_task_role_38598455.arn
  depends_on    = [aws_iam_role_policy.proxy_task_starting_AD53BA70, aws_iam_role_policy.proxy_task_permissions_00DBC831]

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

resource "aws_security_group" "proxy_access_group_2EA2928A" {
  name        = "proxy"
  description = "Who may call the tasks of proxy"
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
}

resource "aws_ecs_service" "proxy_service_992F9C7C" {
  name                               = "proxy"
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
  task_definition = aws_ecs_task_definition.proxy_task_definition_FADD2E54.arn

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  load_balancer {
    target_group_arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef"
    container_name   = "proxy"
    container_port   = 8080
  }

  network_configuration {
    assign_public_ip = false
    security_groups  = ["sg-0own", aws_security_group.proxy_access_group_2EA2928A.id]
    subnets          = ["subnet-0abc", "subnet-0def"]
  }

  service_registries {
    registry_arn = "arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-0abc"
  }
}

resource "aws_cloudwatch_log_metric_filter" "proxy_watch_requests_FA75F564" {
  name           = "proxy-requests"
  log_group_name = aws_cloudwatch_log_group.proxy_task_log_0851036E.name
  pattern        = "{ $.msg = \"request\" }"

  metric_transformation {
    name          = "Requests"
    default_value = "0"
    namespace     = "LambdaProxy/proxy"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "proxy_watch_server-errors_3A684A19" {
  name           = "proxy-server-errors"
  log_group_name = aws_cloudwatch_log_group.proxy_task_log_0851036E.name
  pattern        = "{ ($.msg = \"request\") && ($.status >= 500) }"

  metric_transformation {
    name          = "ServerErrors"
    default_value = "0"
    namespace     = "LambdaProxy/proxy"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "proxy_watch_duration_FC7F3F91" {
  name           = "proxy-duration"
  log_group_name = aws_cloudwatch_log_group.proxy_task_log_0851036E.name
  pattern        = "{ $.msg = \"request\" }"

  metric_transformation {
    name      = "Duration"
    namespace = "LambdaProxy/proxy"
    unit      = "Milliseconds"
    value     = "$.duration_ms"
  }
}

resource "aws_cloudwatch_log_metric_filter" "proxy_watch_stale-sources_B84BBB51" {
  name           = "proxy-stale-sources"
  log_group_name = aws_cloudwatch_log_group.proxy_task_log_0851036E.name
  pattern        = "{ $.msg = \"source stale\" }"

  metric_transformation {
    name          = "StaleSources"
    default_value = "0"
    namespace     = "LambdaProxy/proxy"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "proxy_watch_alarm_server-errors_E6656EB0" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "Requests are answered with 500 and above."
  alarm_name          = "proxy-server-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "ServerErrors"
  namespace           = "LambdaProxy/proxy"
  ok_actions          = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period              = 300
  statistic           = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 10
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "proxy_watch_alarm_stale-source_544F7C36" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "Consul has not answered for over a minute."
  alarm_name          = "proxy-stale-source"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "StaleSources"
  namespace           = "LambdaProxy/proxy"
  ok_actions          = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  period              = 300
  statistic           = "Sum"
  tags = {
    team = "network"
  }
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "proxy_watch_alarm_no-task_18397FD9" {
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:oncall"]
  alarm_description   = "No task has run for five minutes."
  alarm_name          = "proxy-no-task"
  comparison_operator = "LessThanThreshold"
  dimensions = {
    ClusterName = "production"
    ServiceName = "proxy"
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

resource "aws_cloudwatch_dashboard" "proxy_watch_dashboard_F3DDD032" {
  dashboard_body = jsonencode({
    widgets = [
      {
        type   = "metric"
        x      = 0
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Requests"
          region  = data.aws_region.proxy_account_region_D479A851.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaProxy/proxy", "Requests", { stat = "Sum" }], ["LambdaProxy/proxy", "ServerErrors", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Duration"
          region  = data.aws_region.proxy_account_region_D479A851.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaProxy/proxy", "Duration", { stat = "p50" }], ["LambdaProxy/proxy", "Duration", { stat = "p99" }]]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 6
        width  = 12
        height = 6
        properties = {
          title   = "Stale sources"
          region  = data.aws_region.proxy_account_region_D479A851.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaProxy/proxy", "StaleSources", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Processor"
          region = data.aws_region.proxy_account_region_D479A851.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/ECS", "CPUUtilization", "ClusterName", "production", "ServiceName", "proxy", { stat = "Average" }],
            ["AWS/ECS", "CPUUtilization", "ClusterName", "production", "ServiceName", "proxy", { stat = "Maximum" }],
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
          title  = "Memory"
          region = data.aws_region.proxy_account_region_D479A851.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/ECS", "MemoryUtilization", "ClusterName", "production", "ServiceName", "proxy", { stat = "Average" }],
            ["AWS/ECS", "MemoryUtilization", "ClusterName", "production", "ServiceName", "proxy", { stat = "Maximum" }],
          ]
        }
      },
    ]
  })
  dashboard_name = "proxy"
}
