package datasource

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// invocationNotFound says which of the reasons for "does not exist" it is, as far
// as the witnesses could tell.
func invocationNotFound(a asked, e *runcommand.NotFoundError, allowMissing bool) diag.Diagnostic {
	f := e.Finding
	attribute := "command_id"
	asking := fmt.Sprintf("There is no invocation for %s: the service has said for %s that it does not exist.", a, round(e.Waited))
	var seen, advice string
	switch {
	case f.Command != nil && len(f.Nodes) > 0:
		attribute = "instance_id"
		seen = fmt.Sprintf("The command is known (status %s) and was sent to %s, not to %s.", f.Command.Status, list(f.Nodes), a.node)
		if contains(f.Nodes, a.node) {
			seen = fmt.Sprintf("The command is known (status %s) and names the node, but has ended without an invocation there.", f.Command.Status)
		}
		advice = "Check instance_id. " + history
	case f.Command != nil:
		attribute = "instance_id"
		seen = fmt.Sprintf("The command is known and has ended (status %s, details %s), and has no invocation on this node.", f.Command.Status, f.Command.StatusDetails)
		advice = "Check instance_id, and whether the command's targets match the node. " + history
	case e.CommandUnknown():
		seen = "Nobody knows the command: neither ListCommands nor ListCommandInvocations has heard of it. " +
			"Either it was never sent, or it was sent in another region or by another account, which gives the same answer, " +
			"or it was sent more than 30 days ago: the service keeps a command's history for 30 days."
		advice = "Check command_id, region and the provider's credentials." + tooOld(a)
	default:
		seen = "Whether the command was never sent, was sent in another region or account, to another node, or more than 30 days ago cannot be told."
		advice = "Check command_id, instance_id and region."
	}
	parts := append([]string{asking, seen}, silences(f)...)
	parts = append(parts, misplaced(allowMissing), advice, destroying)
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Command Invocation Not Found", sentences(parts...))
}

// commandNotFound says the same of a command, which was looked for by its id or by
// its comment.
func commandNotFound(a asked, e *runcommand.NotFoundError, allowMissing bool) diag.Diagnostic {
	asking := fmt.Sprintf("Nothing was found: the service has been asked for %s for %s, and knows no such command.", a, round(e.Waited))
	var seen, advice string
	switch {
	case a.attribute == "comment":
		seen = "Either no command was sent with exactly this comment, capitals and spaces included, or it was sent in another region or by another account, " +
			"which gives the same answer, or it was sent more than 30 days ago: the service keeps a command's history for 30 days."
		advice = "Check what the command was sent with, region and the provider's credentials. Where the sender runs beside this read, raise visibility_timeout." + tooOld(a)
	case e.CommandUnknown():
		seen = "Either it was never sent, or it was sent in another region or by another account, which gives the same answer, " +
			"or it was sent more than 30 days ago: the service keeps a command's history for 30 days."
		advice = "Check command_id, region and the provider's credentials." + tooOld(a)
	default:
		seen = "Whether it was never sent, was sent in another region or account, or more than 30 days ago cannot be told."
		advice = "Check command_id and region."
	}
	parts := append([]string{asking, seen}, silences(e.Finding)...)
	if !e.CommandUnknown() {
		parts = append(parts, misplaced(allowMissing))
	}
	parts = append(parts, advice, destroying)
	return diag.NewAttributeErrorDiagnostic(path.Root(a.attribute), "Command Not Found", sentences(parts...))
}

// history goes with a command that is known now and will not be for ever.
const history = "The service keeps a command's history for 30 days."

const destroying = "If this is in the way of a destroy, use `terraform destroy -refresh=false`."

// tooOld names the way to live with a command that is gone, where there is one.
func tooOld(a asked) string {
	if !a.canMiss() {
		return ""
	}
	return " If the command is simply too old, allow_missing = true gives null values instead of this error."
}

// misplaced says why allow_missing did not help.
func misplaced(allowMissing bool) string {
	if !allowMissing {
		return ""
	}
	return "allow_missing does not apply: it is for a command that nobody knows any more, and that is not what was found, so null would be a guess."
}

// silences names the witnesses that could not be asked.
func silences(f runcommand.Finding) []string {
	var said []string
	for _, silence := range []*runcommand.Answer{f.CommandSilence, f.NodeSilence} {
		if silence != nil {
			said = append(said, fmt.Sprintf("%s could not be asked: %s. Allow %s with Resource \"*\" to learn more.", silence.Operation, bare(silence.Cause), silence.Action()))
		}
	}
	return said
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
