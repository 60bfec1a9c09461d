resource "aws_cloudwatch_log_metric_filter" "watch_requests" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-requests"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ $.msg = \"request\" }"

  metric_transformation {
    name          = "Requests"
    default_value = "0"
    namespace     = "LambdaProxy/${var.name}"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "watch_server_errors" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-server-errors"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ ($.msg = \"request\") && ($.status >= 500) }"

  metric_transformation {
    name          = "ServerErrors"
    default_value = "0"
    namespace     = "LambdaProxy/${var.name}"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "watch_duration" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-duration"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ $.msg = \"request\" }"

  metric_transformation {
    name      = "Duration"
    namespace = "LambdaProxy/${var.name}"
    unit      = "Milliseconds"
    value     = "$.duration_ms"
  }
}

resource "aws_cloudwatch_log_metric_filter" "watch_stale_sources" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-stale-sources"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ $.msg = \"source stale\" }"

  metric_transformation {
    name          = "StaleSources"
    default_value = "0"
    namespace     = "LambdaProxy/${var.name}"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_server_errors" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Requests are answered with 500 and above."
  alarm_name          = "${var.name}-server-errors"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "ServerErrors"
  namespace           = "LambdaProxy/${var.name}"
  ok_actions          = var.alarm_actions
  period              = 300
  statistic           = "Sum"
  tags                = var.tags
  threshold           = var.server_errors_threshold
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_stale_source" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "Consul has not answered for over a minute."
  alarm_name          = "${var.name}-stale-source"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "StaleSources"
  namespace           = "LambdaProxy/${var.name}"
  ok_actions          = var.alarm_actions
  period              = 300
  statistic           = "Sum"
  tags                = var.tags
  threshold           = 0
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_no_task" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "No task has run for five minutes."
  alarm_name          = "${var.name}-no-task"
  comparison_operator = "LessThanThreshold"
  dimensions = {
    ClusterName = var.cluster_name
    ServiceName = var.name
  }
  evaluation_periods = 5
  metric_name        = "CPUUtilization"
  namespace          = "AWS/ECS"
  ok_actions         = var.alarm_actions
  period             = 60
  statistic          = "SampleCount"
  tags               = var.tags
  threshold          = 1
  treat_missing_data = "breaching"
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
          title   = "Requests"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaProxy/${var.name}", "Requests", { stat = "Sum" }], ["LambdaProxy/${var.name}", "ServerErrors", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Duration"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaProxy/${var.name}", "Duration", { stat = "p50" }], ["LambdaProxy/${var.name}", "Duration", { stat = "p99" }]]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 6
        width  = 12
        height = 6
        properties = {
          title   = "Stale sources"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaProxy/${var.name}", "StaleSources", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Processor"
          region = data.aws_region.account_region.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster_name, "ServiceName", var.name, { stat = "Average" }],
            ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster_name, "ServiceName", var.name, { stat = "Maximum" }],
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
          title  = "Memory"
          region = data.aws_region.account_region.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/ECS", "MemoryUtilization", "ClusterName", var.cluster_name, "ServiceName", var.name, { stat = "Average" }],
            ["AWS/ECS", "MemoryUtilization", "ClusterName", var.cluster_name, "ServiceName", var.name, { stat = "Maximum" }],
          ]
        }
      },
    ]
  })
  dashboard_name = var.name
}
