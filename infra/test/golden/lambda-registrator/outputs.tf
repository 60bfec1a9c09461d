output "function_name" {
  value       = aws_lambda_function.registrator_function.function_name
  description = "Name of the function, also the dimension of its metrics."
}

output "function_arn" {
  value       = aws_lambda_function.registrator_function.arn
  description = "ARN of the function."
}

output "role_name" {
  value       = aws_iam_role.registrator_role.name
  description = "Name of the role of the function."
}

output "role_arn" {
  value       = aws_iam_role.registrator_role.arn
  description = "ARN of the role of the function."
}

output "dead_letter_queue_arn" {
  value       = aws_sqs_queue.dead_letters_queue.arn
  description = "ARN of the queue that keeps what could not be delivered or handled."
}

output "log_group_name" {
  value       = aws_cloudwatch_log_group.registrator_log.name
  description = "Name of the log group."
}
