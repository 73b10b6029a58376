# SPDX-License-Identifier: MPL-2.0
#
# shellcheck shell=bash
# Sourced by every script in this directory. Changes to the root of the project and defines functions.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

command -v go >/dev/null || die "There is no go on PATH. Install Go from https://go.dev/dl/."

# Go, the linter, and both CLIs keep caches in the home directory, and Go does not build without one.
# If the home directory is not writable, use a directory in .cache. -modcacherw keeps the module
# cache writable, so that rm -rf can remove it.
if [ ! -w "${HOME:-}" ]; then
	export HOME=$root/.cache/home
	export GOFLAGS="${GOFLAGS:-} -modcacherw"
	mkdir -p "$HOME"
fi

# isolate unsets the Terraform settings, AWS settings and credentials, and proxies of the caller's
# environment, so that a run does not depend on them. Call it after all downloads.
isolate() {
	local name
	for name in $(compgen -e); do
		case $name in
		TF_* | AWS_* | HTTP_PROXY | HTTPS_PROXY | NO_PROXY | ALL_PROXY | http_proxy | https_proxy | no_proxy | all_proxy)
			unset "$name" ;;
		esac
	done
	# Disable the CLIs' version checks and the user's settings. An unset TF_CLI_CONFIG_FILE would mean
	# ~/.terraformrc, so it names an empty file, and so do the variables for the AWS SDK's two files.
	export CHECKPOINT_DISABLE=1
	export TF_IN_AUTOMATION=1
	export TF_CLI_CONFIG_FILE=/dev/null
	export AWS_CONFIG_FILE=/dev/null
	export AWS_SHARED_CREDENTIALS_FILE=/dev/null
	# Without credentials the SDK requests them from 169.254.169.254, which takes seconds to fail outside
	# of EC2.
	export AWS_EC2_METADATA_DISABLED=true
}

# hand_over sets the CLI and the provider's registry host for the testing library. By default the
# library downloads a CLI, and uses Terraform's registry, which OpenTofu does not search.
hand_over() {
	export TF_ACC_TERRAFORM_PATH=$1 TF_ACC_PROVIDER_NAMESPACE=ssm-provider
	if "$1" version | grep -q '^OpenTofu'; then
		export TF_ACC_PROVIDER_HOST=registry.opentofu.org
	fi
}
