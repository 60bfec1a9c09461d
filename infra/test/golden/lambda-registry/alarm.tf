resource "aws_cloudwatch_metric_alarm" "alarm_errors" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Requests end with an error of the function."
  alarm_name          = "${var.name}-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registry_function.function_name
  }
  evaluation_periods = 1
  metric_name        = "Errors"
  namespace          = "AWS/Lambda"
  ok_actions         = var.alarm_actions
  period             = 300
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "alarm_throttles" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Requests find no free execution of the function."
  alarm_name          = "${var.name}-throttles"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registry_function.function_name
  }
  evaluation_periods = 1
  metric_name        = "Throttles"
  namespace          = "AWS/Lambda"
  ok_actions         = var.alarm_actions
  period             = 300
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "alarm_reads_throttled" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "DynamoDB throttles reads."
  alarm_name          = "${var.name}-reads-throttled"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    TableName = aws_dynamodb_table.services_table.name
  }
  evaluation_periods = 1
  metric_name        = "ReadThrottleEvents"
  namespace          = "AWS/DynamoDB"
  ok_actions         = var.alarm_actions
  period             = 300
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "alarm_writes_throttled" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "DynamoDB throttles writes."
  alarm_name          = "${var.name}-writes-throttled"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    TableName = aws_dynamodb_table.services_table.name
  }
  evaluation_periods = 1
  metric_name        = "WriteThrottleEvents"
  namespace          = "AWS/DynamoDB"
  ok_actions         = var.alarm_actions
  period             = 300
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}
