output "function_name" {
  value       = aws_lambda_function.registrator_function_A7BE4DED.function_name
  description = "Name of the function, also the dimension of its metrics."
}

output "function_arn" {
  value       = aws_lambda_function.registrator_function_A7BE4DED.arn
  description = "ARN of the function."
}

output "role_name" {
  value       = aws_iam_role.registrator_role_61FA92AD.name
  description = "Name of the role of the function."
}

output "role_arn" {
  value       = aws_iam_role.registrator_role_61FA92AD.arn
  description = "ARN of the role of the function."
}

output "dead_letter_queue_arn" {
  value       = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
  description = "ARN of the queue that keeps what could not be delivered or handled."
}

output "log_group_name" {
  value       = aws_cloudwatch_log_group.registrator_log_6E8B41AE.name
  description = "Name of the log group."
}

data "aws_caller_identity" "registrator_account_current_5E705A8B" {}

data "aws_partition" "registrator_account_partition_091DBCD9" {}

data "aws_region" "registrator_account_region_5BF23C3A" {}

data "aws_iam_policy_document" "registrator_trust_20B18311" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    principals {
      identifiers = ["lambda.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registrator_permission_3B93DBB4" {
  statement {
    sid     = "WriteLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:logs:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:log-group:/aws/lambda/registrator:*",
    ]
  }

  statement {
    sid       = "FindFunctions"
    actions   = ["lambda:ListFunctions", "tag:GetResources"]
    resources = ["*"]
  }

  statement {
    sid     = "ReadTags"
    actions = ["lambda:ListTags"]
    resources = [
      "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:lambda:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:function:*",
    ]
  }

  statement {
    sid       = "KeepFailedEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn]
  }
}

resource "aws_cloudwatch_log_group" "registrator_log_6E8B41AE" {
  name              = "/aws/lambda/registrator"
  retention_in_days = 30
  tags              = {}
}

resource "aws_iam_role" "registrator_role_61FA92AD" {
  name               = "registrator"
  assume_role_policy = data.aws_iam_policy_document.registrator_trust_20B18311.json
  tags               = {}
}

resource "aws_iam_role_policy" "registrator_permissions_8EA30175" {
  name   = "registrator"
  policy = data.aws_iam_policy_document.registrator_permission_3B93DBB4.json
  role   = aws_iam_role.registrator_role_61FA92AD.id
}

resource "aws_lambda_function" "registrator_function_A7BE4DED" {
  architectures                  = ["arm64"]
  description                    = "Keeps Consul equal to the tags on Lambda functions"
  filename                       = "assets/zip/bundle/registrator.zip"
  function_name                  = "registrator"
  handler                        = "index.handler"
  memory_size                    = 512
  package_type                   = "Zip"
  reserved_concurrent_executions = -1
  role                           = aws_iam_role.registrator_role_61FA92AD.arn
  runtime                        = "nodejs22.x"
  source_code_hash               = filebase64sha256("assets/zip/bundle/registrator.zip")
  tags                           = {}
  timeout                        = 300
  depends_on                     = [aws_cloudwatch_log_group.registrator_log_6E8B41AE, aws_iam_role_policy.registrator_permissions_8EA30175]

  environment {
    variables = {
      CONSUL_HTTP_ADDR = "https://consul.example.com:8501"
      SYNC_PERIOD      = "5"
      NODE_NAME        = "lambdas"
      LOG_LEVEL        = "info"
    }
  }

  vpc_config {
    security_group_ids = []
    subnet_ids         = []
  }

  lifecycle {

  }
}

resource "aws_lambda_function_event_invoke_config" "registrator_retries_ADA2F6BD" {
  function_name                = aws_lambda_function.registrator_function_A7BE4DED.function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
    }
  }
}

data "aws_iam_policy_document" "registrator_events_dead-letters-access_E0194048" {
  statement {
    sid       = "UndeliveredEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn]

    condition {
      test     = "ArnEquals"
      values   = [aws_cloudwatch_event_rule.registrator_events_rule_E45FC0D2.arn]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["events.amazonaws.com"]
      type        = "Service"
    }
  }
}

resource "aws_cloudwatch_event_rule" "registrator_events_rule_E45FC0D2" {
  name        = "registrator"
  description = "Changes of Lambda functions, their tags and aliases"
  event_pattern = jsonencode({
    source      = ["aws.lambda"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource = ["lambda.amazonaws.com"]
      eventName = [
        { prefix = "CreateAlias" },
        { prefix = "CreateFunction" },
        { prefix = "DeleteAlias" },
        { prefix = "DeleteFunction" },
        { prefix = "TagResource" },
        { prefix = "UntagResource" },
        { prefix = "UpdateAlias" },
        { prefix = "UpdateFunctionConfiguration" },
      ]
    }
  })
  tags = {}
}

resource "aws_cloudwatch_event_target" "registrator_events_target_F620AEBC" {
  arn  = aws_lambda_function.registrator_function_A7BE4DED.arn
  rule = aws_cloudwatch_event_rule.registrator_events_rule_E45FC0D2.name

  dead_letter_config {
    arn = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}

resource "aws_lambda_permission" "registrator_events_permission_7B74FC02" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.registrator_function_A7BE4DED.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.registrator_events_rule_E45FC0D2.arn
  statement_id  = "LambdaEvents"
}

resource "aws_sqs_queue_policy" "registrator_events_dead-letters-policy_A6E9F096" {
  policy    = data.aws_iam_policy_document.registrator_events_dead-letters-access_E0194048.json
  queue_url = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.url
}

data "aws_iam_policy_document" "registrator_sync_trust_0FC10262" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.registrator_account_partition_091DBCD9.partition}:scheduler:${data.aws_region.registrator_account_region_5BF23C3A.id}:${data.aws_caller_identity.registrator_account_current_5E705A8B.account_id}:schedule-group/registrator",
      ]
      variable = "aws:SourceArn"
    }

    condition {
      test     = "StringEquals"
      values   = [data.aws_caller_identity.registrator_account_current_5E705A8B.account_id]
      variable = "aws:SourceAccount"
    }

    principals {
      identifiers = ["scheduler.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "registrator_sync_permission_B76CCEBE" {
  statement {
    sid       = "StartSync"
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.registrator_function_A7BE4DED.arn]
  }

  statement {
    sid       = "KeepLostStarts"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn]
  }
}

resource "aws_iam_role" "registrator_sync_role_0BCEBEE0" {
  assume_role_policy = data.aws_iam_policy_document.registrator_sync_trust_0FC10262.json
  name_prefix        = "registrator-scheduler-"
  tags               = {}
}

resource "aws_iam_role_policy" "registrator_sync_permissions_3511E848" {
  name   = "start-sync"
  policy = data.aws_iam_policy_document.registrator_sync_permission_B76CCEBE.json
  role   = aws_iam_role.registrator_sync_role_0BCEBEE0.id
}

resource "aws_scheduler_schedule_group" "registrator_sync_group_642E28F9" {
  name = "registrator"
  tags = {}
}

resource "aws_scheduler_schedule" "registrator_sync_schedule_70773673" {
  name                = "sync"
  description         = "Full sync"
  group_name          = aws_scheduler_schedule_group.registrator_sync_group_642E28F9.name
  schedule_expression = "rate(5 minutes)"
  depends_on          = [aws_iam_role_policy.registrator_sync_permissions_3511E848]

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.registrator_function_A7BE4DED.arn
    role_arn = aws_iam_role.registrator_sync_role_0BCEBEE0.arn

    dead_letter_config {
      arn = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }
  }
}

resource "aws_sqs_queue" "registrator_dead-letters_queue_CE9B6FDB" {
  name                      = "registrator-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = {}
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_errors_AB67523E" {
  alarm_actions       = []
  alarm_description   = "Runs of the registrator fail again and again."
  alarm_name          = "registrator-errors"
  comparison_operator = "GreaterThanThreshold"
  datapoints_to_alarm = 2
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 3
  metric_name        = "Errors"
  namespace          = "AWS/Lambda"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_dead-letters_1B481C21" {
  alarm_actions       = []
  alarm_description   = "Events were given up; look into the queue."
  alarm_name          = "registrator-dead-letters"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    QueueName = aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.name
  }
  evaluation_periods = 1
  metric_name        = "ApproximateNumberOfMessagesVisible"
  namespace          = "AWS/SQS"
  ok_actions         = []
  period             = 300
  statistic          = "Maximum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_no-sync_6A90FA0A" {
  alarm_actions       = []
  alarm_description   = "No complete sync in three periods of the schedule."
  alarm_name          = "registrator-no-sync"
  comparison_operator = "LessThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 3
  metric_name        = "SyncSucceeded"
  namespace          = "LambdaRegistrator"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 1
  treat_missing_data = "breaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_deletes-refused_B096CB6C" {
  alarm_actions       = []
  alarm_description   = "A sync would have deleted more than MAX_DELETE_PERCENT allows, and deleted nothing."
  alarm_name          = "registrator-deletes-refused"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 1
  metric_name        = "DeletesRefused"
  namespace          = "LambdaRegistrator"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "registrator_watch_alarm_conflicts_93E8D577" {
  alarm_actions       = []
  alarm_description   = "Names are taken by services of somebody else; the report names them."
  alarm_name          = "registrator-conflicts"
  comparison_operator = "GreaterThanThreshold"
  dimensions = {
    FunctionName = aws_lambda_function.registrator_function_A7BE4DED.function_name
  }
  evaluation_periods = 1
  metric_name        = "Conflicts"
  namespace          = "LambdaRegistrator"
  ok_actions         = []
  period             = 300
  statistic          = "Sum"
  tags               = {}
  threshold          = 0
  treat_missing_data = "notBreaching"
}

resource "aws_cloudwatch_dashboard" "registrator_watch_dashboard_E76EB2B1" {
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
          region  = data.aws_region.registrator_account_region_5BF23C3A.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaRegistrator", "SyncSucceeded", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }]]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title  = "Managed services"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            [
              "LambdaRegistrator",
              "ManagedServices",
              "FunctionName",
              aws_lambda_function.registrator_function_A7BE4DED.function_name,
              { stat = "Maximum" },
            ],
          ]
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
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "Created", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "Updated", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "Deleted", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
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
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "Skipped", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "Failed", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
            ["LambdaRegistrator", "Conflicts", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
            [
              "LambdaRegistrator",
              "DeletesRefused",
              "FunctionName",
              aws_lambda_function.registrator_function_A7BE4DED.function_name,
              { stat = "Maximum" },
            ],
            ["LambdaRegistrator", "Retryable", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }],
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
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["LambdaRegistrator", "AwsCalls", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["LambdaRegistrator", "ConsulCalls", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
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
          region  = data.aws_region.registrator_account_region_5BF23C3A.id
          view    = "timeSeries"
          period  = 300
          metrics = [["LambdaRegistrator", "Duration", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Maximum" }]]
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
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            ["AWS/Lambda", "Invocations", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Errors", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
            ["AWS/Lambda", "Throttles", "FunctionName", aws_lambda_function.registrator_function_A7BE4DED.function_name, { stat = "Sum" }],
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
          title  = "Dead letters"
          region = data.aws_region.registrator_account_region_5BF23C3A.id
          view   = "timeSeries"
          period = 300
          metrics = [
            [
              "AWS/SQS",
              "ApproximateNumberOfMessagesVisible",
              "QueueName",
              aws_sqs_queue.registrator_dead-letters_queue_CE9B6FDB.name,
              { stat = "Maximum" },
            ],
          ]
        }
      },
    ]
  })
  dashboard_name = "registrator"
}
