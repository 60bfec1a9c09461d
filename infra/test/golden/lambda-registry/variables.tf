variable "name" {
  type        = string
  nullable    = false

  validation {
    error_message = "name must be 3 to 64 letters, digits, hyphens or underscores, as Lambda and DynamoDB want it, for example \"lambda-registry\"."
    condition     = can(regex("^[A-Za-z0-9_-]{3,64}$", var.name))
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

variable "tables" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "tables must be a list, each element 1 to 255 characters without commas, for example [\"production\"]."
    condition     = alltrue([for element in var.tables : can(regex("^[^, ]([^,]{0,253}[^, ])?$", element))])
  }
}

variable "timeout" {
  default     = 29
  type        = number
  nullable    = false

  validation {
    error_message = "timeout must be a whole number from 1 to 900, for example 29."
    condition     = var.timeout >= 1 && var.timeout <= 900 && floor(var.timeout) == var.timeout
  }
}

variable "service_grace" {
  default     = null
  type        = string

  validation {
    error_message = "service_grace must be empty or a whole number from 0 to 31536000, for example \"0\"."
    condition     = var.service_grace == null ? true : var.service_grace == "" ? true : can(regex("^\\d+$", var.service_grace)) && try(tonumber(var.service_grace) >= 0 && tonumber(var.service_grace) <= 31536000 && floor(tonumber(var.service_grace)) == tonumber(var.service_grace), false)
  }
}

variable "host_ttl" {
  default     = null
  type        = string

  validation {
    error_message = "host_ttl must be empty or a whole number from 0 to 31536000, for example \"0\"."
    condition     = var.host_ttl == null ? true : var.host_ttl == "" ? true : can(regex("^\\d+$", var.host_ttl)) && try(tonumber(var.host_ttl) >= 0 && tonumber(var.host_ttl) <= 31536000 && floor(tonumber(var.host_ttl)) == tonumber(var.host_ttl), false)
  }
}

variable "bind" {
  default     = null
  type        = string

  validation {
    error_message = "bind must be empty or a comma list of addresses and ports such as :80, 127.0.0.1:80 or [::1]:80, for example \":80\"."
    condition     = var.bind == null ? true : var.bind == "" ? true : can(regex("^(\\*|(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\\[[0-9A-Fa-f:.]{2,45}\\])?:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])( *, *(\\*|(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\\[[0-9A-Fa-f:.]{2,45}\\])?:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))*$", var.bind))
  }
}

variable "tls_bind" {
  default     = null
  type        = string

  validation {
    error_message = "tls_bind must be empty or a comma list of addresses and ports such as :80, 127.0.0.1:80 or [::1]:80, for example \"\"."
    condition     = var.tls_bind == null ? true : var.tls_bind == "" ? true : can(regex("^(\\*|(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\\[[0-9A-Fa-f:.]{2,45}\\])?:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])( *, *(\\*|(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\\[[0-9A-Fa-f:.]{2,45}\\])?:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))*$", var.tls_bind))
  }
}

variable "tls_cert" {
  default     = null
  type        = string
}

variable "stats_bind" {
  default     = null
  type        = string

  validation {
    error_message = "stats_bind must be empty or a comma list of addresses and ports such as :80, 127.0.0.1:80 or [::1]:80, for example \"127.0.0.1:8404\"."
    condition     = var.stats_bind == null ? true : var.stats_bind == "" ? true : can(regex("^(\\*|(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\\[[0-9A-Fa-f:.]{2,45}\\])?:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])( *, *(\\*|(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\\[[0-9A-Fa-f:.]{2,45}\\])?:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))*$", var.stats_bind))
  }
}

variable "access_log" {
  default     = null
  type        = string
}

variable "trusted_proxies" {
  default     = null
  type        = string
}

variable "nameservers" {
  default     = null
  type        = string

  validation {
    error_message = "nameservers must be empty or a comma list of IP addresses with or without a port, such as 10.0.0.2, 10.0.0.2:5353 or [2001:db8::1]:53, for example \"\"."
    condition     = var.nameservers == null ? true : var.nameservers == "" ? true : can(regex("^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?|\\[[0-9A-Fa-f:.]{2,45}\\]:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)( *, *((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?|\\[[0-9A-Fa-f:.]{2,45}\\]:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*))*$", var.nameservers))
  }
}

variable "default_answer" {
  default     = null
  type        = string

  validation {
    error_message = "default_answer must be empty or one of text, legacy, for example \"text\"."
    condition     = var.default_answer == null ? true : var.default_answer == "" ? true : contains(["text", "legacy"], lower(var.default_answer))
  }
}

variable "base_path" {
  default     = null
  type        = string

  validation {
    error_message = "base_path must be empty or a path such as /registry, for example \"\"."
    condition     = var.base_path == null ? true : var.base_path == "" ? true : can(regex("^\\/?([A-Za-z0-9$_.+!*'()-]+\\/)*[A-Za-z0-9$_.+!*'()-]*$", var.base_path))
  }
}

variable "bad_candidates" {
  default     = null
  type        = string

  validation {
    error_message = "bad_candidates must be empty or one of refuse, skip, for example \"refuse\"."
    condition     = var.bad_candidates == null ? true : var.bad_candidates == "" ? true : contains(["refuse", "skip"], lower(var.bad_candidates))
  }
}

variable "api_type" {
  default     = "http"
  type        = string
  nullable    = false

  validation {
    error_message = "api_type must be one of http, rest, for example \"http\"."
    condition     = contains(["http", "rest"], var.api_type)
  }
}

variable "rest_access_log" {
  default     = false
  type        = bool
  nullable    = false
}

variable "authorization" {
  default     = "iam"
  type        = string
  nullable    = false

  validation {
    error_message = "authorization must be one of iam, jwt, none, for example \"iam\"."
    condition     = contains(["iam", "jwt", "none"], var.authorization)
  }
}

variable "jwt_issuer" {
  default     = ""
  type        = string
  nullable    = false
}

variable "jwt_audience" {
  default     = []
  type        = list(string)
  nullable    = false
}

variable "throttling_rate_limit" {
  default     = 20
  type        = number
  nullable    = false

  validation {
    error_message = "throttling_rate_limit must be a whole number from 1 to 10000, for example 20."
    condition     = var.throttling_rate_limit >= 1 && var.throttling_rate_limit <= 10000 && floor(var.throttling_rate_limit) == var.throttling_rate_limit
  }
}

variable "throttling_burst_limit" {
  default     = 40
  type        = number
  nullable    = false

  validation {
    error_message = "throttling_burst_limit must be a whole number from 1 to 5000, for example 40."
    condition     = var.throttling_burst_limit >= 1 && var.throttling_burst_limit <= 5000 && floor(var.throttling_burst_limit) == var.throttling_burst_limit
  }
}

variable "table_kms_key_arn" {
  default     = null
  type        = string

  validation {
    error_message = "table_kms_key_arn must be the ARN of a KMS key (not of an alias), for example \"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
    condition     = var.table_kms_key_arn == null ? true : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\\/[A-Za-z0-9-]+$", var.table_kms_key_arn))
  }
}

variable "deletion_protection" {
  default     = true
  type        = bool
  nullable    = false
}
