variable "name" {
  type        = string
  nullable    = false

  validation {
    error_message = "name must be 1 to 64 letters, digits, hyphens or underscores, as Lambda wants it, for example \"consul-lambda-registrator\"."
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
  }
}

variable "arch" {
  default     = "arm64"
  type        = string
  nullable    = false

  validation {
    error_message = "arch must be one of arm64, x86_64, for example \"arm64\"."
    condition     = contains(["arm64", "x86_64"], var.arch)
  }
}

variable "memory_size" {
  default     = 512
  type        = number
  nullable    = false

  validation {
    error_message = "memory_size must be a whole number from 128 to 10240, for example 512."
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
  }
}

variable "reserved_concurrent_executions" {
  default     = -1
  type        = number
  nullable    = false

  validation {
    error_message = "reserved_concurrent_executions must be a whole number of at least -1, for example -1."
    condition     = var.reserved_concurrent_executions >= -1 && floor(var.reserved_concurrent_executions) == var.reserved_concurrent_executions
  }
}

variable "s3_bucket" {
  default     = null
  type        = string
}

variable "s3_key" {
  default     = null
  type        = string
}

variable "s3_object_version" {
  default     = null
  type        = string
}

variable "subnet_ids" {
  default     = []
  type        = list(string)
  nullable    = false
}

variable "security_group_ids" {
  default     = []
  type        = list(string)
  nullable    = false
}

variable "log_level" {
  default     = "info"
  type        = string
  nullable    = false

  validation {
    error_message = "log_level must be one of trace, debug, info, warn, error, fatal, silent, off, for example \"info\"."
    condition     = contains(["trace", "debug", "info", "warn", "error", "fatal", "silent", "off"], lower(var.log_level))
  }
}

variable "create_log_group" {
  default     = true
  type        = bool
  nullable    = false
}

variable "log_group_name" {
  default     = null
  type        = string

  validation {
    error_message = "log_group_name must be 1 to 512 letters, digits or characters of `_/.#-`, for example \"/platform/registrator\"."
    condition     = var.log_group_name == null ? true : can(regex("^[A-Za-z0-9_/.#-]{1,512}$", var.log_group_name))
  }
}

variable "log_retention_in_days" {
  default     = 30
  type        = number
  nullable    = false

  validation {
    error_message = "log_retention_in_days must be one of 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, for example 30."
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
  }
}

variable "log_kms_key_arn" {
  default     = null
  type        = string

  validation {
    error_message = "log_kms_key_arn must be the ARN of a KMS key (not of an alias), for example \"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
    condition     = var.log_kms_key_arn == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\\/[A-Za-z0-9-]+$", var.log_kms_key_arn))
  }
}

variable "permissions_boundary" {
  default     = null
  type        = string

  validation {
    error_message = "permissions_boundary must be the ARN of an IAM policy, for example \"arn:aws:iam::123456789012:policy/boundary\"."
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[a-z0-9-]+:iam::([0-9]{12}|aws):policy\\/[^*? ]+$", var.permissions_boundary))
  }
}

variable "create_alarms" {
  default     = true
  type        = bool
  nullable    = false
}

variable "alarm_actions" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "alarm_actions must be a list, each element an ARN, for example [\"arn:aws:sns:eu-central-1:123456789012:oncall\"]."
    condition     = alltrue([for element in var.alarm_actions : can(regex("^arn:.+$", element))])
  }
}

variable "tags" {
  default     = {}
  type        = map(string)
  nullable    = false
}

variable "consul_http_addr" {
  type        = string
  nullable    = false
}

variable "consul_datacenter" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "consul_datacenter must be empty or 1 to 128 letters, digits, `_` and `-`, for example \"dc1\"."
    condition     = var.consul_datacenter == "" ? true : can(regex("^[A-Za-z0-9_-]{1,128}$", var.consul_datacenter))
  }
}

variable "primary_datacenter" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "primary_datacenter must be empty or 1 to 128 letters, digits, `_` and `-`, for example \"dc1\"."
    condition     = var.primary_datacenter == "" ? true : can(regex("^[A-Za-z0-9_-]{1,128}$", var.primary_datacenter))
  }
}

variable "enterprise" {
  default     = false
  type        = bool
  nullable    = false
}

variable "partitions" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "partitions must be a list, each element the name of a partition, for example [\"default\",\"apps\"]."
    condition     = alltrue([for element in var.partitions : can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$", element))])
  }
}

variable "terminating_gateway" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "terminating_gateway must be empty or a service name, as terminating-gateway, for example \"terminating-gateway\"."
    condition     = var.terminating_gateway == "" ? true : can(regex("^[A-Za-z0-9]([A-Za-z0-9_.-]{0,126}[A-Za-z0-9])?$", var.terminating_gateway))
  }
}

variable "consul_extension_data_prefix" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "consul_extension_data_prefix must be empty or a Parameter Store path, as /consul/lambda, for example \"/consul/lambda\"."
    condition     = var.consul_extension_data_prefix == "" ? true : can(regex("^\\/?[A-Za-z0-9_.-]+(\\/[A-Za-z0-9_.-]+){0,11}\\/*$", var.consul_extension_data_prefix))
  }
}

variable "consul_extension_data_tier" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "consul_extension_data_tier must be empty or one of Standard, Advanced, Intelligent-Tiering, for example \"Intelligent-Tiering\"."
    condition     = var.consul_extension_data_tier == "" ? true : contains(["standard", "advanced", "intelligent-tiering"], lower(var.consul_extension_data_tier))
  }
}

variable "extension_data_kms_key_arn" {
  default     = null
  type        = string

  validation {
    error_message = "extension_data_kms_key_arn must be the ARN of a KMS key (not of an alias), for example \"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
    condition     = var.extension_data_kms_key_arn == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\\/[A-Za-z0-9-]+$", var.extension_data_kms_key_arn))
  }
}

variable "previous_owner_ids" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "previous_owner_ids must be a list, each element 1 to 512 printable characters without blanks and commas, for example [\"123456789012/eu-central-1/lambdas\"]."
    condition     = alltrue([for element in var.previous_owner_ids : can(regex("^[\\x21-\\x2b\\x2d-\\x7e]{1,512}$", element))])
  }
}

variable "consul_ca_cert_path" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "consul_ca_cert_path must be empty or the name or the ARN of a parameter, for example \"/consul/ca\"."
    condition     = var.consul_ca_cert_path == "" ? true : can(regex("^(arn:[a-z0-9-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter\\/)?[A-Za-z0-9_./-]*[A-Za-z0-9_.-]$", var.consul_ca_cert_path))
  }
}

variable "consul_http_token_path" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "consul_http_token_path must be empty or the name or the ARN of a parameter, for example \"/consul/token\"."
    condition     = var.consul_http_token_path == "" ? true : can(regex("^(arn:[a-z0-9-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter\\/)?[A-Za-z0-9_./-]*[A-Za-z0-9_.-]$", var.consul_http_token_path))
  }
}

variable "ca_cert_path" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "ca_cert_path must be empty or the name or the ARN of a parameter, for example \"/consul/ca\"."
    condition     = var.ca_cert_path == "" ? true : can(regex("^(arn:[a-z0-9-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter\\/)?[A-Za-z0-9_./-]*[A-Za-z0-9_.-]$", var.ca_cert_path))
  }
}

variable "http_token_path" {
  default     = ""
  type        = string
  nullable    = false

  validation {
    error_message = "http_token_path must be empty or the name or the ARN of a parameter, for example \"/consul/token\"."
    condition     = var.http_token_path == "" ? true : can(regex("^(arn:[a-z0-9-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter\\/)?[A-Za-z0-9_./-]*[A-Za-z0-9_.-]$", var.http_token_path))
  }
}

variable "parameter_kms_key_arns" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "parameter_kms_key_arns must be a list, each element the ARN of a KMS key (not of an alias), for example [\"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"]."
    condition     = alltrue([for element in var.parameter_kms_key_arns : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\\/[A-Za-z0-9-]+$", element))])
  }
}

variable "node_name" {
  default     = "lambdas"
  type        = string
  nullable    = false

  validation {
    error_message = "node_name must be 1 to 128 letters, digits, `_`, `.` and `-`, for example \"lambdas\"."
    condition     = can(regex("^[A-Za-z0-9_.-]{1,128}$", var.node_name))
  }
}

variable "consul_http_ssl" {
  default     = null
  type        = string

  validation {
    error_message = "consul_http_ssl must be empty or true or false, for example \"false\"."
    condition     = var.consul_http_ssl == null ? true : var.consul_http_ssl == "" ? true : can(regex("^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$", var.consul_http_ssl))
  }
}

variable "consul_http_ssl_verify" {
  default     = null
  type        = string

  validation {
    error_message = "consul_http_ssl_verify must be empty or true or false, for example \"true\"."
    condition     = var.consul_http_ssl_verify == null ? true : var.consul_http_ssl_verify == "" ? true : can(regex("^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$", var.consul_http_ssl_verify))
  }
}

variable "consul_tls_server_name" {
  default     = null
  type        = string
}

variable "owner_id" {
  default     = null
  type        = string

  validation {
    error_message = "owner_id must be empty or up to 512 printable characters without blanks, for example \"none\"."
    condition     = var.owner_id == null ? true : var.owner_id == "" ? true : can(regex("^[\\x21-\\x7e]{1,512}$", var.owner_id))
  }
}

variable "sync_policy" {
  default     = null
  type        = string

  validation {
    error_message = "sync_policy must be empty or one of sync, upsert-only, for example \"sync\"."
    condition     = var.sync_policy == null ? true : var.sync_policy == "" ? true : contains(["sync", "upsert-only"], lower(var.sync_policy))
  }
}

variable "max_delete_percent" {
  default     = null
  type        = string

  validation {
    error_message = "max_delete_percent must be empty or a number from 0 to 100, for example \"50\"."
    condition     = var.max_delete_percent == null ? true : var.max_delete_percent == "" ? true : can(regex("^\\d+(\\.\\d+)?$", var.max_delete_percent)) && try(tonumber(var.max_delete_percent) >= 0 && tonumber(var.max_delete_percent) <= 100, false)
  }
}

variable "service_prefix" {
  default     = null
  type        = string

  validation {
    error_message = "service_prefix must be empty or up to 128 letters, digits, `_`, `.` and `-`, for example \"\"."
    condition     = var.service_prefix == null ? true : var.service_prefix == "" ? true : can(regex("^[A-Za-z0-9_.-]{0,128}$", var.service_prefix))
  }
}

variable "service_defaults_format" {
  default     = null
  type        = string

  validation {
    error_message = "service_defaults_format must be empty or one of auto, envoy-extension, meta, for example \"auto\"."
    condition     = var.service_defaults_format == null ? true : var.service_defaults_format == "" ? true : contains(["auto", "envoy-extension", "meta"], lower(var.service_defaults_format))
  }
}

variable "adopt_unowned" {
  default     = null
  type        = string

  validation {
    error_message = "adopt_unowned must be empty or true or false, for example \"false\"."
    condition     = var.adopt_unowned == null ? true : var.adopt_unowned == "" ? true : can(regex("^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$", var.adopt_unowned))
  }
}

variable "concurrency" {
  default     = null
  type        = string

  validation {
    error_message = "concurrency must be empty or a whole number of at least 1, for example \"16\"."
    condition     = var.concurrency == null ? true : var.concurrency == "" ? true : can(regex("^\\d+$", var.concurrency)) && try(tonumber(var.concurrency) >= 1 && floor(tonumber(var.concurrency)) == tonumber(var.concurrency), false)
  }
}

variable "aws_requests_per_second" {
  default     = null
  type        = string

  validation {
    error_message = "aws_requests_per_second must be empty or a number from 0.1 to 1000, for example \"8\"."
    condition     = var.aws_requests_per_second == null ? true : var.aws_requests_per_second == "" ? true : can(regex("^\\d+(\\.\\d+)?$", var.aws_requests_per_second)) && try(tonumber(var.aws_requests_per_second) >= 0.1 && tonumber(var.aws_requests_per_second) <= 1000, false)
  }
}

variable "page_size" {
  default     = null
  type        = string

  validation {
    error_message = "page_size must be empty or a positive number, for example \"100\"."
    condition     = var.page_size == null ? true : var.page_size == "" ? true : can(regex("^\\d+(\\.\\d+)?$", var.page_size)) && try(tonumber(var.page_size) > 0, false)
  }
}

variable "timeout" {
  default     = 300
  type        = number
  nullable    = false

  validation {
    error_message = "timeout must be a whole number from 1 to 900, for example 300."
    condition     = var.timeout >= 1 && var.timeout <= 900 && floor(var.timeout) == var.timeout
  }
}

variable "sync_frequency_in_minutes" {
  default     = 5
  type        = number
  nullable    = false

  validation {
    error_message = "sync_frequency_in_minutes must be a whole number from 1 to 1440, for example 5."
    condition     = var.sync_frequency_in_minutes >= 1 && var.sync_frequency_in_minutes <= 1440 && floor(var.sync_frequency_in_minutes) == var.sync_frequency_in_minutes
  }
}

variable "maximum_retry_attempts" {
  default     = 2
  type        = number
  nullable    = false

  validation {
    error_message = "maximum_retry_attempts must be a whole number from 0 to 2, for example 2."
    condition     = var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 2 && floor(var.maximum_retry_attempts) == var.maximum_retry_attempts
  }
}

variable "maximum_event_age_in_seconds" {
  default     = 3600
  type        = number
  nullable    = false

  validation {
    error_message = "maximum_event_age_in_seconds must be a whole number from 60 to 21600, for example 3600."
    condition     = var.maximum_event_age_in_seconds >= 60 && var.maximum_event_age_in_seconds <= 21600 && floor(var.maximum_event_age_in_seconds) == var.maximum_event_age_in_seconds
  }
}

variable "buffer_events" {
  default     = false
  type        = bool
  nullable    = false
}

variable "buffer_batch_size" {
  default     = 100
  type        = number
  nullable    = false

  validation {
    error_message = "buffer_batch_size must be a whole number from 1 to 10000, for example 100."
    condition     = var.buffer_batch_size >= 1 && var.buffer_batch_size <= 10000 && floor(var.buffer_batch_size) == var.buffer_batch_size
  }
}

variable "buffer_window_in_seconds" {
  default     = 5
  type        = number
  nullable    = false

  validation {
    error_message = "buffer_window_in_seconds must be a whole number from 1 to 300, for example 5."
    condition     = var.buffer_window_in_seconds >= 1 && var.buffer_window_in_seconds <= 300 && floor(var.buffer_window_in_seconds) == var.buffer_window_in_seconds
  }
}

variable "buffer_maximum_concurrency" {
  default     = 2
  type        = number
  nullable    = false

  validation {
    error_message = "buffer_maximum_concurrency must be a whole number from 2 to 1000, for example 2."
    condition     = var.buffer_maximum_concurrency >= 2 && var.buffer_maximum_concurrency <= 1000 && floor(var.buffer_maximum_concurrency) == var.buffer_maximum_concurrency
  }
}

variable "create_trail" {
  default     = false
  type        = bool
  nullable    = false
}

variable "create_dashboard" {
  default     = true
  type        = bool
  nullable    = false
}

variable "ecr_image_uri" {
  default     = ""
  type        = string
  nullable    = false
}

variable "enable_auto_publish_ecr_image" {
  default     = false
  type        = bool
  nullable    = false
}

variable "private_ecr_repo_name" {
  default     = ""
  type        = string
  nullable    = false
}

variable "consul_lambda_registrator_image" {
  default     = ""
  type        = string
  nullable    = false
}

variable "docker_host" {
  default     = ""
  type        = string
  nullable    = false
}
