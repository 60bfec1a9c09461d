# A proxy on Fargate behind a load balancer, which serves two functions, one of them as a stream.

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

variable "public_subnet_ids" {
  description = "Subnets of the load balancer."
  type        = list(string)
}

variable "private_subnet_ids" {
  description = "Subnets of the tasks, with a way to AWS: a NAT gateway, or endpoints for ecr.api, ecr.dkr, s3, logs and lambda."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate for *.example.com."
  type        = string
}

variable "image_tag" {
  description = "Version of the image in the repository."
  type        = string
}

resource "aws_ecs_cluster" "production" {
  name = "production"
}

resource "aws_ecr_repository" "proxy" {
  name = "lambda-proxy"
}

resource "aws_security_group" "balancer" {
  name_prefix = "lambda-proxy-balancer-"
  description = "Everybody calls the load balancer, and it calls the proxy"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "from_everybody" {
  security_group_id = aws_security_group.balancer.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "to_proxy" {
  security_group_id            = aws_security_group.balancer.id
  referenced_security_group_id = module.proxy.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_lb" "public" {
  name            = "lambda-proxy"
  subnets         = var.public_subnet_ids
  security_groups = [aws_security_group.balancer.id]
}

resource "aws_lb_target_group" "proxy" {
  name                 = "lambda-proxy"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = 30

  health_check {
    path = "/internal/healthz"
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.public.arn
  protocol          = "HTTPS"
  port              = 443
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.proxy.arn
  }
}

data "aws_lambda_function" "shop" {
  function_name = "shop"
}

data "aws_lambda_function" "reports" {
  function_name = "reports"
}

module "proxy" {
  source = "../../dist/terraform/lambda-proxy"

  name                       = "lambda-proxy"
  image                      = "${aws_ecr_repository.proxy.repository_url}:${var.image_tag}"
  image_repository_arn       = aws_ecr_repository.proxy.arn
  cluster_name               = aws_ecs_cluster.production.name
  vpc_id                     = var.vpc_id
  subnet_ids                 = var.private_subnet_ids
  allowed_security_group_ids = [aws_security_group.balancer.id]
  target_group_arn           = aws_lb_target_group.proxy.arn

  # The function `shop` by its alias alone, and every version of `reports`.
  function_arns = ["${data.aws_lambda_function.shop.arn}:live", data.aws_lambda_function.reports.arn]

  configuration = <<-EOT
    aws:
      - { hostname: shop.example.com, function_name: shop, qualifier: live }
      - { hostname: reports.example.com, function_name: reports, streaming: true }
  EOT

  # ECS makes no service for a target group that no listener sends to.
  depends_on = [aws_lb_listener.https]
}
