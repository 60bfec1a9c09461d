# Two accounts, and two regions of one of them, on one Consul. Each registrator owns what it wrote: the owner is made
# of account, region and node name, so nothing has to be configured for that. A node name each keeps their services
# apart in Consul's UI, and the prefix keeps functions of the same name from claiming one service name.

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  alias  = "shop"
  region = "eu-central-1"
  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/deploy"
  }
}

provider "aws" {
  alias  = "shop_us"
  region = "us-east-1"
  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/deploy"
  }
}

provider "aws" {
  alias  = "billing"
  region = "eu-central-1"
  assume_role {
    role_arn = "arn:aws:iam::222222222222:role/deploy"
  }
}

locals {
  consul = {
    address = "https://consul.example.com:8501"
    # In each account and region.
    ca_parameter    = "/consul/ca"
    token_parameter = "/consul/token"
  }
}

module "shop" {
  source    = "../../dist/terraform/lambda-registrator"
  providers = { aws = aws.shop }

  name                   = "lambda-registrator"
  node_name              = "lambdas-shop"
  service_prefix         = "shop-"
  consul_http_addr       = local.consul.address
  consul_ca_cert_path    = local.consul.ca_parameter
  consul_http_token_path = local.consul.token_parameter
}

module "shop_us" {
  source    = "../../dist/terraform/lambda-registrator"
  providers = { aws = aws.shop_us }

  # Roles are global to an account, so a second region needs a name of its own.
  name                   = "lambda-registrator-us"
  node_name              = "lambdas-shop-us"
  service_prefix         = "shop-us-"
  consul_http_addr       = local.consul.address
  consul_ca_cert_path    = local.consul.ca_parameter
  consul_http_token_path = local.consul.token_parameter
}

module "billing" {
  source    = "../../dist/terraform/lambda-registrator"
  providers = { aws = aws.billing }

  name                   = "lambda-registrator"
  node_name              = "lambdas-billing"
  service_prefix         = "billing-"
  consul_http_addr       = local.consul.address
  consul_ca_cert_path    = local.consul.ca_parameter
  consul_http_token_path = local.consul.token_parameter
}
