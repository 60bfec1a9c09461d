# All four programs: the registrator puts tagged functions into Consul, the agent's HAProxy sends requests for them to the proxy,
# which invokes them, and everything else to the servers in Consul; hosts with Docker report their containers to the registry.

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "vpc_id" {
  description = "VPC in which Consul is."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, with a NAT gateway."
  type        = list(string)
}

variable "consul_address" {
  description = "Address of Consul, as https://consul.internal.example.com:8501."
  type        = string
}

variable "consul_security_group_id" {
  description = "Security group of Consul's servers."
  type        = string
}

variable "consul_ca_arn" {
  description = "ARN of the parameter with Consul's CA certificate, in PEM."
  type        = string
}

variable "consul_token_arns" {
  description = "ARNs of the parameters with the ACL tokens of registrator, proxy and agent."
  type        = object({ registrator = string, proxy = string, agent = string })
}

variable "images" {
  description = "Images of proxy and agent, in a registry that asks for no credentials."
  type        = object({ proxy = string, agent = string })
}

data "aws_caller_identity" "current" {}

locals {
  region = "eu-central-1"
  ca     = "/etc/lambda-registrator/consul_ca"
  token  = "/etc/lambda-registrator/consul_token"
}

resource "aws_ecs_cluster" "edge" {
  name = "edge"
}

# Consul lets the three in.
resource "aws_security_group" "registrator" {
  name_prefix = "registrator-"
  description = "The registrator calls Consul and AWS, and nobody calls it"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "registrator" {
  security_group_id = aws_security_group.registrator.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "consul" {
  for_each = {
    registrator = aws_security_group.registrator.id
    proxy       = module.proxy.security_group_id
    agent       = module.agent.security_group_id
  }
  security_group_id            = var.consul_security_group_id
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 8501
  to_port                      = 8501
}

module "registrator" {
  source = "../../dist/terraform/lambda-registrator"

  name                   = "lambda-registrator"
  consul_http_addr       = var.consul_address
  consul_ca_cert_path    = var.consul_ca_arn
  consul_http_token_path = var.consul_token_arns.registrator
  subnet_ids             = var.subnet_ids
  security_group_ids     = [aws_security_group.registrator.id]
  create_trail           = true
}

module "proxy" {
  source = "../../dist/terraform/lambda-proxy"

  name                       = "lambda-proxy"
  image                      = var.images.proxy
  cluster_name               = aws_ecs_cluster.edge.name
  vpc_id                     = var.vpc_id
  subnet_ids                 = var.subnet_ids
  allowed_security_group_ids = [module.agent.security_group_id]
  service_registry_arn       = aws_service_discovery_service.proxy.arn

  # Every function that is tagged for the registrator, and no other.
  function_arns = ["arn:aws:lambda:${local.region}:${data.aws_caller_identity.current.account_id}:function:*"]
  function_tag  = "serverless.consul.hashicorp.com/v1alpha1/lambda/enabled"

  configuration = <<-EOT
    consul:
      address: ${var.consul_address}
      ca_file: ${local.ca}
      token_file: ${local.token}
  EOT
  secret_files = {
    consul_ca    = var.consul_ca_arn
    consul_token = var.consul_token_arns.proxy
  }
}

# The agent finds the proxy by its name.
resource "aws_service_discovery_private_dns_namespace" "edge" {
  name = "edge.internal"
  vpc  = var.vpc_id
}

resource "aws_service_discovery_service" "proxy" {
  name = "lambda-proxy"

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.edge.id

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}

module "agent" {
  source = "../../dist/terraform/haproxy-agent"

  name             = "haproxy-agent"
  image            = var.images.agent
  cluster_name     = aws_ecs_cluster.edge.name
  vpc_id           = var.vpc_id
  subnet_ids       = var.subnet_ids
  target_group_arn = aws_lb_target_group.haproxy.arn

  allowed_cidr_blocks = ["10.0.0.0/8"]
  read_cloud_map      = false

  configuration = <<-EOT
    sources:
      consul:
        address: ${var.consul_address}
        ca_file: ${local.ca}
        token_file: ${local.token}
    lambda:
      proxy: ["lambda-proxy.edge.internal:8080"]
  EOT
  secret_files = {
    consul_ca    = var.consul_ca_arn
    consul_token = var.consul_token_arns.agent
  }

  # ECS makes no service for a target group that no listener sends to.
  depends_on = [aws_lb_listener.http]
}

resource "aws_lb" "edge" {
  name               = "edge"
  load_balancer_type = "network"
  internal           = true
  subnets            = var.subnet_ids
}

resource "aws_lb_target_group" "haproxy" {
  name        = "haproxy"
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "TCP"
  port        = 8080

  health_check {
    protocol = "HTTP"
    path     = "/readyz"
    port     = "3000"
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.edge.arn
  protocol          = "TCP"
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.haproxy.arn
  }
}

module "registry" {
  source = "../../dist/terraform/lambda-registry"

  name   = "lambda-registry"
  tables = ["production"]
}

# What Docker hosts may do: report their containers.
data "aws_iam_policy_document" "report" {
  statement {
    actions   = ["execute-api:Invoke"]
    resources = ["${module.registry.execution_arn}/*/POST/generate"]
  }
}

resource "aws_iam_policy" "report" {
  name   = "report-containers"
  policy = data.aws_iam_policy_document.report.json
}
