variable "name" {
  description = "Name of the function and of the table, API, role and alarms around it."
  type        = string
  nullable    = false

  validation {
    error_message = "name must be 3 to 64 letters, digits, hyphens or underscores, as Lambda and DynamoDB want it, for example \"lambda-registry\"."
    condition     = can(regex("^[A-Za-z0-9_-]{3,64}$", var.name))
  }
}

variable "arch" {
  default     = "arm64"
  description = "Processor of the function; the zip runs on both."
  type        = string
  nullable    = false

  validation {
    error_message = "arch must be one of arm64, x86_64, for example \"arm64\"."
    condition     = contains(["arm64", "x86_64"], var.arch)
  }
}

variable "memory_size" {
  default     = 512
  description = "Memory of the function in MB, which also sets its share of a processor."
  type        = number
  nullable    = false

  validation {
    error_message = "memory_size must be a whole number from 128 to 10240, for example 512."
    condition     = var.memory_size >= 128 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
  }
}

variable "reserved_concurrent_executions" {
  default     = -1
  description = "Concurrent executions kept for the function and its limit; -1 sets none, 0 switches the function off."
  type        = number
  nullable    = false

  validation {
    error_message = "reserved_concurrent_executions must be a whole number of at least -1, for example -1."
    condition     = var.reserved_concurrent_executions >= -1 && floor(var.reserved_concurrent_executions) == var.reserved_concurrent_executions
  }
}

variable "s3_bucket" {
  default     = null
  description = "Bucket to take the zip from instead of the file beside the module."
  type        = string
}

variable "s3_key" {
  default     = null
  description = "Key of the zip in `s3_bucket`."
  type        = string
}

variable "s3_object_version" {
  default     = null
  description = "Version of the zip in `s3_bucket`."
  type        = string
}

variable "subnet_ids" {
  default     = []
  description = "Subnets of the VPC to run in; needs `security_group_ids`."
  type        = list(string)
  nullable    = false
}

variable "security_group_ids" {
  default     = []
  description = "Security groups in the VPC; needs `subnet_ids`."
  type        = list(string)
  nullable    = false
}

variable "log_level" {
  default     = "info"
  description = "Detail of the log."
  type        = string
  nullable    = false

  validation {
    error_message = "log_level must be one of trace, debug, info, warn, error, fatal, silent, for example \"info\"."
    condition     = contains(["trace", "debug", "info", "warn", "error", "fatal", "silent"], var.log_level)
  }
}

variable "log_retention_in_days" {
  default     = 30
  description = "Days that logs are kept; 0 keeps them for ever."
  type        = number
  nullable    = false

  validation {
    error_message = "log_retention_in_days must be one of 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, for example 30."
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
  }
}

variable "log_kms_key_arn" {
  default     = null
  description = "Key that encrypts the log group; its policy must allow CloudWatch Logs."
  type        = string

  validation {
    error_message = "log_kms_key_arn must be the ARN of a KMS key (not of an alias), for example \"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
    condition     = var.log_kms_key_arn == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\\/.+$", var.log_kms_key_arn))
  }
}

variable "permissions_boundary" {
  default     = null
  description = "ARN of a permissions boundary for every role."
  type        = string
}

variable "create_alarms" {
  default     = true
  description = "Whether to make CloudWatch alarms."
  type        = bool
  nullable    = false
}

variable "alarm_actions" {
  default     = []
  description = "ARNs, as of SNS topics, told when an alarm goes off and when it is over."
  type        = list(string)
  nullable    = false

  validation {
    error_message = "alarm_actions must be a list, each element an ARN, for example [\"arn:aws:sns:eu-central-1:123456789012:oncall\"]."
    condition     = alltrue([for element in var.alarm_actions : can(regex("^arn:.+$", element))])
  }
}

variable "tags" {
  default     = {}
  description = "Tags on everything that is made."
  type        = map(string)
  nullable    = false
}

variable "tables" {
  default     = []
  description = "Values of `table` that callers may name; the name alone unless given."
  type        = list(string)
  nullable    = false
}

variable "timeout" {
  default     = 29
  description = "Seconds that a request may take; API Gateway itself waits for 29."
  type        = number
  nullable    = false

  validation {
    error_message = "timeout must be a whole number from 1 to 900, for example 29."
    condition     = var.timeout >= 1 && var.timeout <= 900 && floor(var.timeout) == var.timeout
  }
}

variable "service_grace" {
  default     = null
  description = "Seconds that a service is remembered without instances (`0` unless given)."
  type        = string
}

variable "host_ttl" {
  default     = null
  description = "Seconds after which the instances of a silent host are dropped; 0: never (`0` unless given)."
  type        = string
}

variable "bind" {
  default     = null
  description = "Comma list of addresses where HAProxy listens for HTTP (`:80` unless given)."
  type        = string
}

variable "tls_bind" {
  default     = null
  description = "Comma list of addresses where HAProxy listens for HTTPS."
  type        = string
}

variable "tls_cert" {
  default     = null
  description = "PEM file, or directory of them, on HAProxy's host; required with `TLS_BIND`."
  type        = string
}

variable "stats_bind" {
  default     = null
  description = "Comma list of addresses of `/stats` and `/metrics`; empty: none (`127.0.0.1:8404` unless given)."
  type        = string
}

variable "access_log" {
  default     = null
  description = "Where the access log goes: `host:port` of a syslog server or `stdout`; empty: nowhere (`127.0.0.1:514` unless given)."
  type        = string
}

variable "trusted_proxies" {
  default     = null
  description = "Comma list of networks whose X-Forwarded-For is kept and whose X-Forwarded-Proto is believed."
  type        = string
}

variable "default_answer" {
  default     = null
  description = "Answer to callers without a preference: the configuration, or with `legacy` the same as one JSON string (`text` unless given)."
  type        = string
}

variable "api_type" {
  default     = "http"
  description = "Kind of API: `http` (cheaper) or `rest` (for WAF, usage plans, caching)."
  type        = string
  nullable    = false

  validation {
    error_message = "api_type must be one of http, rest, for example \"http\"."
    condition     = contains(["http", "rest"], var.api_type)
  }
}

variable "authorization" {
  default     = "iam"
  description = "Who may call: `iam` (SigV4, by IAM policy), `jwt` (HTTP API only), or `none`, which leaves the API open to everybody."
  type        = string
  nullable    = false

  validation {
    error_message = "authorization must be one of iam, jwt, none, for example \"iam\"."
    condition     = contains(["iam", "jwt", "none"], var.authorization)
  }
}

variable "jwt_issuer" {
  default     = ""
  description = "Issuer of the tokens, an https URL; needed for `jwt`."
  type        = string
  nullable    = false
}

variable "jwt_audience" {
  default     = []
  description = "Audiences of the tokens; needed for `jwt`."
  type        = list(string)
  nullable    = false
}

variable "throttling_rate_limit" {
  default     = 20
  description = "Requests a second that the API takes on average."
  type        = number
  nullable    = false

  validation {
    error_message = "throttling_rate_limit must be a whole number from 1 to 10000, for example 20."
    condition     = var.throttling_rate_limit >= 1 && var.throttling_rate_limit <= 10000 && floor(var.throttling_rate_limit) == var.throttling_rate_limit
  }
}

variable "throttling_burst_limit" {
  default     = 40
  description = "Requests that the API takes at once."
  type        = number
  nullable    = false

  validation {
    error_message = "throttling_burst_limit must be a whole number from 1 to 5000, for example 40."
    condition     = var.throttling_burst_limit >= 1 && var.throttling_burst_limit <= 5000 && floor(var.throttling_burst_limit) == var.throttling_burst_limit
  }
}

variable "table_kms_key_arn" {
  default     = null
  description = "Customer-managed key of the table; an AWS-managed one unless given."
  type        = string

  validation {
    error_message = "table_kms_key_arn must be the ARN of a KMS key (not of an alias), for example \"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
    condition     = var.table_kms_key_arn == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\\/.+$", var.table_kms_key_arn))
  }
}

variable "deletion_protection" {
  default     = true
  description = "Whether the table is protected from deletion."
  type        = bool
  nullable    = false
}
