data "aws_iam_policy_document" "sync_trust" {
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.account_partition.partition}:scheduler:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:schedule-group/${var.name}",
      ]
      variable = "aws:SourceArn"
    }

    condition {
      test     = "StringEquals"
      values   = [data.aws_caller_identity.account_current.account_id]
      variable = "aws:SourceAccount"
    }

    principals {
      identifiers = ["scheduler.amazonaws.com"]
      type        = "Service"
    }
  }
}

data "aws_iam_policy_document" "sync_permission" {
  statement {
    sid       = "StartSync"
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.registrator_function.arn]
  }

  statement {
    sid       = "KeepLostStarts"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters_queue.arn]
  }
}

resource "aws_iam_role" "sync_role" {
  assume_role_policy   = data.aws_iam_policy_document.sync_trust.json
  name_prefix          = "${substr(var.name, 0, 27)}-scheduler-"
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "sync_permissions" {
  name   = "start-sync"
  policy = data.aws_iam_policy_document.sync_permission.json
  role   = aws_iam_role.sync_role.id
}

resource "aws_scheduler_schedule_group" "sync_group" {
  name = var.name
  tags = var.tags
}

resource "aws_scheduler_schedule" "sync_schedule" {
  name                = "sync"
  description         = "Full sync"
  group_name          = aws_scheduler_schedule_group.sync_group.name
  schedule_expression = "rate(${var.sync_frequency_in_minutes} ${(var.sync_frequency_in_minutes == 1) ? "minute" : "minutes"})"
  depends_on          = [aws_iam_role_policy.sync_permissions]

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.registrator_function.arn
    role_arn = aws_iam_role.sync_role.arn

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters_queue.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.maximum_event_age_in_seconds
      maximum_retry_attempts       = 3
    }
  }
}
