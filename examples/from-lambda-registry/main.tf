# Beside a deployment of lambda-registry (function "cosmos", open API, table "services"), for callers that cannot change
# at once. Services come back with the next report of each host, so no data is moved:
#
# 1. apply this, and point callers from https://<old>/api/generate to `generate_url`
# 2. give callers credentials, and remove `authorization` and `default_answer` here
# 3. destroy the old deployment, and delete its table "services"

terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.78.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "registry" {
  source = "../../dist/terraform/lambda-registry"

  name     = "lambda-registry"
  api_type = "rest"

  # What callers send as `table`.
  tables = ["cosmos"]

  # As before, for the time of the move: every plan warns of the first.
  authorization  = "none"
  default_answer = "legacy"
}

output "generate_url" {
  description = "Where callers post running and candidate containers."
  value       = "${module.registry.url}/generate"
}
