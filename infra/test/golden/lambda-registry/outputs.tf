output "url" {
  value       = (var.api_type == "http") ? aws_apigatewayv2_api.http_api[0].api_endpoint : aws_api_gateway_stage.rest_stage[0].invoke_url
}

output "execution_arn" {
  value       = (var.api_type == "http") ? aws_apigatewayv2_api.http_api[0].execution_arn : aws_api_gateway_rest_api.rest_api[0].execution_arn
}

output "function_name" {
  value       = aws_lambda_function.registry_function.function_name
}

output "function_arn" {
  value       = aws_lambda_function.registry_function.arn
}

output "role_arn" {
  value       = aws_iam_role.registry_role.arn
}

output "table_name" {
  value       = aws_dynamodb_table.services_table.name
}

output "table_arn" {
  value       = aws_dynamodb_table.services_table.arn
}
