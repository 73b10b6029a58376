// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// ReadFailed returns the diagnostic for an error of a read in package runcommand: the request, the
// response, and how to fix the error. allowMissing is the value of that argument.
func ReadFailed(s Subject, err error, allowMissing bool) diag.Diagnostic {
	var (
		notFound      *runcommand.NotFoundError
		noStep        *runcommand.StepNotFoundError
		running       *runcommand.StillRunningError
		denied        *runcommand.AccessDeniedError
		credentials   *runcommand.CredentialsError
		configuration *runcommand.ConfigurationError
		rejected      *runcommand.RejectedError
		unavailable   *runcommand.UnavailableError
		unfinished    *runcommand.UnfinishedListError
		interrupted   *runcommand.InterruptedError
		several       *runcommand.SeveralCommandsError
		tooLarge      *runcommand.TooLargeError
		hugeResponse  *runcommand.ResponseTooLargeError
		noOutput      *runcommand.OutputNotAvailableError
		hugeOutput    *runcommand.OutputTooLargeError
		endless       *runcommand.EndlessListError
		notReady      *runcommand.NodesNotReadyError
	)
	switch {
	case errors.As(err, &notFound) && s.Node != "":
		return invocationNotFound(s, notFound, allowMissing)
	case errors.As(err, &notFound):
		return commandNotFound(s, notFound, allowMissing)
	case errors.As(err, &several):
		return severalCommands(s, several)
	case errors.As(err, &notReady):
		return managedNodesNotReady(s, notReady)
	case errors.As(err, &tooLarge):
		return answerTooLarge(s, tooLarge)
	case errors.As(err, &hugeResponse):
		return responseTooLarge(s, hugeResponse)
	case errors.As(err, &noOutput):
		return outputNotAvailable(s, noOutput)
	case errors.As(err, &hugeOutput):
		return outputTooLarge(s, hugeOutput)
	case errors.As(err, &endless):
		return endlessList(s, endless)
	case errors.As(err, &noStep):
		return stepNotFound(s, noStep)
	case errors.As(err, &running):
		return stillRunning(s, running)
	case errors.As(err, &denied) && denied.Object != "":
		return objectDenied(s, denied)
	case errors.As(err, &denied):
		return accessDenied(s, denied)
	case errors.As(err, &credentials):
		return invalidCredentials(s, credentials)
	case errors.As(err, &configuration):
		return Error("Invalid Provider Configuration",
			Textf("Reading %s failed: %s. Nothing was sent.", s.text(), clause(configuration.Cause)),
			s.Outcome,
			configurationAdvice)
	case errors.As(err, &rejected) && rejected.Object != "":
		return objectRejected(s, rejected)
	case errors.As(err, &rejected):
		return Error("Request Rejected",
			Textf("Systems Manager rejected the request for %s: %s.", s.text(), clause(rejected.Cause)),
			requestID(rejected.Response), rejectedAdvice)
	case errors.As(err, &unavailable):
		return serviceUnavailable(s, unavailable)
	case errors.As(err, &unfinished):
		return unfinishedList(s, unfinished)
	case errors.As(err, &interrupted):
		return Error("Read Interrupted",
			Textf("Reading %s was interrupted after %s. Nothing was read.%s", s.text(), round(interrupted.Waited), s.continues()))
	default:
		return Error("Unexpected Error",
			Textf("Reading %s failed: %s. This is a defect of the provider. Please report it.", s.text(), clause(err.Error())))
	}
}

func stepNotFound(s Subject, e *runcommand.StepNotFoundError) diag.Diagnostic {
	var seen Text
	switch {
	case len(e.Steps) > 0:
		seen = Textf("Reading %s failed: InvalidPluginName. The steps of this invocation are %s.", s.text(), Quoted(e.Steps))
	case e.Denied != nil:
		seen = Textf("Reading %s failed: InvalidPluginName, for %s. The provider could not list the steps: %s. To let it, allow %s on Resource \"*\".",
			s.text(), round(e.Waited), clause(e.Denied.Cause), e.Denied.Action())
	default:
		seen = Textf("Reading %s failed: InvalidPluginName, for %s. ListCommandInvocations lists no step of this invocation.", s.text(), round(e.Waited))
	}
	return AttributeError(path.Root("plugin_name"), "Step Not Found", seen,
		"Set plugin_name to the name of a step. In a document with schema version 2.x, that is the `name` in `mainSteps`, "+
			"not the plugin or action that the step runs. Names are case-sensitive.")
}

func accessDenied(s Subject, e *runcommand.AccessDeniedError) diag.Diagnostic {
	action := Textf("%s", e.Action())
	var also Text
	switch s.Kind {
	case Invocation:
		also = " To let the provider say which command, node, or step is missing, also allow ssm:ListCommands and ssm:ListCommandInvocations."
	case Invocations:
		also = " With command_id, this data source needs both ssm:ListCommands and ssm:ListCommandInvocations, unless instance_id is set."
	case Command:
		also = " With require_success, this data source needs both ssm:ListCommands and ssm:ListCommandInvocations."
	case Commands, Nodes:
	}
	return Error("Access Denied",
		Textf("IAM does not allow %s, which reading %s needs: %s.", action, s.text(), clause(e.Cause)),
		requestID(e.Response),
		Textf("Allow %s on Resource \"*\". The action does not support resource-level permissions.%s IAM changes can take a few seconds to propagate.", action, also))
}

// clockCodes are the error codes that a wrong clock of this machine causes.
var clockCodes = map[string]bool{"RequestTimeTooSkewed": true, "RequestInTheFuture": true, "RequestExpired": true}

func invalidCredentials(s Subject, e *runcommand.CredentialsError) diag.Diagnostic {
	return Error("Invalid Credentials",
		Textf("Reading %s failed: %s.", s.text(), clause(e.Cause)),
		requestID(e.Response), s.Outcome, credentialsAdvice(e))
}

// credentialsAdvice is the advice for rejected credentials.
func credentialsAdvice(e *runcommand.CredentialsError) Text {
	if clockCodes[e.Code] {
		return "Systems Manager does not accept the time at which the request was signed. Set the clock of the machine that runs Terraform."
	}
	if strings.Contains(e.Message, "valid region") {
		// "Credential should be scoped to a valid region", of a service in another Region.
		return "The endpoint belongs to another Region than the request. Check the Region, and the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM)."
	}
	return "The provider refreshed the credentials once, if their source allows that, and the request failed again.\n\n" +
		"Check that the credentials have not expired and belong to this AWS partition. Session tokens expire after hours, " +
		"sessions of an assumed role after 15 minutes by default (assume_role.duration). To renew an SSO session, run `aws sso login`."
}

func serviceUnavailable(s Subject, e *runcommand.UnavailableError) diag.Diagnostic {
	fromS3 := e.OfS3()
	seen := Textf("Reading %s failed, and nothing is known about it", s.text())
	endpoint := Text("endpoints.ssm, AWS_ENDPOINT_URL_SSM")
	switch {
	case e.Why == runcommand.GaveUpNoValues:
		seen = Textf("Systems Manager returned inconsistent results for %s", s.text())
	case fromS3:
		seen = Textf("Reading the complete output of %s from S3 failed", s.text())
		endpoint = "endpoints.s3, AWS_ENDPOINT_URL_S3"
	}
	if e.Cause != "" {
		seen = Textf("%s: %s", seen, clause(e.Cause))
	}
	why, advice := gaveUp(e, s.timeout(), endpoint)
	return Error("Service Unavailable", seen+".", requestID(e.Response), s.Outcome, why, advice)
}

// gaveUp returns the limit that ended an operation, and the advice. The timeout is the argument
// that limits the operation, and endpoint the settings for the URL of the service.
func gaveUp(e *runcommand.UnavailableError, timeout, endpoint Text) (why, advice Text) {
	advice = Textf("Check the Region, the endpoint (%s), proxies, firewalls, and certificates, and the AWS Health Dashboard.", endpoint)
	switch e.Why {
	case runcommand.GaveUpTimedOut:
		why = Textf("No request succeeded before %s (%s) expired.", timeout, round(e.Waited))
		if e.Attempts == 0 && e.Cause == "" {
			why = Textf("No request was sent before %s (%s) expired, because other reads were throttled. Raise %s, or read less at a time.", timeout, round(e.Waited), timeout)
		}
	case runcommand.GaveUpUnreached:
		why = Textf("There was no usable response for %s, in %s.", round(e.Waited), plural(e.Attempts, "attempt"))
	case runcommand.GaveUpUnreachable:
		why = "Retrying cannot help."
	case runcommand.GaveUpUnreadable:
		why = "The response did not change in 30 seconds. Retrying cannot help."
		advice = Textf("Check what answers at the endpoint (%s). For AWS itself, please report this with the request ID.", endpoint)
	case runcommand.GaveUpNoValues:
		why = Textf("The results did not agree for %s.", round(e.Waited))
		advice = "Read the command again later. If the results still disagree, contact AWS Support."
	case runcommand.GaveUpAttempts:
		why = Textf("%s failed in a row, which is the limit of max_retries, or of AWS_MAX_ATTEMPTS or the profile in its place.", plural(e.Attempts, "attempt"))
	}
	return why, advice
}
