package datasource

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// asked is what a read was about; every message names it.
type asked struct {
	of noun
	// subject is what was asked for, such as "command X on node Y"; it begins with a
	// small letter.
	subject, region string
	// node is the node that was asked for, "" where none was named.
	node string
	// attribute is the argument to blame where nothing was found.
	attribute string
	// limit is the argument that bounds the whole read, "" for timeouts.read.
	limit string
	// narrower says in one clause how to ask for less.
	narrower string
}

// noun says which data source asks, where that makes a difference to the words.
type noun int

const (
	anInvocation   noun = iota // ssm_command_invocation
	aCommand                   // ssm_command
	theInvocations             // ssm_command_invocations
	theCommands                // ssm_commands
)

func (a asked) String() string { return a.subject + " in region " + a.region }

// patience names the argument that bounds the whole read.
func (a asked) patience() string { return cmp.Or(a.limit, "timeouts.read") }

// canMiss reports whether the data source has allow_missing.
func (a asked) canMiss() bool { return a.of == anInvocation || a.of == aCommand }

// diagnose turns an error of the domain into words: what was asked, what was seen,
// what to do.
func diagnose(a asked, err error, allowMissing bool) diag.Diagnostic {
	var (
		notFound    *runcommand.NotFoundError
		noStep      *runcommand.StepNotFoundError
		running     *runcommand.StillRunningError
		denied      *runcommand.AccessDeniedError
		credentials *runcommand.CredentialsError
		rejected    *runcommand.RejectedError
		unavailable *runcommand.UnavailableError
		interrupted *runcommand.InterruptedError
		several     *runcommand.SeveralCommandsError
		tooLarge    *runcommand.TooLargeError
		noOutput    *runcommand.OutputNotAvailableError
		hugeOutput  *runcommand.OutputTooLargeError
		endless     *runcommand.EndlessListError
	)
	switch {
	case errors.As(err, &notFound) && a.node != "":
		return invocationNotFound(a, notFound, allowMissing)
	case errors.As(err, &notFound):
		return commandNotFound(a, notFound, allowMissing)
	case errors.As(err, &several):
		return severalCommands(a, several)
	case errors.As(err, &tooLarge):
		return answerTooLarge(a, tooLarge)
	case errors.As(err, &noOutput):
		return outputNotAvailable(a, noOutput)
	case errors.As(err, &hugeOutput):
		return outputTooLarge(a, hugeOutput)
	case errors.As(err, &endless):
		return endlessList(a, endless)
	case errors.As(err, &noStep):
		return stepNotFound(a, noStep)
	case errors.As(err, &running):
		return stillRunning(a, running)
	case errors.As(err, &denied):
		return accessDenied(a, denied)
	case errors.As(err, &credentials):
		return diag.NewErrorDiagnostic("Invalid Credentials", sentences(
			fmt.Sprintf("Asking for %s failed: %s.", a, bare(credentials.Cause)),
			requestID(credentials.Answer),
			"New credentials were fetched once where they can be, and did not help. Check that they have not expired and belong to this partition: "+
				"a session token lives for hours, a role's session for 15 minutes by default (assume_role.duration); an SSO session is renewed with `aws sso login`."))
	case errors.As(err, &rejected):
		return diag.NewErrorDiagnostic("Request Rejected", sentences(
			fmt.Sprintf("The service refused the question for %s: %s.", a, bare(rejected.Cause)),
			requestID(rejected.Answer),
			"It would refuse it again, so nothing was tried a second time. Check the arguments, and that the endpoint is that of Systems Manager."))
	case errors.As(err, &unavailable):
		return serviceUnavailable(a, unavailable)
	case errors.As(err, &interrupted):
		return diag.NewErrorDiagnostic("Read Interrupted",
			fmt.Sprintf("Reading %s was interrupted after %s. Nothing was read, and the command itself goes on.", a, round(interrupted.Waited)))
	default:
		return diag.NewErrorDiagnostic("Unexpected Error",
			fmt.Sprintf("Reading %s failed: %s. This is a defect of the provider; please report it.", a, bare(err.Error())))
	}
}

func stepNotFound(a asked, e *runcommand.StepNotFoundError) diag.Diagnostic {
	seen := fmt.Sprintf("The service answered InvalidPluginName for %s.", a)
	switch {
	case len(e.Steps) > 0:
		seen += fmt.Sprintf(" The steps of that invocation are %s.", list(quoted(e.Steps)))
	case e.Silence != nil:
		seen += fmt.Sprintf(" It did so for %s, and the steps could not be listed: %s. Allow %s with Resource \"*\".",
			round(e.Waited), bare(e.Silence.Cause), e.Silence.Action())
	default:
		seen += fmt.Sprintf(" It did so for %s, and ListCommandInvocations lists no step.", round(e.Waited))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("plugin_name"), "Step Not Found", sentences(seen,
		"plugin_name is the step's name (in a document of schema 2.x the `name` in `mainSteps`), not the plugin or action it runs. Names are case-sensitive."))
}

func accessDenied(a asked, e *runcommand.AccessDeniedError) diag.Diagnostic {
	if e.Object != "" {
		return objectDenied(a, e)
	}
	also := "ssm:ListCommands and ssm:ListCommandInvocations, allowed the same way, let errors say what is missing and why."
	if a.of == theInvocations {
		also = "This data source needs both ssm:ListCommands and ssm:ListCommandInvocations."
	}
	return diag.NewErrorDiagnostic("Access Denied", sentences(
		fmt.Sprintf("IAM does not allow %s, which reading %s needs: %s.", e.Action(), a, bare(e.Cause)),
		requestID(e.Answer),
		fmt.Sprintf("Allow the action %s with Resource \"*\": it knows no narrower one. %s A change of IAM takes some seconds to arrive.", e.Action(), also)))
}

func serviceUnavailable(a asked, e *runcommand.UnavailableError) diag.Diagnostic {
	var why string
	switch e.Why {
	case runcommand.GaveUpOutOfTime:
		why = fmt.Sprintf("No question got through for %s, all of %s.", round(e.Waited), a.patience())
	case runcommand.GaveUpUnreached:
		why = fmt.Sprintf("The service has not answered anything for %s, in %d attempts.", round(e.Waited), e.Attempts)
	case runcommand.GaveUpHopeless:
		why = "Waiting would not help."
	case runcommand.GaveUpNoValues:
		why = fmt.Sprintf("It stayed so for %s, all of %s.", round(e.Waited), a.patience())
	case runcommand.GaveUpAttempts:
		why = fmt.Sprintf("%d attempts failed one after the other, as many as max_retries, or AWS_MAX_ATTEMPTS or the profile in its place, allows.", e.Attempts)
	}
	seen := fmt.Sprintf("Nothing is known of %s.", a)
	switch {
	case e.Why == runcommand.GaveUpNoValues:
		seen = fmt.Sprintf("The service contradicts itself about %s: %s.", a, bare(e.Cause))
	case e.Cause != "":
		seen = fmt.Sprintf("Nothing is known of %s: %s.", a, bare(e.Cause))
	}
	endpoint := "endpoints.ssm, AWS_ENDPOINT_URL_SSM"
	if strings.HasPrefix(e.Action(), "s3:") {
		seen = fmt.Sprintf("The rest of the output of %s could not be read from S3: %s.", a, bare(e.Cause))
		endpoint = "endpoints.s3, AWS_ENDPOINT_URL_S3"
	}
	return diag.NewErrorDiagnostic("Service Unavailable", sentences(seen, requestID(e.Answer), why,
		"Check the region, the endpoint ("+endpoint+"), proxies, firewalls and certificates, and the service's health."))
}

// requestID names the request for AWS support.
func requestID(a runcommand.Answer) string {
	if a.RequestID == "" {
		return ""
	}
	return fmt.Sprintf("Request id: %s.", a.RequestID)
}

// sentences joins what there is to say.
func sentences(parts ...string) string {
	var said []string
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "\n\n")
}

// bare drops a full stop, so that a clause of the service fits into a sentence.
func bare(s string) string { return strings.TrimRight(s, ". \n") }

// round makes a duration fit for a message.
func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}

// list writes names as prose, at most twenty of them.
func list(names []string) string {
	const most = 20
	if rest := len(names) - most; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), rest)
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

func quoted(names []string) []string {
	var q []string
	for _, n := range names {
		q = append(q, fmt.Sprintf("%q", n))
	}
	return q
}
