set -eu
id=$(aws ssm send-command --document-name AWS-RunShellScript \
  --instance-ids "$1" --parameters commands='app --version' \
  --query Command.CommandId --output text)
aws ssm wait command-executed --command-id "$id" --instance-id "$1"
version=$(aws ssm get-command-invocation --command-id "$id" \
  --instance-id "$1" --query StandardOutputContent --output text)
printf '{"version": "%s"}' "$version"
