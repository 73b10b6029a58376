set -euo pipefail

if [ -d "/opt/app/$RELEASE" ]; then
  exit 0
fi
curl -fsS "https://example.com/app-$RELEASE.tar.gz" | tar -xz -C /opt/app
echo "app $RELEASE is installed"
