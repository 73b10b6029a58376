#!/usr/bin/env bash
# Makes a release of the tree as it stands, without publishing it, and proves that it installs: the zip goes into a
# filesystem mirror, `init` takes it from there with every other source closed, and a plan reads from the stand-in.
# Terraform and OpenTofu are both tried. Everything is in one temporary folder that goes away at the end.
#
#   release-snapshot.sh         the zip for this platform
#   release-snapshot.sh all     the zips for all platforms (minutes, the first time)
#   release-snapshot.sh check   only lets goreleaser judge .goreleaser.yml
#
# Signing, the list of what is inside (SBOM) and publishing need keys, syft and the network: only the hosted workflow has them.
set -euo pipefail
. "$(dirname "$0")/env.sh"

case ${1-} in '' | all | check) ;; *) die "release-snapshot.sh takes nothing, or the word all or check; it got: $*" ;; esac

work=$(mktemp -d)
standin=
cleanup() {
	[ -z "$standin" ] || { kill "$standin" && wait "$standin"; } 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# goreleaser takes the version from a tag, and a name from a remote that it does not contact here. A repository of its own
# has both, without touching the one that this is.
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
goreleaser() { (cd "$work/tree" && GOFLAGS="${GOFLAGS:-} -buildvcs=false" "$root/scripts/goreleaser.sh" "$@" >"$work/log" 2>&1) || die "$(cat "$work/log")"; }

goreleaser check
say "goreleaser finds nothing wrong with .goreleaser.yml."
[ "${1-}" != check ] || exit 0

platform=$(go env GOOS)_$(go env GOARCH)
if [ "${1-}" != all ]; then
	# The release command knows no "this platform only": the copy's list of targets is cut down to it.
	sed -E "/^      - [a-z]+_[a-z0-9]+$/{/- $platform$/!d;}" "$root/.goreleaser.yml" >"$work/tree/.goreleaser.yml"
	grep -q -- "- $platform$" "$work/tree/.goreleaser.yml" || die "$platform is not among the targets of .goreleaser.yml."
fi
say "Building the release${1:+ for every platform}."
goreleaser release --snapshot --clean --skip=sign,sbom
name=terraform-provider-ssm_$version
zip=$work/tree/dist/${name}_$platform.zip
[ -f "$zip" ] || die "There is no $(basename "$zip"), only: $(ls "$work/tree/dist")"

# What the registry will look at: the checksum of each zip, and of the manifest under the name that it has in a release.
sums=$work/tree/dist/${name}_SHA256SUMS
cp terraform-registry-manifest.json "$work/tree/dist/${name}_manifest.json"
(cd "$work/tree/dist" && if command -v sha256sum >/dev/null; then sha256sum --quiet -c "$sums"; else shasum -a 256 -s -c "$sums"; fi)
grep -q "  ${name}_manifest.json$" "$sums" || die "The checksums leave out the manifest."
[ "$(wc -l <"$sums")" -eq $(($(ls "$work"/tree/dist/*.zip | wc -l) + 1)) ] || die "The checksums are not those of the zips and the manifest: $(cat "$sums")"

say "Building the stand-in."
go build -buildvcs=false -o "$work/standin" ./internal/fakeaws/cmd
clis=("$(scripts/find-cli.sh)")
tofu=$(scripts/find-cli.sh tofu)
[ "$tofu" = "${clis[0]}" ] || clis+=("$tofu")

isolate
"$work/standin" -script examples/provider/standin.json -url-file "$work/url" >/dev/null 2>"$work/standin.log" &
standin=$!
for _ in $(seq 100); do
	[ ! -s "$work/url" ] || break
	sleep 0.05
done
[ -s "$work/url" ] || die "The stand-in does not answer: $(cat "$work/standin.log")"
AWS_ENDPOINT_URL_SSM=$(cat "$work/url")
export AWS_ENDPOINT_URL_SSM AWS_ACCESS_KEY_ID=snapshot AWS_SECRET_ACCESS_KEY=snapshot
# The variables of the example, as standin.json has them.
export TF_VAR_command_id=7e3c1f52-94d1-4b0a-8f8e-5d8c1a2b3c4d TF_VAR_instance_id=i-0a1b2c3d4e5f60001

for host in registry.terraform.io registry.opentofu.org; do
	mkdir -p "$work/mirror/$host/ssm-provider/ssm"
	cp "$zip" "$work/mirror/$host/ssm-provider/ssm"
done
# A mirror and no "direct": nothing else can be what init installs.
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
	run() { "${clis[$i]}" -chdir="$config" "$@" -no-color -input=false >"$work/log" 2>&1 || die "$(cat "$work/log" "$work/standin.log")"; }
	run init
	binary=$(find "$config/.terraform" -name "terraform-provider-ssm_v$version*" -print)
	[ "$("$binary" -version)" = "$version" ] || die "The installed provider says that it is version $("$binary" -version), and not $version."
	run plan
	grep -q 'hello from web-1' "$work/log" || die "The plan does not show what the command wrote: $(cat "$work/log")"
	say "$("${clis[$i]}" version | head -n 1): installed $version from the mirror, and a plan read one invocation."
done
say "The release installs and runs. Not tried: signing, the SBOM, publishing."
