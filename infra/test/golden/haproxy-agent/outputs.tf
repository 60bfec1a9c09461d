output "service_name" {
  value       = aws_ecs_service.service_service.name
}

output "task_definition_arn" {
  value       = aws_ecs_task_definition.task_definition.arn
}

output "task_role_arn" {
  value       = aws_iam_role.task_role.arn
}

output "execution_role_arn" {
  value       = aws_iam_role.task_execution_role.arn
}

output "security_group_id" {
  value       = aws_security_group.access_group.id
}

output "health_check_path" {
  value       = "/readyz"
}

output "health_check_port" {
  value       = "3000"
}

output "log_group_name" {
  value       = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
}
