data "aws_caller_identity" "account_current" {}

data "aws_partition" "account_partition" {}

data "aws_region" "account_region" {}

locals {
  task_secret_arns  = concat(values(var.secrets), values(var.secret_files))
  task_secret_files = var.secret_files
  task_own_environment = {
    AWS_REGION      = element(split(":", aws_security_group.access_group.arn), 3)
    BIND            = ":${var.port}"
    HEALTH_BIND     = ":3000"
    ADMIN_BIND      = "127.0.0.1:9091"
    LOG_LEVEL       = var.log_level
    TRUSTED_PROXIES = (length(join(",", var.trusted_proxies)) >= 1) ? join(",", var.trusted_proxies) : null
  }
  task_environment = merge(var.environment, local.task_own_environment)
  task_secrets     = var.secrets
  task_containers = [
    {
      name       = "configuration"
      image      = var.image
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
          value = var.configuration
        },
      ]
      secrets = [for name, value in local.task_secret_files : { name = "FILE_${name}", valueFrom = value } if value != null]
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
          awslogs-group         = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
          awslogs-region        = element(split(":", aws_security_group.access_group.arn), 3)
          awslogs-stream-prefix = var.name
          mode                  = "non-blocking"
          max-buffer-size       = "25m"
        }
      }
    },
    {
      name      = "agent"
      image     = var.image
      essential = true
      command   = ["/etc/lambda-registrator/configuration"]
      dependsOn = [
        {
          containerName = "configuration"
          condition     = "SUCCESS"
        },
      ]
      environment = [for name, value in local.task_environment : { name = name, value = value } if value != null]
      secrets     = [for name, value in local.task_secrets : { name = name, valueFrom = value } if value != null]
      mountPoints = [
        {
          sourceVolume  = "configuration"
          containerPath = "/etc/lambda-registrator"
          readOnly      = true
        },
      ]
      portMappings = [
        {
          containerPort = var.port
          hostPort      = var.port
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
      stopTimeout            = var.stop_timeout_in_seconds
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
          awslogs-group         = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
          awslogs-region        = element(split(":", aws_security_group.access_group.arn), 3)
          awslogs-stream-prefix = var.name
          mode                  = "non-blocking"
          max-buffer-size       = "25m"
        }
      }
    },
  ]
}
