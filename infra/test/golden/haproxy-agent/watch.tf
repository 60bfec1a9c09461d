resource "aws_cloudwatch_log_metric_filter" "watch_stale_sources" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-stale-sources"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ ($.msg = \"source stale\") && ($.age_s >= 60) }"

  metric_transformation {
    name          = "StaleSources"
    default_value = "0"
    namespace     = "HaproxyAgent/${var.name}"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "watch_rejected_configurations" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-rejected-configurations"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ $.msg = \"configuration rejected\" }"

  metric_transformation {
    name          = "RejectedConfigurations"
    default_value = "0"
    namespace     = "HaproxyAgent/${var.name}"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "watch_reloads" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-reloads"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ $.how = \"reload\" }"

  metric_transformation {
    name          = "Reloads"
    default_value = "0"
    namespace     = "HaproxyAgent/${var.name}"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "watch_runtime_changes" {
  count          = (var.create_alarms || var.create_dashboard) ? 1 : 0
  name           = "${var.name}-runtime-changes"
  log_group_name = var.create_log_group ? aws_cloudwatch_log_group.task_log[0].name : coalesce(var.log_group_name, "/ecs/${var.name}")
  pattern        = "{ $.how = \"runtime\" }"

  metric_transformation {
    name          = "RuntimeChanges"
    default_value = "0"
    namespace     = "HaproxyAgent/${var.name}"
    unit          = "Count"
    value         = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_stale_source" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "A source has not been read for over a minute; what it said before is served."
  alarm_name          = "${var.name}-stale-source"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "StaleSources"
  namespace           = "HaproxyAgent/${var.name}"
  ok_actions          = var.alarm_actions
  period              = 300
  statistic           = "Sum"
  tags                = var.tags
  threshold           = 0
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "watch_alarm_rejected_configuration" {
  count               = var.create_alarms ? 1 : 0
  alarm_actions       = var.alarm_actions
  alarm_description   = "HAProxy refuses what sources ask for; the configuration before is served."
  alarm_name          = "${var.name}-rejected-configuration"
  comparison_operator = "GreaterThanThreshold"
  dimensions          = {}
  evaluation_periods  = 1
  metric_name         = "RejectedConfigurations"
  namespace           = "HaproxyAgent/${var.name}"
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
          title   = "Changes"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["HaproxyAgent/${var.name}", "Reloads", { stat = "Sum" }], ["HaproxyAgent/${var.name}", "RuntimeChanges", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title   = "Not done"
          region  = data.aws_region.account_region.id
          view    = "timeSeries"
          period  = 300
          metrics = [["HaproxyAgent/${var.name}", "RejectedConfigurations", { stat = "Sum" }], ["HaproxyAgent/${var.name}", "StaleSources", { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 0
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
        x      = 12
        y      = 6
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
