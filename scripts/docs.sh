#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Generates the registry's documentation from the schemas, templates/ and examples/.
#
#   docs.sh          into docs/
#   docs.sh check    fails where docs/ is not what would be generated, a missing or a superfluous file included
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

# tfplugindocs could ask the CLI for the schemas itself, but only a program called terraform, and without one it downloads
# some. It looks for the provider under the name that an undeclared one has.
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
(isolate && TF_CLI_CONFIG_FILE=$work/cli.tfrc "$cli" -chdir="$work/config" providers schema -json >"$work/schema.json")

case ${1-} in
'') tfplugindocs generate ;;
check)
	tfplugindocs generate --rendered-website-dir "${work#"$root/"}/docs"
	diff -r docs "$work/docs" || die "docs/ is not what the schemas, templates/ and examples/ give: run \`make docs\` and commit the result."
	tfplugindocs validate
	;;
*) die "docs.sh takes nothing, or the word check; it got: $*" ;;
esac
