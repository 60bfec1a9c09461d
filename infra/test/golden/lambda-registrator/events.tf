data "aws_iam_policy_document" "events_buffer_access" {
  count = var.buffer_events ? 1 : 0

  statement {
    sid       = "LambdaEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events_buffer_queue[0].arn]

    condition {
      test     = "ArnEquals"
      values   = [aws_cloudwatch_event_rule.events_rule.arn]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["events.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "events_dead_letters_access" {
  statement {
    sid       = "UndeliveredEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters_queue.arn]

    condition {
      test     = "ArnEquals"
      values   = [aws_cloudwatch_event_rule.events_rule.arn]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["events.amazonaws.com"]
      type        = "Service"
    }
  }
}

resource "aws_sqs_queue" "events_buffer_queue" {
  count = var.buffer_events ? 1 : 0
  name  = "${var.name}-events"
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters_queue.arn
    maxReceiveCount     = 5
  })
  sqs_managed_sse_enabled    = true
  tags                       = var.tags
  visibility_timeout_seconds = (var.timeout * 6) + var.buffer_window_in_seconds
}

resource "aws_cloudwatch_event_rule" "events_rule" {
  name        = var.name
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
  tags = var.tags
}

resource "aws_sqs_queue_policy" "events_buffer_policy" {
  count     = var.buffer_events ? 1 : 0
  policy    = data.aws_iam_policy_document.events_buffer_access[0].json
  queue_url = aws_sqs_queue.events_buffer_queue[0].url
}

resource "aws_sqs_queue_policy" "events_dead_letters_policy" {
  policy    = data.aws_iam_policy_document.events_dead_letters_access.json
  queue_url = aws_sqs_queue.dead_letters_queue.url
}

resource "aws_lambda_event_source_mapping" "events_buffer_batches" {
  count                              = var.buffer_events ? 1 : 0
  batch_size                         = var.buffer_batch_size
  event_source_arn                   = aws_sqs_queue.events_buffer_queue[0].arn
  function_name                      = aws_lambda_function.registrator_function.arn
  function_response_types            = ["ReportBatchItemFailures"]
  maximum_batching_window_in_seconds = var.buffer_window_in_seconds

  scaling_config {
    maximum_concurrency = var.buffer_maximum_concurrency
  }
}

resource "aws_cloudwatch_event_target" "events_target" {
  arn  = var.buffer_events ? aws_sqs_queue.events_buffer_queue[0].arn : aws_lambda_function.registrator_function.arn
  rule = aws_cloudwatch_event_rule.events_rule.name

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters_queue.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = var.maximum_event_age_in_seconds
    maximum_retry_attempts       = 10
  }
}

resource "aws_lambda_permission" "events_permission" {
  count         = !var.buffer_events ? 1 : 0
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.registrator_function.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.events_rule.arn
  statement_id  = "LambdaEvents"
}
