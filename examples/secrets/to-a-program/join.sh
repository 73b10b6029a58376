# Replaces the program that lets a node join. It writes a checksum of the token.
set -eu
echo "joining with $JOIN_TOKEN"
printf %s "$JOIN_TOKEN" | cksum >joined
