// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// refusal is the error about a command that Systems Manager rejects, at the argument that it
// rejects.
func refusal(s Sending, r runcommand.RunResult, e *runcommand.RefusedError) diag.Diagnostic {
	cause := Textf("%s", clause(e.Cause))
	if s.Parameters && !namesNoValue(e.Blame) {
		cause = Textf("%s returned %s", e.Operation, e.Code) // The message can repeat a parameter.
	}
	seen := Textf("Sending %s failed: %s. %s", s.text(), cause, notSent)
	at := func(argument path.Path, summary Text, advice ...Text) diag.Diagnostic {
		return AttributeError(argument, summary, append([]Text{seen, requestID(e.Response)}, append(advice, s.earlier(r))...)...)
	}
	switch e.Blame {
	case runcommand.BlameDocument:
		return at(path.Root("document_name"), "Document Not Found",
			Textf("Systems Manager returns %s in these cases: the document does not exist in Region %s, is not shared with this account, is still being created, "+
				"is not a Command document, or does not have the given document_hash.", e.Code, s.Region),
			"Check document_name and the Region. To run a document that another account shares, set document_name to its ARN in the same Region.",
			s.documentCommand("To see the document, run:", "describe-document"))
	case runcommand.BlameVersion:
		return at(path.Root("document_version"), "Document Not Found",
			"Set document_version to an existing version number, `$LATEST`, or `$DEFAULT`.",
			s.documentCommand("To list the versions, run:", "list-document-versions"))
	case runcommand.BlameParameters:
		var writeOnly Text
		if s.Parameters {
			writeOnly = "The provider does not show the message of Systems Manager, since it can repeat a value of parameters or parameters_wo."
		}
		return at(path.Root("parameters"), "Parameters Rejected",
			"Systems Manager returns this error if a parameter is missing that the document requires, if the document does not have a parameter, or if it does not allow a value.",
			writeOnly, "Check the names and the values. Names are case-sensitive.",
			s.documentCommand("To see the parameters of the document, run:", "describe-document"))
	case runcommand.BlameNodes:
		return at(s.nodesArgument(), "Request Rejected", "Remove the node that is given twice.")
	case runcommand.BlamePlatform:
		return at(s.nodesArgument(), "Request Rejected",
			"The document does not support the platform of at least one node. Use a document for this platform, such as AWS-RunPowerShellScript for Windows, "+
				"or send the command only to nodes that the document supports.")
	case runcommand.BlameSize:
		return at(path.Root("parameters"), "Request Rejected",
			"The document is too large together with its parameters. Put the script into S3, and run it with the document AWS-RunRemoteScript.")
	case runcommand.BlameRole:
		return at(path.Root("service_role_arn"), "Request Rejected",
			"Check service_role_arn. The role must exist and trust ssm.amazonaws.com, and the caller needs iam:PassRole for it.",
			"A role that was created seconds ago may not be visible yet. In this case, apply again.")
	case runcommand.BlameNotification:
		return at(path.Root("notification_config"), "Request Rejected",
			"Check notification_config. The SNS topic must exist in this Region, and the role in service_role_arn must be allowed to publish to it.")
	case runcommand.BlameOutputS3:
		return at(path.Root("output_s3_bucket_name"), "Request Rejected", "Check output_s3_bucket_name and output_s3_key_prefix. The bucket must exist.")
	case runcommand.BlameRequest:
	}
	if argument := argumentOf(e.Member); argument != "" {
		return at(path.Root(argument), "Request Rejected", Textf("Check %s. Systems Manager does not accept its value.", Text(argument)))
	}
	for _, t := range s.Targets {
		if !documentedTarget(t.Key) {
			return at(path.Root("targets"), "Request Rejected",
				Textf("Check targets. A key must be tag:NAME, tag-key, InstanceIds, resource-groups:Name, or resource-groups:ResourceTypeFilters, got: %s.", t.Key))
		}
	}
	return Error("Request Rejected", seen, requestID(e.Response), rejectedAdvice, s.earlier(r))
}

// documentedTarget reports whether AWS documents the key of a target (API reference, "Target").
func documentedTarget(key string) bool {
	return strings.HasPrefix(key, "tag:") || key == "tag-key" || strings.EqualFold(key, "InstanceIds") || strings.HasPrefix(key, "resource-groups:")
}

// namesNoValue reports whether the message of a rejection cannot contain the value of a parameter.
func namesNoValue(b runcommand.Blame) bool {
	switch b {
	case runcommand.BlameNodes, runcommand.BlamePlatform, runcommand.BlameSize,
		runcommand.BlameRole, runcommand.BlameNotification, runcommand.BlameOutputS3:
		return true
	case runcommand.BlameRequest, runcommand.BlameDocument, runcommand.BlameVersion, runcommand.BlameParameters:
	}
	return false
}

// documentCommand returns a sentence, and a command of the AWS CLI about the document.
func (s Sending) documentCommand(sentence Text, name string) Text {
	line := commandLine("ssm", name, "--region", s.Region, "--name", s.Document)
	if line == "" {
		return ""
	}
	return sentence + "\n" + line
}

// argumentOf returns the name of the argument for a member of SendCommand's input, such as
// maxErrors or instanceIds.1.member.
func argumentOf(member string) string {
	member, _, _ = strings.Cut(member, ".")
	if member == "cloudWatchOutputConfig" {
		return "cloudwatch_output_config"
	}
	var name strings.Builder
	for _, r := range member {
		if unicode.IsUpper(r) {
			name.WriteByte('_')
		}
		name.WriteRune(unicode.ToLower(r))
	}
	return name.String()
}

// SecretMissing is the error about write-only parameters that are null although their version is
// set: all of them, or the one with a name.
func SecretMissing(name string) diag.Diagnostic {
	missing := Text("parameters_wo_version is set, and parameters_wo is null or empty.")
	if name != "" {
		missing = Textf("The parameter %q in parameters_wo is null.", name)
	}
	return AttributeError(path.Root("parameters_wo"), "Secret Missing", missing+" "+notSent,
		"Check the expression of parameters_wo: an ephemeral value can be null in an apply although it was not in the plan.")
}
