output "function_name" {
  value       = aws_lambda_function.registrator_function.function_name
}

output "function_arn" {
  value       = aws_lambda_function.registrator_function.arn
}

output "role_name" {
  value       = aws_iam_role.registrator_role.name
}

output "role_arn" {
  value       = aws_iam_role.registrator_role.arn
}

output "dead_letter_queue_arn" {
  value       = aws_sqs_queue.dead_letters_queue.arn
}

output "log_group_name" {
  value       = var.create_log_group ? aws_cloudwatch_log_group.registrator_log[0].name : coalesce(var.log_group_name, "/aws/lambda/${var.name}")
}
