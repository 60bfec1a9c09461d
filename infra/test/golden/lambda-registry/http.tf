resource "aws_cloudwatch_log_group" "http_access_log" {
  count             = (var.api_type == "http") ? 1 : 0
  name              = "/aws/apigateway/${var.name}"
  kms_key_id        = var.log_kms_key_arn
  retention_in_days = var.log_retention_in_days
  tags              = var.tags
}

resource "aws_apigatewayv2_api" "http_api" {
  count         = (var.api_type == "http") ? 1 : 0
  name          = var.name
  description   = "lambda-registry"
  protocol_type = "HTTP"
  tags          = var.tags
}

resource "aws_apigatewayv2_integration" "http_integration" {
  count                  = (var.api_type == "http") ? 1 : 0
  api_id                 = aws_apigatewayv2_api.http_api[0].id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.registry_function.arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_authorizer" "http_authorizer" {
  count            = ((var.api_type == "http") && (var.authorization == "jwt")) ? 1 : 0
  name             = "jwt"
  api_id           = aws_apigatewayv2_api.http_api[0].id
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    audience = var.jwt_audience
    issuer   = var.jwt_issuer
  }
}

resource "aws_apigatewayv2_route" "http_route" {
  count              = (var.api_type == "http") ? 1 : 0
  api_id             = aws_apigatewayv2_api.http_api[0].id
  authorization_type = (var.authorization == "jwt") ? "JWT" : (var.authorization == "iam") ? "AWS_IAM" : "NONE"
  authorizer_id      = (var.authorization == "jwt") ? aws_apigatewayv2_authorizer.http_authorizer[0].id : null
  route_key          = "ANY /{proxy+}"
  target             = "integrations/${aws_apigatewayv2_integration.http_integration[0].id}"
}

resource "aws_lambda_permission" "http_access_permission" {
  count         = (var.api_type == "http") ? 1 : 0
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.registry_function.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http_api[0].execution_arn}/*/*"
  statement_id  = "Api"
}

resource "aws_cloudwatch_metric_alarm" "http_access_alarm_server_errors" {
  count               = ((var.api_type == "http") && var.create_alarms) ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Requests are answered with 500 or above."
  alarm_name          = "${var.name}-server-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    ApiId = aws_apigatewayv2_api.http_api[0].id
  }
  evaluation_periods = 1
  metric_name        = "5xx"
  namespace          = "AWS/ApiGateway"
  ok_actions         = var.alarm_actions
  period             = 300
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_apigatewayv2_stage" "http_stage" {
  count       = (var.api_type == "http") ? 1 : 0
  name        = "$default"
  api_id      = aws_apigatewayv2_api.http_api[0].id
  auto_deploy = true
  tags        = var.tags

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.http_access_log[0].arn
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

  default_route_settings {
    throttling_burst_limit = var.throttling_burst_limit
    throttling_rate_limit  = var.throttling_rate_limit
  }
}
