# A registry that only Docker hosts with the right role can call, and the command with which they do.

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

module "registry" {
  source = "../../dist/terraform/lambda-registry"

  name     = "lambda-registry"
  tables   = ["production", "staging"]
  host_ttl = 600
}

resource "aws_iam_role" "docker_host" {
  name = "docker-host"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

# What an instance is started with to have the role.
resource "aws_iam_instance_profile" "docker_host" {
  name = "docker-host"
  role = aws_iam_role.docker_host.name
}

# A host reports its containers and nothing else: it cannot delete services or read other tables' lists.
data "aws_iam_policy_document" "report" {
  statement {
    actions   = ["execute-api:Invoke"]
    resources = ["${module.registry.execution_arn}/*/POST/generate"]
  }
}

resource "aws_iam_role_policy" "report" {
  name   = "report-containers"
  role   = aws_iam_role.docker_host.id
  policy = data.aws_iam_policy_document.report.json
}

# curl 7.75 and later sign requests themselves (SigV4); the variables are those of `aws configure export-credentials`.
output "report" {
  description = "Reports one container of the host web-1 and prints the configuration for HAProxy."
  value       = <<-EOT
    eval "$(aws configure export-credentials --format env)"
    curl --fail --silent --show-error \
      --aws-sigv4 "aws:amz:eu-central-1:execute-api" \
      --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
      --header "x-amz-security-token: $AWS_SESSION_TOKEN" \
      --header "content-type: application/json" \
      --data '{"table":"production","host":"web-1","running":[{"serviceName":"shop","id":"c1","ip":"10.0.0.5"}],"candidates":[{"serviceName":"shop","predicate":"shop.example.com","port":8080,"containers":[{"id":"c1","ip":"10.0.0.5"}]}]}' \
      "${module.registry.url}/generate"
  EOT
}
