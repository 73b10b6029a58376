package datasource

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// severalCommands lists the commands that have the comment, the newest ten.
func severalCommands(a asked, e *runcommand.SeveralCommandsError) diag.Diagnostic {
	const most = 10
	var lines []string
	for i, c := range e.Commands {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d older ones", len(e.Commands)-most))
			break
		}
		lines = append(lines, fmt.Sprintf("%s, sent %s, %s, %s",
			c.CommandID, timestamp(c.RequestedDateTime).ValueString(), c.DocumentName, withDetails(c.Status, c.StatusDetails)))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("comment"), "Several Commands Found", sentences(
		fmt.Sprintf("%d commands answer to %s. Newest first:", len(e.Commands), a),
		strings.Join(lines, "\n"),
		"Name one with command_id, or narrow the search with document_name or invoked_after, or take the newest with most_recent = true. "+
			"A comment that is used once, such as the id of the terraform_data that sends, needs none of that."))
}

// answerTooLarge says how to ask for less.
func answerTooLarge(a asked, e *runcommand.TooLargeError) diag.Diagnostic {
	const mebibyte = 1 << 20
	narrower := a.narrower
	if a.of == aCommand {
		narrower = "Narrow the search with document_name and invoked_after"
	}
	return diag.NewErrorDiagnostic("Answer Too Large", sentences(
		fmt.Sprintf("The answer to the question for %s is larger than %d MiB: that was reached after %d rows, and there are more.", a, e.Limit/mebibyte, e.Rows),
		"Nothing was read. All of it would go into plan and state, and a little more would break the connection between Terraform and the provider.",
		narrower+"."))
}

// endlessList says that a list has no end.
func endlessList(a asked, e *runcommand.EndlessListError) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Service Unavailable", sentences(
		fmt.Sprintf("The list that %s gave for %s has no end: a page named a page as the next one that had been read before. Nothing was taken from it, since part of a list would look like all of it.",
			e.Operation, a),
		"That is a fault of the service, or of something in between that mixes up answers. Check the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM) and proxies, and run it again."))
}
