# A registrator that reaches Consul within a VPC, over TLS, with an ACL token; both are encrypted parameters.

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "consul_ca" {
  description = "CA certificate of Consul, in PEM."
  type        = string
}

variable "consul_token" {
  description = "ACL token of the registrator: node \"lambdas\" write, node_prefix \"\" read, service_prefix \"\" write."
  type        = string
  sensitive   = true
}

data "aws_availability_zones" "available" {
  state = "available"
}

resource "aws_vpc" "network" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.network.id
  cidr_block        = cidrsubnet(aws_vpc.network.cidr_block, 8, count.index)
  availability_zone = data.aws_availability_zones.available.names[count.index]
}

# A function in a VPC has no way to the internet: it reaches AWS through endpoints (or a NAT gateway).
resource "aws_vpc_endpoint" "service" {
  for_each            = toset(["lambda", "ssm", "tagging"])
  vpc_id              = aws_vpc.network.id
  service_name        = "com.amazonaws.eu-central-1.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints.id]
}

resource "aws_security_group" "registrator" {
  name_prefix = "registrator-"
  description = "The registrator calls Consul and AWS, and nobody calls it"
  vpc_id      = aws_vpc.network.id
}

resource "aws_security_group" "endpoints" {
  name_prefix = "endpoints-"
  description = "AWS services, for the registrator"
  vpc_id      = aws_vpc.network.id
}

resource "aws_security_group" "consul" {
  name_prefix = "consul-"
  description = "Consul servers"
  vpc_id      = aws_vpc.network.id
}

resource "aws_vpc_security_group_egress_rule" "to_consul" {
  security_group_id            = aws_security_group.registrator.id
  referenced_security_group_id = aws_security_group.consul.id
  ip_protocol                  = "tcp"
  from_port                    = 8501
  to_port                      = 8501
}

resource "aws_vpc_security_group_ingress_rule" "from_registrator" {
  security_group_id            = aws_security_group.consul.id
  referenced_security_group_id = aws_security_group.registrator.id
  ip_protocol                  = "tcp"
  from_port                    = 8501
  to_port                      = 8501
}

resource "aws_vpc_security_group_egress_rule" "to_endpoints" {
  security_group_id            = aws_security_group.registrator.id
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_ingress_rule" "to_services" {
  security_group_id            = aws_security_group.endpoints.id
  referenced_security_group_id = aws_security_group.registrator.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_kms_key" "consul" {
  description         = "Consul's parameters"
  enable_key_rotation = true
}

resource "aws_ssm_parameter" "ca" {
  name  = "/consul/ca"
  type  = "String"
  value = var.consul_ca
}

resource "aws_ssm_parameter" "token" {
  name   = "/consul/token"
  type   = "SecureString"
  key_id = aws_kms_key.consul.arn
  value  = var.consul_token
}

resource "aws_sns_topic" "oncall" {
  name = "oncall"
}

module "registrator" {
  source = "../../dist/terraform/lambda-registrator"

  name                   = "lambda-registrator"
  consul_http_addr       = "https://consul.internal.example.com:8501"
  consul_ca_cert_path    = aws_ssm_parameter.ca.name
  consul_http_token_path = aws_ssm_parameter.token.name
  parameter_kms_key_arns = [aws_kms_key.consul.arn]
  subnet_ids             = aws_subnet.private[*].id
  security_group_ids     = [aws_security_group.registrator.id]
  buffer_events          = true
  create_trail           = true
  alarm_actions          = [aws_sns_topic.oncall.arn]
}
