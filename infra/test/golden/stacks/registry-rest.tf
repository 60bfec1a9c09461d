output "url" {
  value       = aws_api_gateway_stage.registry_rest_stage_210D86FC.invoke_url
  description = "URL of the API, without a final slash; services are posted to `<url>/generate`."
}

output "execution_arn" {
  value       = aws_api_gateway_rest_api.registry_rest_api_1DE25483.execution_arn
  description = "ARN prefix for `execute-api:Invoke` in the policies of callers."
}

output "function_name" {
  value       = aws_lambda_function.registry_function_9E889FD6.function_name
  description = "Name of the function."
}

output "function_arn" {
  value       = aws_lambda_function.registry_function_9E889FD6.arn
  description = "ARN of the function."
}

output "role_arn" {
  value       = aws_iam_role.registry_role_791350A5.arn
  description = "ARN of the role of the function."
}

output "table_name" {
  value       = aws_dynamodb_table.registry_services_table_6426F57A.name
  description = "Name of the table."
}

output "table_arn" {
  value       = aws_dynamodb_table.registry_services_table_6426F57A.arn
  description = "ARN of the table."
}

data "aws_caller_identity" "registry_account_current_72818E75" {}

data "aws_partition" "registry_account_partition_22B5655D" {}

data "aws_region" "registry_account_region_B04A2230" {}

data "aws_iam_policy_document" "registry_trust_85164085" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    principals {
      identifiers = ["lambda.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registry_permission_8F0DD9A3" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.registry_account_partition_22B5655D.partition}:logs:${data.aws_region.registry_account_region_B04A2230.id}:${data.aws_caller_identity.registry_account_current_72818E75.account_id}:log-group:/aws/lambda/registry:*",
    ]
  }

  statement {
    sid       = "KeepServices"
    actions   = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.registry_services_table_6426F57A.arn]
  }
}

resource "aws_cloudwatch_log_group" "registry_log_E9AFB42A" {
  name              = "/aws/lambda/registry"
  retention_in_days = 30
  tags              = {}
}

resource "aws_iam_role" "registry_role_791350A5" {
  name               = "registry"
  assume_role_policy = data.aws_iam_policy_document.registry_trust_85164085.json
  tags               = {}
}

resource "aws_iam_role_policy" "registry_permissions_DA304785" {
  name   = "registry"
  policy = data.aws_iam_policy_document.registry_permission_8F0DD9A3.json
  role   = aws_iam_role.registry_role_791350A5.id
}

resource "aws_lambda_function" "registry_function_9E889FD6" {
  architectures                  = ["arm64"]
  description                    = "Turns container state into an HAProxy configuration"
  filename                       = "assets/zip/bundle/registry.zip"
  function_name                  = "registry"
  handler                        = "index.handler"
  memory_size                    = 512
  package_type                   = "Zip"
  reserved_concurrent_executions = -1
  role                           = aws_iam_role.registry_role_791350A5.arn
  runtime                        = "nodejs22.x"
  source_code_hash               = filebase64sha256("assets/zip/bundle/registry.zip")
  tags                           = {}
  timeout                        = 29
  depends_on                     = [aws_cloudwatch_log_group.registry_log_E9AFB42A, aws_iam_role_policy.registry_permissions_DA304785]

  environment {
    variables = { for name, value in local.registry_environment_E42A40D2 : name => value if value != null }
  }

  vpc_config {
    security_group_ids = []
    subnet_ids         = []
  }

  lifecycle {

  }
}

locals {
  registry_environment_E42A40D2 = {
    TABLE_NAME = aws_dynamodb_table.registry_services_table_6426F57A.name
    TABLES     = "production,staging"
    LOG_LEVEL  = "info"
  }
  registry_authorization_332866B5 = "none"
}

check "registry_authorization_332866B5" {
  assert {
    condition     = local.registry_authorization_332866B5 != "none"
    error_message = "authorization is \"none\": anyone who knows the URL of registry reads and changes its services; take \"iam\" or \"jwt\"."
  }
}

resource "aws_dynamodb_table" "registry_services_table_6426F57A" {
  name                        = "registry"
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = true
  hash_key                    = "pk"
  range_key                   = "sk"
  tags                        = {}

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }
}

resource "aws_cloudwatch_log_group" "registry_rest_access_log_BA8C6CCB" {
  name              = "/aws/apigateway/registry"
  retention_in_days = 30
  tags              = {}
}

resource "aws_api_gateway_rest_api" "registry_rest_api_1DE25483" {
  name                     = "registry"
  description              = "lambda-registry"
  minimum_compression_size = "1024"
  tags                     = {}

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "registry_rest_any-path_6FED587D" {
  parent_id   = aws_api_gateway_rest_api.registry_rest_api_1DE25483.root_resource_id
  path_part   = "{proxy+}"
  rest_api_id = aws_api_gateway_rest_api.registry_rest_api_1DE25483.id
}

resource "aws_api_gateway_method" "registry_rest_method_B509F40C" {
  authorization = "NONE"
  http_method   = "ANY"
  resource_id   = aws_api_gateway_resource.registry_rest_any-path_6FED587D.id
  rest_api_id   = aws_api_gateway_rest_api.registry_rest_api_1DE25483.id
}

resource "aws_api_gateway_integration" "registry_rest_integration_F28C7639" {
  http_method             = aws_api_gateway_method.registry_rest_method_B509F40C.http_method
  integration_http_method = "POST"
  resource_id             = aws_api_gateway_resource.registry_rest_any-path_6FED587D.id
  rest_api_id             = aws_api_gateway_rest_api.registry_rest_api_1DE25483.id
  type                    = "AWS_PROXY"
  uri                     = aws_lambda_function.registry_function_9E889FD6.invoke_arn
}

resource "aws_api_gateway_deployment" "registry_rest_deployment_9E1AF990" {
  rest_api_id = aws_api_gateway_rest_api.registry_rest_api_1DE25483.id
  triggers = {
    authorization = aws_api_gateway_method.registry_rest_method_B509F40C.authorization
    integration   = aws_api_gateway_integration.registry_rest_integration_F28C7639.uri
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lambda_permission" "registry_rest_access_permission_8B1037F1" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.registry_function_9E889FD6.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.registry_rest_api_1DE25483.execution_arn}/*/*"
  statement_id  = "Api"
}

resource "aws_cloudwatch_metric_alarm" "registry_rest_access_alarm_server-errors_6F522864" {
  alarm_actions       = []
  alarm_description   = "Requests are answered with 500 or above."
  alarm_name          = "registry-server-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    ApiName = aws_api_gateway_rest_api.registry_rest_api_1DE25483.name
  }
  evaluation_periods = 1
  metric_name        = "5XXError"
  namespace          = "AWS/ApiGateway"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_api_gateway_stage" "registry_rest_stage_210D86FC" {
  deployment_id = aws_api_gateway_deployment.registry_rest_deployment_9E1AF990.id
  rest_api_id   = aws_api_gateway_rest_api.registry_rest_api_1DE25483.id
  stage_name    = "v1"
  tags          = {}

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.registry_rest_access_log_BA8C6CCB.arn
    format = jsonencode({
      requestId        = "$context.requestId"
      time             = "$context.requestTime"
      ip               = "$context.identity.sourceIp"
      method           = "$context.httpMethod"
      path             = "$context.path"
      status           = "$context.status"
      bytes            = "$context.responseLength"
      error            = "$context.error.message"
      integrationError = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_api_gateway_method_settings" "registry_rest_throttling_F7E6D066" {
  method_path = "*/*"
  rest_api_id = aws_api_gateway_rest_api.registry_rest_api_1DE25483.id
  stage_name  = aws_api_gateway_stage.registry_rest_stage_210D86FC.stage_name

  settings {
    throttling_burst_limit = 40
    throttling_rate_limit  = 20
  }
}

resource "aws_cloudwatch_metric_alarm" "registry_alarm_errors_BCCC8464" {
  alarm_actions       = []
  alarm_description   = "Requests end with an error of the function."
  alarm_name          = "registry-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registry_function_9E889FD6.function_name
  }
  evaluation_periods = 1
  metric_name        = "Errors"
  namespace          = "AWS/Lambda"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registry_alarm_throttles_D4A2C72E" {
  alarm_actions       = []
  alarm_description   = "Requests find no free execution of the function."
  alarm_name          = "registry-throttles"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registry_function_9E889FD6.function_name
  }
  evaluation_periods = 1
  metric_name        = "Throttles"
  namespace          = "AWS/Lambda"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registry_alarm_reads-throttled_0C23B24D" {
  alarm_actions       = []
  alarm_description   = "DynamoDB throttles reads."
  alarm_name          = "registry-reads-throttled"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    TableName = aws_dynamodb_table.registry_services_table_6426F57A.name
  }
  evaluation_periods = 1
  metric_name        = "ReadThrottleEvents"
  namespace          = "AWS/DynamoDB"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registry_alarm_writes-throttled_060D4397" {
  alarm_actions       = []
  alarm_description   = "DynamoDB throttles writes."
  alarm_name          = "registry-writes-throttled"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    TableName = aws_dynamodb_table.registry_services_table_6426F57A.name
  }
  evaluation_periods = 1
  metric_name        = "WriteThrottleEvents"
  namespace          = "AWS/DynamoDB"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}
