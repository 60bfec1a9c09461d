resource "aws_cloudwatch_metric_alarm" "watch_alarm_errors" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Runs of the registrator fail again and again."
  alarm_name          = "${var.name}-errors"
  comparison_operator = "GreaterThanThreshold"
  datapoints_to_alarm = 2
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function.function_name
  }
  evaluation_periods = 3
  metric_name        = "Errors"
  namespace          = "AWS/Lambda"
  ok_actions         = var.alarm_actions
  period             = var.sync_frequency_in_minutes * 60
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_dead_letters" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Events were given up; look into the queue."
  alarm_name          = "${var.name}-dead-letters"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.dead_letters_queue.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateNumberOfMessagesVisible"
  namespace          = "AWS/SQS"
  ok_actions         = var.alarm_actions
  period             = 300
  statistic          = "Maximum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_no_sync" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "No complete sync in three periods of the schedule."
  alarm_name          = "${var.name}-no-sync"
  comparison_operator = "LessThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function.function_name
  }
  evaluation_periods = 3
  metric_name        = "SyncSucceeded"
  namespace          = "LambdaRegistrator"
  ok_actions         = var.alarm_actions
  period             = var.sync_frequency_in_minutes * 60
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 1
  treat_missing_data = "breaching"
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_deletes_refused" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "A sync would have deleted more than MAX_DELETE_PERCENT allows, and deleted nothing."
  alarm_name          = "${var.name}-deletes-refused"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function.function_name
  }
  evaluation_periods = 1
  metric_name        = "DeletesRefused"
  namespace          = "LambdaRegistrator"
  ok_actions         = var.alarm_actions
  period             = var.sync_frequency_in_minutes * 60
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_conflicts" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Names are taken by services of somebody else; the report names them."
  alarm_name          = "${var.name}-conflicts"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function.function_name
  }
  evaluation_periods = 1
  metric_name        = "Conflicts"
  namespace          = "LambdaRegistrator"
  ok_actions         = var.alarm_actions
  period             = var.sync_frequency_in_minutes * 60
  statistic          = "Sum"
  tags               = var.tags
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_dashboard" "watch_dashboard" {
  count = var.create_dashboard ? 1 : 0
  dashboard_body = jsonencode({
    widgets = [
      {
        type   = "metric"
        x      = 0
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Complete syncs"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaRegistrator", "SyncSucceeded", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Managed services"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaRegistrator", "ManagedServices", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Maximum" }]]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Changes"
          region = data.aws_region.account_region.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "Created", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "Updated", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "Deleted", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Not done"
          region = data.aws_region.account_region.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "Skipped", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "Failed", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "Conflicts", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "DeletesRefused", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "Retryable", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Maximum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 12
        width  = 12
        height = 6
        properties = {
          title  = "Calls"
          region = data.aws_region.account_region.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "AwsCalls", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "ConsulCalls", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 12
        width  = 12
        height = 6
        properties = {
          title   = "Duration of runs"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaRegistrator", "Duration", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Maximum" }]]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 18
        width  = 12
        height = 6
        properties = {
          title  = "Function"
          region = data.aws_region.account_region.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/Lambda", "Invocations", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Errors", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Throttles", "FunctionName", aws_lambda_function.registrator_function.function_name, { stat = "Sum" }],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 18
        width  = 12
        height = 6
        properties = {
          title   = "Dead letters"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letters_queue.name, { stat = "Maximum" }]]
        }
      },
    ]
  })
  dashboard_name = var.name
}
