resource "aws_security_group" "access_group" {
  name        = var.name
  tags        = var.tags
  vpc_id      = var.vpc_id

  egress {
    cidr_blocks      = ["0.0.0.0/0"]
    description      = "AWS, Consul and whatever is behind it"
    from_port        = 0
    ipv6_cidr_blocks = ["::/0"]
    prefix_list_ids  = []
    protocol         = "-1"
    security_groups  = []
    self             = false
    to_port          = 0
  }

  dynamic "ingress" {
    for_each = ((length(var.allowed_security_group_ids) >= 1) || (length(var.allowed_cidr_blocks) >= 1)) ? [1] : []

    content {
      description      = "Requests and checks of health"
      protocol         = "tcp"
      from_port        = var.port
      to_port          = var.port
      security_groups  = var.allowed_security_group_ids
      cidr_blocks      = var.allowed_cidr_blocks
      ipv6_cidr_blocks = []
      prefix_list_ids  = []
      self             = false
    }
  }

  dynamic "ingress" {
    for_each = ((length(var.allowed_security_group_ids) >= 1) || (length(var.allowed_cidr_blocks) >= 1)) ? [1] : []

    content {
      description      = "Requests and checks of health"
      protocol         = "tcp"
      from_port        = 3000
      to_port          = 3000
      security_groups  = var.allowed_security_group_ids
      cidr_blocks      = var.allowed_cidr_blocks
      ipv6_cidr_blocks = []
      prefix_list_ids  = []
      self             = false
    }
  }
}
