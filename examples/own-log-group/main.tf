# A registrator that writes to a log group of the caller's, kept for a year and subscribed by an archive.

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "log_archive_arn" {
  description = "ARN of the function that takes every log and lets CloudWatch Logs invoke it."
  type        = string
}

resource "aws_cloudwatch_log_group" "registrator" {
  name              = "/platform/lambda-registrator"
  retention_in_days = 365
}

resource "aws_cloudwatch_log_subscription_filter" "archive" {
  name            = "archive"
  log_group_name  = aws_cloudwatch_log_group.registrator.name
  filter_pattern  = ""
  destination_arn = var.log_archive_arn
}

module "registrator" {
  source = "../../dist/terraform/lambda-registrator"

  name             = "lambda-registrator"
  consul_http_addr = "https://consul.example.com:8501"
  create_log_group = false
  log_group_name   = aws_cloudwatch_log_group.registrator.name
}
