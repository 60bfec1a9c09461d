output "url" {
  value       = (var.api_type == "http") ? aws_apigatewayv2_api.http_api[0].api_endpoint : aws_api_gateway_stage.rest_stage[0].invoke_url
  description = "URL of the API, without a final slash; services are posted to `<url>/generate`."
}

output "execution_arn" {
  value       = (var.api_type == "http") ? aws_apigatewayv2_api.http_api[0].execution_arn : aws_api_gateway_rest_api.rest_api[0].execution_arn
  description = "ARN prefix for `execute-api:Invoke` in the policies of callers."
}

output "function_name" {
  value       = aws_lambda_function.registry_function.function_name
  description = "Name of the function."
}

output "function_arn" {
  value       = aws_lambda_function.registry_function.arn
  description = "ARN of the function."
}

output "role_arn" {
  value       = aws_iam_role.registry_role.arn
  description = "ARN of the role of the function."
}

output "table_name" {
  value       = aws_dynamodb_table.services_table.name
  description = "Name of the table."
}

output "table_arn" {
  value       = aws_dynamodb_table.services_table.arn
  description = "ARN of the table."
}
