#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Generates the registry's documentation from the schemas, templates/ and examples/.
#
#   docs.sh          into docs/
#   docs.sh check    fails if docs/ differs from the generated files, including missing and extra files
set -euo pipefail
. "$(dirname "$0")/env.sh"

cli=$(scripts/find-cli.sh)
mkdir -p .cache
work=$(mktemp -d "$root/.cache/docs.XXXXXX") # tfplugindocs writes inside the project only
trap 'rm -rf "$work"' EXIT
tfplugindocs() {
	go tool -modfile=tools/go.mod tfplugindocs "$@" --provider-name ssm --providers-schema "$work/schema.json" \
		>"$work/log" 2>&1 || die "$(cat "$work/log")"
}

# tfplugindocs can get the schemas from the CLI itself, but only from a program called terraform, and
# it downloads one if there is none. It expects the provider under the name of an undeclared provider.
go build -buildvcs=false -o "$work/bin/terraform-provider-ssm" .
mkdir "$work/config"
cat >"$work/config/main.tf" <<-'END'
	terraform {
	  required_providers {
	    ssm = { source = "registry.terraform.io/hashicorp/ssm" }
	  }
	}
END
cat >"$work/cli.tfrc" <<-END
	provider_installation {
	  dev_overrides {
	    "registry.terraform.io/hashicorp/ssm" = "$work/bin"
	  }
	}
END
(isolate && TF_CLI_CONFIG_FILE=$work/cli.tfrc "$cli" -chdir="$work/config" providers schema -json >"$work/cli.json")
# A CLI before Terraform 1.14 does not show the schemas of actions and list resources.
go run -buildvcs=false ./internal/docschema <"$work/cli.json" >"$work/schema.json"

case ${1-} in
'') tfplugindocs generate ;;
check)
	tfplugindocs generate --rendered-website-dir "${work#"$root/"}/docs"
	diff -r docs "$work/docs" || die "docs/ is not up to date with the schemas, templates/, and examples/. Run \`make docs\` and commit the result."
	tfplugindocs validate
	;;
*) die "Usage: docs.sh [check]. Got: $*" ;;
esac
