resource "aws_ecs_service" "service_service" {
  name                               = var.name
  cluster                            = var.cluster_name
  deployment_maximum_percent         = 200
  deployment_minimum_healthy_percent = 100
  desired_count                      = var.desired_count
  health_check_grace_period_seconds  = (var.target_group_arn != null) ? var.health_check_grace_period_in_seconds : null
  launch_type                        = var.capacity
  propagate_tags                     = "SERVICE"
  tags                               = var.tags
  task_definition                    = aws_ecs_task_definition.task_definition.arn

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    assign_public_ip = var.assign_public_ip
    security_groups  = concat(var.security_group_ids, [aws_security_group.access_group.id])
    subnets          = var.subnet_ids
  }

  dynamic "load_balancer" {
    for_each = (var.target_group_arn != null) ? [1] : []

    content {
      target_group_arn = var.target_group_arn
      container_name   = "proxy"
      container_port   = var.port
    }
  }

  dynamic "service_registries" {
    for_each = (var.service_registry_arn != null) ? [1] : []

    content {
      registry_arn = var.service_registry_arn
    }
  }
}
