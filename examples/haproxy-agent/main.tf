# HAProxy on Fargate behind an application load balancer, for what runs in two namespaces of Cloud Map and in Consul.

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
  description = "VPC with the subnets."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the load balancer and the tasks, with a way to AWS: a NAT gateway, or endpoints for ecr.api, ecr.dkr, s3, logs, ssm, servicediscovery and data-servicediscovery."
  type        = list(string)
}

variable "image" {
  description = "Image of the agent, with HAProxy, in a registry that asks for no credentials."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of the load balancer."
  type        = string
}

variable "consul_token" {
  description = "ACL token of the agent: service_prefix \"\" read, node_prefix \"\" read."
  type        = string
  sensitive   = true
}

resource "aws_ecs_cluster" "production" {
  name = "production"
}

resource "aws_service_discovery_private_dns_namespace" "cluster" {
  for_each = toset(["cluster", "staging"])
  name     = each.key
  vpc      = var.vpc_id
}

resource "aws_kms_key" "consul" {
  description         = "Consul's token"
  enable_key_rotation = true
}

resource "aws_ssm_parameter" "token" {
  name   = "/haproxy-agent/consul-token"
  type   = "SecureString"
  key_id = aws_kms_key.consul.arn
  value  = var.consul_token
}

data "aws_vpc" "production" {
  id = var.vpc_id
}

resource "aws_security_group" "balancer" {
  name_prefix = "haproxy-balancer-"
  description = "HTTPS from the VPC, and whatever HAProxy and its agent are asked"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.balancer.id
  cidr_ipv4         = data.aws_vpc.production.cidr_block
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "haproxy" {
  security_group_id            = aws_security_group.balancer.id
  referenced_security_group_id = module.agent.security_group_id
  ip_protocol                  = "-1"
}

resource "aws_lb" "internal" {
  name            = "haproxy"
  internal        = true
  subnets         = var.subnet_ids
  security_groups = [aws_security_group.balancer.id]
}

resource "aws_lb_target_group" "haproxy" {
  name                 = "haproxy"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = 30

  health_check {
    path = "/readyz"
    port = "3000"
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.internal.arn
  protocol          = "HTTPS"
  port              = 443
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.haproxy.arn
  }
}

resource "aws_sns_topic" "oncall" {
  name = "oncall"
}

module "agent" {
  source = "../../dist/terraform/haproxy-agent"

  name             = "haproxy-agent"
  image            = var.image
  cluster_name     = aws_ecs_cluster.production.name
  vpc_id           = var.vpc_id
  subnet_ids       = var.subnet_ids
  target_group_arn = aws_lb_target_group.haproxy.arn

  # Nobody but the load balancer calls, so whoever calls from the VPC says truly who asks.
  allowed_security_group_ids = [aws_security_group.balancer.id]
  trusted_proxies            = [data.aws_vpc.production.cidr_block]

  configuration = <<-EOT
    sources:
      cloud_map:
        namespaces:
          - { namespace: cluster, domain: example.com }
          - { namespace: staging, domain: staging.example.com }
      consul:
        address: https://consul.internal.example.com:8501
    service_defaults: { check: /healthz }
  EOT

  # The name of a variable, and where its value is.
  secrets             = { CONSUL_HTTP_TOKEN = aws_ssm_parameter.token.arn }
  secret_kms_key_arns = [aws_kms_key.consul.arn]
  alarm_actions       = [aws_sns_topic.oncall.arn]

  # ECS makes no service for a target group that no listener sends to.
  depends_on = [aws_lb_listener.https]
}
