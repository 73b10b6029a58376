// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// severalCommands is the error about a comment that several commands have. It lists the newest ten.
func severalCommands(s Subject, e *runcommand.SeveralCommandsError) diag.Diagnostic {
	const most = 10
	var lines []string
	for i, c := range e.Commands {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d older", len(e.Commands)-most))
			break
		}
		lines = append(lines, string(Textf("%s, sent %s, %s, %s",
			c.CommandID, c.RequestedDateTime.UTC().Format(time.RFC3339), c.DocumentName, withDetails(c.Status, c.StatusDetails))))
	}
	return AttributeError(path.Root("comment"), "Several Commands Found",
		Textf("Found %d commands for %s, newest first:", len(e.Commands), s.text()),
		Text(strings.Join(lines, "\n")),
		"Set command_id, narrow the search with document_name or invoked_after, or take the newest with most_recent = true. "+
			"A comment that is unique, such as one with the ID of the terraform_data resource that sends, needs none of these.")
}

// answerTooLarge is the error about a list that is too large for Terraform.
func answerTooLarge(s Subject, e *runcommand.TooLargeError) diag.Diagnostic {
	narrow := s.Narrow
	if s.Kind == Command {
		narrow = "Narrow the search with document_name and invoked_after."
	}
	return Error("Answer Too Large",
		Textf("The result for %s is larger than %s. The limit was reached after %d entries, and there are more. Nothing was stored.", s.text(), mebibytes(e.Limit), e.Rows),
		"The result is stored in plan and state, and Terraform cannot receive more than 256 MiB from a provider.",
		narrow)
}

// responseTooLarge is the error about a response that is too large to come from Systems Manager.
func responseTooLarge(s Subject, e *runcommand.ResponseTooLargeError) diag.Diagnostic {
	return Error("Answer Too Large",
		Textf("The response for %s is larger than %s. No response of Systems Manager is, so it was not read.", s.text(), mebibytes(e.Limit)),
		"Check what answers at the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM) and in proxies.")
}

func mebibytes(n int64) Text { return Text(fmt.Sprintf("%d MiB", n>>20)) }

// endlessList is the error about a list whose page tokens repeat.
func endlessList(s Subject, e *runcommand.EndlessListError) diag.Diagnostic {
	return Error("Service Unavailable",
		Textf("%s returned a pagination token a second time for %s, so the list never ends. The provider discarded the partial result.", e.Operation, s.text()),
		"Check the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM) and proxies, and run Terraform again.")
}

// unfinishedList is the error about a list that was not read to its end before the timeout.
func unfinishedList(s Subject, e *runcommand.UnfinishedListError) diag.Diagnostic {
	noun := "invocation"
	switch e.Operation {
	case "ListCommands":
		noun = "command"
	case "DescribeInstanceInformation":
		noun = "node"
	}
	head := Textf("Timed out after %s (%s) reading %s. %s returned %s, and there are more. The provider discarded the partial result.",
		round(e.Waited), s.timeout(), s.text(), e.Operation, plural(e.Rows, noun))
	if s.Kind == Command {
		head = Textf("Timed out after %s (%s) searching for %s. The provider searched %s, and there may be more.",
			round(e.Waited), s.timeout(), s.text(), plural(e.Rows, noun))
	}
	var trouble Text
	if e.Trouble != nil {
		trouble = Textf("The last requests failed: %s.", clause(e.Trouble.Cause))
	}
	narrow := s.Narrow
	if s.Kind == Command {
		narrow = "Narrow the search with document_name and invoked_after."
	}
	return Error("Service Unavailable", head, trouble, sentences(Textf("Raise %s, or request less.", s.timeout()), narrow))
}
