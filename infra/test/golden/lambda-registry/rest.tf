resource "aws_cloudwatch_log_group" "rest_access_log" {
  count             = (!(var.api_type == "http") && var.rest_access_log) ? 1 : 0
  name              = "/aws/apigateway/${var.name}"
  kms_key_id        = var.log_kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_lambda_permission" "rest_access_permission" {
  count         = !(var.api_type == "http") ? 1 : 0
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.registry_function.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.rest_api[0].execution_arn}/*/*"
  statement_id  = "Api"
}

resource "aws_cloudwatch_metric_alarm" "rest_access_alarm_server_errors" {
  count               = (!(var.api_type == "http") && var.create_alarms) ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Requests are answered with 500 or above."
  alarm_name          = "${var.name}-server-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    ApiName = aws_api_gateway_rest_api.rest_api[0].name
  }
  evaluation_periods = 1
  metric_name        = "5XXError"
  namespace          = "AWS/ApiGateway"
  ok_actions         = var.alarm_actions
  period             = 300
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_api_gateway_rest_api" "rest_api" {
  count                    = !(var.api_type == "http") ? 1 : 0
  name                     = var.name
  description              = "lambda-registry"
  minimum_compression_size = "1024"
  tags                     = var.tags

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "rest_any_path" {
  count       = !(var.api_type == "http") ? 1 : 0
  parent_id   = aws_api_gateway_rest_api.rest_api[0].root_resource_id
  path_part   = "{proxy+}"
  rest_api_id = aws_api_gateway_rest_api.rest_api[0].id
}

resource "aws_api_gateway_method" "rest_method" {
  count         = !(var.api_type == "http") ? 1 : 0
  authorization = (var.authorization == "iam") ? "AWS_IAM" : "NONE"
  http_method   = "ANY"
  resource_id   = aws_api_gateway_resource.rest_any_path[0].id
  rest_api_id   = aws_api_gateway_rest_api.rest_api[0].id
}

resource "aws_api_gateway_integration" "rest_integration" {
  count                   = !(var.api_type == "http") ? 1 : 0
  http_method             = aws_api_gateway_method.rest_method[0].http_method
  integration_http_method = "POST"
  resource_id             = aws_api_gateway_resource.rest_any_path[0].id
  rest_api_id             = aws_api_gateway_rest_api.rest_api[0].id
  type                    = "AWS_PROXY"
  uri                     = aws_lambda_function.registry_function.invoke_arn
}

resource "aws_api_gateway_deployment" "rest_deployment" {
  count       = !(var.api_type == "http") ? 1 : 0
  rest_api_id = aws_api_gateway_rest_api.rest_api[0].id
  triggers = {
    authorization = aws_api_gateway_method.rest_method[0].authorization
    integration   = aws_api_gateway_integration.rest_integration[0].uri
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "rest_stage" {
  count         = !(var.api_type == "http") ? 1 : 0
  deployment_id = aws_api_gateway_deployment.rest_deployment[0].id
  rest_api_id   = aws_api_gateway_rest_api.rest_api[0].id
  stage_name    = "v1"
  tags          = var.tags

  dynamic "access_log_settings" {
    for_each = var.rest_access_log ? [1] : []

    content {
      destination_arn = aws_cloudwatch_log_group.rest_access_log[0].arn
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
}

resource "aws_api_gateway_method_settings" "rest_throttling" {
  count       = !(var.api_type == "http") ? 1 : 0
  method_path = "*/*"
  rest_api_id = aws_api_gateway_rest_api.rest_api[0].id
  stage_name  = aws_api_gateway_stage.rest_stage[0].stage_name

  settings {
    throttling_burst_limit = var.throttling_burst_limit
    throttling_rate_limit  = var.throttling_rate_limit
  }
}
