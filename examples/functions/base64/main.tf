variable "format" {
  description = "Template for docker ps, which has two braces in a row."
  type        = string
  default     = "{{.Names}}"
}

# Base64 needs no quoting. The shell decodes the value into one argument.
output "commands" {
  value = [
    "docker ps --format \"$(echo ${base64encode(var.format)} | base64 -d)\"",
  ]
}
