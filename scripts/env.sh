# SPDX-License-Identifier: MPL-2.0
#
# shellcheck shell=bash
# Sourced by every script here: changes to the root of the project and defines functions.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

command -v go >/dev/null || die "Go is needed (https://go.dev/dl/), and there is no go on PATH."

# Go, the linter and both CLIs keep caches under the home directory, and Go does not build at all without one.
# Where there is none that can be written to, the project's own cache folder stands in. Go makes its module cache
# read-only unless told otherwise, and a folder in the tree should go away with a plain rm -rf.
if [ ! -w "${HOME:-}" ]; then
	export HOME=$root/.cache/home
	export GOFLAGS="${GOFLAGS:-} -modcacherw"
	mkdir -p "$HOME"
fi

# isolate forgets what the caller's environment could lend to a run that must not depend on it: Terraform settings,
# AWS settings and credentials, proxies. Call it after everything that may have to be downloaded is there.
isolate() {
	local name
	for name in $(compgen -e); do
		case $name in
		TF_* | AWS_* | HTTP_PROXY | HTTPS_PROXY | NO_PROXY | ALL_PROXY | http_proxy | https_proxy | no_proxy | all_proxy)
			unset "$name" ;;
		esac
	done
	# Neither CLI asks for news about itself or reads the settings of whoever runs this. An unset TF_CLI_CONFIG_FILE
	# would mean ~/.terraformrc, so it names an empty file, and so do the two files of the AWS SDK.
	export CHECKPOINT_DISABLE=1
	export TF_IN_AUTOMATION=1
	export TF_CLI_CONFIG_FILE=/dev/null
	export AWS_CONFIG_FILE=/dev/null
	export AWS_SHARED_CREDENTIALS_FILE=/dev/null
	# Without credentials the SDK would ask 169.254.169.254 for some, which outside EC2 takes seconds to fail.
	export AWS_EC2_METADATA_DISABLED=true
}

# hand_over tells the testing library which CLI to start and under which address to hand it the provider. Left to itself it
# downloads a CLI, and uses an address in Terraform's registry, where OpenTofu does not look.
hand_over() {
	export TF_ACC_TERRAFORM_PATH=$1 TF_ACC_PROVIDER_NAMESPACE=ssm-provider
	if "$1" version | grep -q '^OpenTofu'; then
		export TF_ACC_PROVIDER_HOST=registry.opentofu.org
	fi
}
