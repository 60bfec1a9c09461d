# A deployment of hashicorp/consul-lambda/aws//modules/lambda-registrator after the switch: the module call has its old
# name and inputs, and another source. The module moves the role and the function in the state by itself.

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

module "consul_lambda_registrator" {
  # Was: "hashicorp/consul-lambda/aws//modules/lambda-registrator", version 0.1.0-beta6
  source = "../../dist/terraform/lambda-registrator"

  name                           = "consul-lambda-registrator"
  consul_http_addr               = "https://consul.example.com:8501"
  consul_ca_cert_path            = "/consul/ca"
  consul_http_token_path         = "/consul/token"
  node_name                      = "lambdas"
  sync_frequency_in_minutes      = 10
  timeout                        = 300
  reserved_concurrent_executions = -1
  subnet_ids                     = ["subnet-0a1b2c3d4e5f67890"]
  security_group_ids             = ["sg-0a1b2c3d4e5f67890"]
  consul_extension_data_prefix   = "/consul/lambda"
  consul_extension_data_tier     = "Intelligent-Tiering"

  # HashiCorp's module ignored this one; here it keeps the registrator to functions of this datacenter.
  consul_datacenter = "dc1"

  # Still accepted, and ignored.
  ecr_image_uri = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/consul-lambda-registrator:0.1.0-beta6"

  # Once, to remove what the old registrator left behind for functions that are gone.
  adopt_unowned = true
}

# Lambda made this log group when the old function first ran. Without this block, or
# create_log_group = false, the apply stops because it exists.
import {
  to = module.consul_lambda_registrator.aws_cloudwatch_log_group.registrator_log[0]
  id = "/aws/lambda/consul-lambda-registrator"
}
