#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
#
# Makes a release of the working tree without publishing it. Builds it twice, from two clones that
# differ in directory, file times, and permissions, and compares all files. Then installs
# the zip from a filesystem mirror, with Terraform and with OpenTofu, and runs a plan against fakeaws.
# Works in one temporary directory, which it removes.
#
#   release-snapshot.sh         the zip for this platform
#   release-snapshot.sh all     the zips for all platforms (minutes, the first time)
#   release-snapshot.sh check   only validates .goreleaser.yml
#
# Signs with a key of its own if there is gpg. Attesting and publishing need the release workflow.
set -euo pipefail
. "$(dirname "$0")/env.sh"

case ${1-} in '' | all | check) ;; *) die "Usage: release-snapshot.sh [all|check]. Got: $*" ;; esac

work=$(mktemp -d)
fake=
cleanup() {
	[ -z "$fake" ] || { kill "$fake" && wait "$fake"; } 2>/dev/null || true
	[ ! -d "$work/gnupg" ] || GNUPGHOME=$work/gnupg gpgconf --kill all || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# goreleaser reads the version from a tag, and the owner from a remote that it does not contact.
# A temporary repository has both, so that this one stays unchanged.
version=0.0.1
mkdir "$work/tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
	tar --null -T - -cf - | tar -xf - -C "$work/tree"
(
	cd "$work/tree"
	export GIT_AUTHOR_NAME=snapshot GIT_AUTHOR_EMAIL=snapshot@localhost GIT_COMMITTER_NAME=snapshot GIT_COMMITTER_EMAIL=snapshot@localhost
	git init -q -b main
	git add -A
	git -c commit.gpgsign=false commit -q -m snapshot
	git -c tag.gpgsign=false tag "v$version"
	git remote add origin https://github.com/ssm-provider/terraform-provider-ssm.git
)
goreleaser() { # directory, arguments
	local directory=$1
	shift
	(cd "$directory" && GOFLAGS="${GOFLAGS:-} -buildvcs=false" "$root/scripts/goreleaser.sh" "$@" >"$work/log" 2>&1) || die "$(cat "$work/log")"
}

goreleaser "$work/tree" check
say "goreleaser finds nothing wrong with .goreleaser.yml."
[ "${1-}" != check ] || exit 0

platform=$(go env GOOS)_$(go env GOARCH)
if [ "${1-}" != all ]; then
	# The release command cannot build one platform only, so the targets of the copy are reduced to it.
	sed -E "/^      - [a-z]+_[a-z0-9]+$/{/- $platform$/!d;}" "$root/.goreleaser.yml" >"$work/tree/.goreleaser.yml"
	grep -q -- "- $platform$" "$work/tree/.goreleaser.yml" || die "$platform is not among the targets of .goreleaser.yml."
fi
sign=--skip=sign
if command -v gpg >/dev/null; then
	mkdir -m 700 "$work/gnupg"
	export GNUPGHOME=$work/gnupg
	gpg --quiet --batch --passphrase '' --quick-generate-key snapshot default sign 2>"$work/log" || die "$(cat "$work/log")"
	GPG_FINGERPRINT=$(gpg --batch --with-colons --list-keys snapshot | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p' | head -n 1)
	export GPG_FINGERPRINT
	sign=
fi
say "Building the release${1:+ for every platform}."
goreleaser "$work/tree" release --snapshot --clean $sign
dist=$work/tree/dist
name=terraform-provider-ssm_$version
zip=$dist/${name}_$platform.zip
[ -f "$zip" ] || die "goreleaser did not create $(basename "$zip"), only: $(ls "$dist")"

say "Building it again from a second clone."
(umask 077 && git clone -q "$work/tree" "$work/second")
cp "$work/tree/.goreleaser.yml" "$work/second"
find "$work/second" -path "$work/second/.git" -prune -o -type f -exec touch -t 200102030405 {} +
(umask 077 && goreleaser "$work/second" release --snapshot --clean --skip=sign)
for file in "$dist/${name}"_*; do
	[[ $file != *.sig ]] || continue # A signature contains the time.
	cmp "$file" "$work/second/dist/$(basename "$file")" >&2 || die "The release is not reproducible: two builds of one commit differ in $(basename "$file")."
done

# Each zip needs an SBOM that lists the provider and a module that every provider depends on.
for file in "$dist"/*.zip; do
	sbom=${file%.zip}.cdx.json
	[ -f "$sbom" ] || die "goreleaser did not create an SBOM for $(basename "$file"), only: $(ls "$dist")"
	for module in ssm-provider/terraform-provider-ssm@v$version hashicorp/terraform-plugin-framework@; do
		grep -q "pkg:golang/github.com/$module" "$sbom" || die "$(basename "$sbom") does not list $module."
	done
done

# The registry verifies the checksum of each zip, and of the manifest under its name in a release.
sums=$dist/${name}_SHA256SUMS
cp terraform-registry-manifest.json "$dist/${name}_manifest.json"
(cd "$dist" && if command -v sha256sum >/dev/null; then sha256sum --quiet -c "$sums"; else shasum -a 256 -s -c "$sums"; fi)
grep -q "  ${name}_manifest.json$" "$sums" || die "The checksums do not contain the manifest."
zips=("$dist"/*.zip)
[ "$(wc -l <"$sums")" -eq $((${#zips[@]} + 1)) ] || die "The checksums are not those of the zips and the manifest: $(cat "$sums")"

# SECURITY.md names the files that have a signature.
if [ -z "$sign" ]; then
	for file in "$sums" "$dist"/*.cdx.json; do
		gpg --batch --verify "$file.sig" "$file" 2>"$work/log" || die "$(cat "$work/log")"
	done
	say "The checksums and each SBOM have a valid signature."
fi

say "Building the local mock."
go build -buildvcs=false -o "$work/fake" ./cmd/ssm-mock
clis=("$(scripts/find-cli.sh)")
tofu=$(scripts/find-cli.sh tofu)
[ "$tofu" = "${clis[0]}" ] || clis+=("$tofu")

isolate
"$work/fake" -url-file "$work/url" examples/provider/fake.json >/dev/null 2>"$work/fake.log" &
fake=$!
for _ in $(seq 100); do
	[ ! -s "$work/url" ] || break
	sleep 0.05
done
[ -s "$work/url" ] || die "The local mock does not answer: $(cat "$work/fake.log")"
AWS_ENDPOINT_URL_SSM=$(cat "$work/url")
export AWS_ENDPOINT_URL_SSM AWS_ACCESS_KEY_ID=snapshot AWS_SECRET_ACCESS_KEY=snapshot
# The variables of the example, as fake.json has them.
export TF_VAR_command_id=7e3c1f52-94d1-4b0a-8f8e-5d8c1a2b3c4d TF_VAR_instance_id=i-0a1b2c3d4e5f60001

for host in registry.terraform.io registry.opentofu.org; do
	mkdir -p "$work/mirror/$host/ssm-provider/ssm"
	cp "$zip" "$work/mirror/$host/ssm-provider/ssm"
done
# A mirror and no "direct": init cannot install another build.
cat >"$work/cli.tfrc" <<-END
	provider_installation {
	  filesystem_mirror {
	    path = "$work/mirror"
	  }
	}
END
export TF_CLI_CONFIG_FILE=$work/cli.tfrc
for i in "${!clis[@]}"; do
	config=$work/config-$i
	mkdir "$config"
	cp examples/provider/provider.tf "$config"
	run() { "${clis[$i]}" -chdir="$config" "$@" -no-color -input=false >"$work/log" 2>&1 || die "$(cat "$work/log" "$work/fake.log")"; }
	run init
	binary=$(find "$config/.terraform" -name "terraform-provider-ssm_v$version*" -print)
	[ "$("$binary" -version)" = "$version" ] || die "The version of the installed provider is $("$binary" -version), want $version."
	run plan
	grep -q 'hello from web-1' "$work/log" || die "The plan does not show the command's output: $(cat "$work/log")"
	say "$("${clis[$i]}" version | head -n 1): installed $version from the mirror, and a plan read one invocation."
done
say "The release is reproducible, installs, and runs. Not tested:${sign:+ signing,} attesting, publishing."
