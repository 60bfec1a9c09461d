# Functions that appear in Consul because of their tags, and the registrator that puts them there. Zip their code first:
#
#   zip function.zip index.mjs

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

locals {
  # The prefix of every tag that the registrator reads.
  lambda = "serverless.consul.hashicorp.com/v1alpha1/lambda"

  # Functions by name, and whether their callers wait for an answer.
  functions = {
    orders    = { mode = "SYNCHRONOUS", aliases = ["blue", "green"], host = "orders.example.com" }
    reminders = { mode = "ASYNCHRONOUS", aliases = [], host = null }
  }
}

resource "aws_iam_role" "function" {
  name = "tagged-functions"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "function" {
  for_each         = local.functions
  function_name    = each.key
  role             = aws_iam_role.function.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  filename         = "${path.module}/function.zip"
  source_code_hash = fileexists("${path.module}/function.zip") ? filebase64sha256("${path.module}/function.zip") : null

  # Tag values know no commas, so lists are joined with plus signs.
  tags = merge(
    {
      "${local.lambda}/enabled"             = "true"
      "${local.lambda}/payload-passthrough" = "true"
      "${local.lambda}/invocation-mode"     = each.value.mode
    },
    length(each.value.aliases) == 0 ? {} : { "${local.lambda}/aliases" = join("+", each.value.aliases) },
    each.value.host == null ? {} : { "${local.lambda}/route-host" = each.value.host },
  )
}

resource "aws_lambda_alias" "alias" {
  for_each = merge([
    for name, function in local.functions : { for alias in function.aliases : "${name}-${alias}" => [name, alias] }
  ]...)
  function_name    = aws_lambda_function.function[each.value[0]].function_name
  function_version = "$LATEST"
  name             = each.value[1]
}

module "registrator" {
  source = "../../dist/terraform/lambda-registrator"

  name             = "lambda-registrator"
  consul_http_addr = "https://consul.example.com:8501"

  # Without any CloudTrail trail in the account, Lambda's events do not arrive.
  create_trail = true
}
