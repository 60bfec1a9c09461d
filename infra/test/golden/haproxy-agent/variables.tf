variable "name" {
  type        = string
  nullable    = false

  validation {
    error_message = "name must be 1 to 54 letters, digits, hyphens or underscores, as names of roles are made of it, for example \"haproxy-agent\"."
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_-]{0,53}$", var.name))
  }
}

variable "image" {
  type        = string
  nullable    = false

  validation {
    error_message = "image must be the address of an image, for example \"123456789012.dkr.ecr.eu-central-1.amazonaws.com/haproxy-agent:1.0.0\"."
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$", var.image))
  }
}

variable "configuration" {
  default     = ""
  type        = string
  nullable    = false
}

variable "read_cloud_map" {
  default     = true
  type        = bool
  nullable    = false
}

variable "cloud_map_account_ids" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "cloud_map_account_ids must be a list, each element the 12 digits of an account, for example [\"210987654321\"]."
    condition     = alltrue([for element in var.cloud_map_account_ids : can(regex("^[0-9]{12}$", element))])
  }
}

variable "port" {
  default     = 8080
  type        = number
  nullable    = false

  validation {
    error_message = "port must be a whole number from 1024 to 65535, for example 8080."
    condition     = var.port >= 1024 && var.port <= 65535 && floor(var.port) == var.port
  }
}

variable "trusted_proxies" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "trusted_proxies must be a list, each element a network as 10.0.0.0/16, or an IP address, for example [\"10.0.0.0/16\"]."
    condition     = alltrue([for element in var.trusted_proxies : can(regex("^[0-9A-Fa-f:.]{2,45}(\\/[0-9]{1,3})?$", element))])
  }
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

variable "image_repository_arn" {
  default     = null
  type        = string

  validation {
    error_message = "image_repository_arn must be the ARN of a repository, for example \"arn:aws:ecr:eu-central-1:123456789012:repository/lambda-registrator\"."
    condition     = var.image_repository_arn == null ? true : can(regex("^arn:[a-z0-9-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository\\/[^*? ]+$", var.image_repository_arn))
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

variable "cpu" {
  default     = 512
  type        = number
  nullable    = false

  validation {
    error_message = "cpu must be a whole number from 128 to 196608, for example 512."
    condition     = var.cpu >= 128 && var.cpu <= 196608 && floor(var.cpu) == var.cpu
  }
}

variable "memory" {
  default     = 1024
  type        = number
  nullable    = false

  validation {
    error_message = "memory must be a whole number of at least 64, for example 1024."
    condition     = var.memory >= 64 && floor(var.memory) == var.memory
  }
}

variable "desired_count" {
  default     = 2
  type        = number
  nullable    = false

  validation {
    error_message = "desired_count must be a whole number from 0 to 5000, for example 2."
    condition     = var.desired_count >= 0 && var.desired_count <= 5000 && floor(var.desired_count) == var.desired_count
  }
}

variable "stop_timeout_in_seconds" {
  default     = 60
  type        = number
  nullable    = false

  validation {
    error_message = "stop_timeout_in_seconds must be a whole number from 2 to 120, for example 60."
    condition     = var.stop_timeout_in_seconds >= 2 && var.stop_timeout_in_seconds <= 120 && floor(var.stop_timeout_in_seconds) == var.stop_timeout_in_seconds
  }
}

variable "cluster_name" {
  type        = string
  nullable    = false

  validation {
    error_message = "cluster_name must be the name of a cluster, not its ARN, for example \"production\"."
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.cluster_name))
  }
}

variable "capacity" {
  default     = "FARGATE"
  type        = string
  nullable    = false

  validation {
    error_message = "capacity must be one of FARGATE, EC2, for example \"FARGATE\"."
    condition     = contains(["FARGATE", "EC2"], var.capacity)
  }
}

variable "vpc_id" {
  type        = string
  nullable    = false

  validation {
    error_message = "vpc_id must be the id of a VPC, for example \"vpc-0abc\"."
    condition     = can(regex("^vpc-[A-Za-z0-9-]+$", var.vpc_id))
  }
}

variable "subnet_ids" {
  type        = list(string)
  nullable    = false

  validation {
    error_message = "subnet_ids must be a list, each element the id of a subnet, for example [\"subnet-0abc\",\"subnet-0def\"]."
    condition     = alltrue([for element in var.subnet_ids : can(regex("^subnet-[A-Za-z0-9-]+$", element))])
  }
}

variable "assign_public_ip" {
  default     = false
  type        = bool
  nullable    = false
}

variable "allowed_security_group_ids" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "allowed_security_group_ids must be a list, each element the id of a security group, for example [\"sg-0abc\"]."
    condition     = alltrue([for element in var.allowed_security_group_ids : can(regex("^sg-[A-Za-z0-9-]+$", element))])
  }
}

variable "allowed_cidr_blocks" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "allowed_cidr_blocks must be a list, each element an IPv4 network as 10.0.0.0/16, for example [\"10.0.0.0/16\"]."
    condition     = alltrue([for element in var.allowed_cidr_blocks : can(regex("^[0-9.]{7,15}\\/[0-9]{1,2}$", element))])
  }
}

variable "security_group_ids" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "security_group_ids must be a list, each element the id of a security group, for example [\"sg-0abc\"]."
    condition     = alltrue([for element in var.security_group_ids : can(regex("^sg-[A-Za-z0-9-]+$", element))])
  }
}

variable "target_group_arn" {
  default     = null
  type        = string

  validation {
    error_message = "target_group_arn must be the ARN of a target group, for example \"arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef\"."
    condition     = var.target_group_arn == null ? true : can(regex("^arn:[a-z0-9-]+:elasticloadbalancing:.+:targetgroup\\/.+$", var.target_group_arn))
  }
}

variable "health_check_grace_period_in_seconds" {
  default     = 60
  type        = number
  nullable    = false

  validation {
    error_message = "health_check_grace_period_in_seconds must be a whole number from 0 to 86400, for example 60."
    condition     = var.health_check_grace_period_in_seconds >= 0 && var.health_check_grace_period_in_seconds <= 86400 && floor(var.health_check_grace_period_in_seconds) == var.health_check_grace_period_in_seconds
  }
}

variable "service_registry_arn" {
  default     = null
  type        = string

  validation {
    error_message = "service_registry_arn must be the ARN of a service of Cloud Map, for example \"arn:aws:servicediscovery:eu-central-1:123456789012:service/srv-0abc\"."
    condition     = var.service_registry_arn == null ? true : can(regex("^arn:[a-z0-9-]+:servicediscovery:.+:service\\/.+$", var.service_registry_arn))
  }
}

variable "environment" {
  default     = {}
  type        = map(string)
  nullable    = false

  validation {
    error_message = "environment must be a map, each name letters, digits and underscores, each value a text, for example {\"NODE_OPTIONS\":\"--max-old-space-size=384\"}."
    condition     = alltrue([for key, value in var.environment : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", key)) && can(regex("^", value))])
  }
}

variable "secrets" {
  default     = {}
  type        = map(string)
  nullable    = false

  validation {
    error_message = "secrets must be a map, each name letters, digits and underscores, each value the ARN of a parameter or a secret, or that of a secret with a key, as `…:secret:consul-a1b2c3:token::`, for example {\"CONSUL_HTTP_TOKEN\":\"arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token\"}."
    condition     = alltrue([for key, value in var.secrets : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", key)) && can(regex("^arn:[a-z0-9-]+:(ssm:[a-z0-9-]+:[0-9]{12}:parameter\\/[A-Za-z0-9_./-]+|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[A-Za-z0-9_.-]+::)?)$", value))])
  }
}

variable "secret_files" {
  default     = {}
  type        = map(string)
  nullable    = false

  validation {
    error_message = "secret_files must be a map, each name letters, digits and underscores, each value the ARN of a parameter or a secret, or that of a secret with a key, as `…:secret:consul-a1b2c3:token::`, for example {\"consul_token\":\"arn:aws:ssm:eu-central-1:123456789012:parameter/consul/token\"}."
    condition     = alltrue([for key, value in var.secret_files : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", key)) && can(regex("^arn:[a-z0-9-]+:(ssm:[a-z0-9-]+:[0-9]{12}:parameter\\/[A-Za-z0-9_./-]+|secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[A-Za-z0-9_.-]+::)?)$", value))])
  }
}

variable "secret_kms_key_arns" {
  default     = []
  type        = list(string)
  nullable    = false

  validation {
    error_message = "secret_kms_key_arns must be a list, each element the ARN of a KMS key (not of an alias), for example [\"arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"]."
    condition     = alltrue([for element in var.secret_kms_key_arns : can(regex("^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\\/[A-Za-z0-9-]+$", element))])
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

variable "create_dashboard" {
  default     = true
  type        = bool
  nullable    = false
}

variable "tags" {
  default     = {}
  type        = map(string)
  nullable    = false
}
