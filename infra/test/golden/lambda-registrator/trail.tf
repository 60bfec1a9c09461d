data "aws_iam_policy_document" "trail_bucket_access" {
  count = var.create_trail ? 1 : 0

  statement {
    sid       = "TrailReadsAcl"
    actions   = ["s3:GetBucketAcl"]
    resources = [aws_s3_bucket.trail_bucket[0].arn]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.account_partition.partition}:cloudtrail:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:trail/${var.name}",
      ]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["cloudtrail.amazonaws.com"]
      type        = "Service"
    }
  }

  statement {
    sid       = "TrailWrites"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.trail_bucket[0].arn}/AWSLogs/${data.aws_caller_identity.account_current.account_id}/*"]

    condition {
      test = "ArnEquals"
      values = [
        "arn:${data.aws_partition.account_partition.partition}:cloudtrail:${data.aws_region.account_region.id}:${data.aws_caller_identity.account_current.account_id}:trail/${var.name}",
      ]
      variable = "aws:SourceArn"
    }

    principals {
      identifiers = ["cloudtrail.amazonaws.com"]
      type        = "Service"
    }
  }

  statement {
    sid       = "TlsOnly"
    actions   = ["s3:GetObject", "s3:PutObject"]
    effect    = "Deny"
    resources = ["${aws_s3_bucket.trail_bucket[0].arn}/*"]

    condition {
      test     = "Bool"
      values   = ["false"]
      variable = "aws:SecureTransport"
    }

    principals {
      identifiers = ["*"]
      type        = "*"
    }
  }
}

resource "aws_s3_bucket" "trail_bucket" {
  count = var.create_trail ? 1 : 0
  tags  = var.tags
}

resource "aws_s3_bucket_public_access_block" "trail_private" {
  count                   = var.create_trail ? 1 : 0
  block_public_acls       = true
  block_public_policy     = true
  bucket                  = aws_s3_bucket.trail_bucket[0].id
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "trail_encryption" {
  count  = var.create_trail ? 1 : 0
  bucket = aws_s3_bucket.trail_bucket[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "trail_expiry" {
  count  = var.create_trail ? 1 : 0
  bucket = aws_s3_bucket.trail_bucket[0].id

  rule {
    id     = "expire"
    status = "Enabled"

    expiration {
      days = 90
    }

    filter {
      prefix = ""
    }
  }
}

resource "aws_s3_bucket_policy" "trail_bucket_policy" {
  count  = var.create_trail ? 1 : 0
  bucket = aws_s3_bucket.trail_bucket[0].id
  policy = data.aws_iam_policy_document.trail_bucket_access[0].json
}

resource "aws_cloudtrail" "trail_trail" {
  count                         = var.create_trail ? 1 : 0
  name                          = var.name
  enable_log_file_validation    = true
  include_global_service_events = false
  s3_bucket_name                = aws_s3_bucket.trail_bucket[0].id
  tags                          = var.tags
  depends_on                    = [aws_s3_bucket_policy.trail_bucket_policy]

  event_selector {
    include_management_events = true
    read_write_type           = "WriteOnly"
  }
}
