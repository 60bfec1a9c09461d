# Beside a deployment of lambda-registry (function "cosmos", open API, table "services"), for callers that cannot change
# at once. Services come back with the next report of each host, so no data is moved:
#
# 1. apply this, and point callers from https://<old>/api/generate to `generate_url`
# 2. when every caller reads the plain answer, remove `default_answer`
# 3. when every caller signs its requests, set `authorization = "iam"`: others are answered with 403 from then on
# 4. destroy the old deployment, and delete its table "services"
#
# `api_type` and `tables` stay: another type is another URL, and without `tables` what callers send is answered with 403.

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

  # Only in a region whose API Gateway settings have a role for CloudWatch, else the apply fails.
  rest_access_log = false

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
