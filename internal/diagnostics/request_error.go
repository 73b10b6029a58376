// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"errors"
	"strings"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// explanation is the parts of a message about an error that any operation can return. The caller
// adds which operation failed.
type explanation struct {
	summary Text
	cause   Text // A clause without a period.
	request Text // A sentence with the request ID, "" without one.
	advice  Text // Sentences that fix the error.
}

// explain returns the explanation of an error of package runcommand. The timeout is the argument
// that limits the operation, "" if none does.
func explain(err error, timeout Text) explanation {
	f := explainRequest(err, timeout)
	var noOutput *runcommand.OutputNotReadError
	if errors.As(err, &noOutput) {
		f.cause = Textf("reading the output of step %q on node %s: ", noOutput.Step, noOutput.InstanceID) + f.cause
	}
	return f
}

// explainRequest returns the explanation of the error of a request.
func explainRequest(err error, timeout Text) explanation {
	var (
		denied        *runcommand.AccessDeniedError
		credentials   *runcommand.CredentialsError
		configuration *runcommand.ConfigurationError
		rejected      *runcommand.RejectedError
		unavailable   *runcommand.UnavailableError
		notFound      *runcommand.NotFoundError
		noStep        *runcommand.StepNotFoundError
		running       *runcommand.StillRunningError
		unfinished    *runcommand.UnfinishedListError
		endless       *runcommand.EndlessListError
		tooLarge      *runcommand.TooLargeError
		hugeResponse  *runcommand.ResponseTooLargeError
	)
	switch {
	case errors.As(err, &denied):
		return explanation{"Access Denied", Textf("%s", clause(denied.Cause)), requestID(denied.Response), allow(denied.Response)}
	case errors.As(err, &credentials):
		return explanation{"Invalid Credentials", Textf("%s", clause(credentials.Cause)), requestID(credentials.Response), credentialsAdvice(credentials)}
	case errors.As(err, &configuration):
		return explanation{"Invalid Provider Configuration", Textf("%s", clause(configuration.Cause)), "", configurationAdvice}
	case errors.As(err, &rejected):
		return explanation{"Request Rejected", Textf("%s", clause(rejected.Cause)), requestID(rejected.Response), rejectedAdvice}
	case errors.As(err, &unavailable):
		cause := Textf("%s", clause(unavailable.Cause))
		if unavailable.Cause == "" {
			cause = "there was no response"
		}
		bound := timeout
		if bound == "" {
			bound = "the time limit"
		}
		why, advice := gaveUp(unavailable, bound, "endpoints.ssm, AWS_ENDPOINT_URL_SSM")
		if unavailable.Why == runcommand.GaveUpTimedOut && unavailable.Attempts == 0 && unavailable.Cause == "" {
			cause = Textf("no request was sent before %s (%s) expired", bound, round(unavailable.Waited))
			why, advice = "Earlier requests took the time, or other requests were throttled.", "Raise "+bound+"."
		}
		if unavailable.Why == runcommand.GaveUpTimedOut && unavailable.Attempts == 0 && unavailable.Cause != "" {
			why, advice = "", "Raise "+bound+"." // Nothing failed: SendCommand was not called in time.
		}
		return explanation{"Service Unavailable", cause, requestID(unavailable.Response), sentences(why, advice)}
	case errors.As(err, &notFound):
		return explanation{"Command Not Found", Textf("Systems Manager returned no record of the command for %s", round(notFound.Waited)), "",
			"Check that the Region, and the account of the provider's credentials, are those that the command was sent with."}
	case errors.As(err, &noStep):
		return explanation{"Step Not Found", "GetCommandInvocation returned InvalidPluginName", "", "The list of invocations names a step that GetCommandInvocation does not return. Read the results again later."}
	case errors.As(err, &running):
		return explanation{"Command Still Running", Textf("the status was still %s after %s", withDetails(running.Status, running.StatusDetails), round(running.Waited)), "",
			trouble(running.Trouble)}
	case errors.As(err, &unfinished):
		var raise Text
		if timeout != "" {
			raise = "Raise " + timeout + "."
		}
		return explanation{"Service Unavailable", Textf("%s returned %d entries in %s, and there are more", unfinished.Operation, unfinished.Rows, round(unfinished.Waited)), "",
			sentences(trouble(unfinished.Trouble), raise)}
	case errors.As(err, &endless):
		return explanation{"Service Unavailable", Textf("%s returned a pagination token a second time, so the list never ends", endless.Operation), "",
			"Check the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM) and proxies, and run Terraform again."}
	case errors.As(err, &tooLarge):
		return explanation{"Answer Too Large", Textf("the list is larger than %s, and has more than %d entries", mebibytes(tooLarge.Limit), tooLarge.Rows), "",
			"Send the command to fewer nodes at a time."}
	case errors.As(err, &hugeResponse):
		return explanation{"Answer Too Large", Textf("a response is larger than %s, and no response of Systems Manager is", mebibytes(hugeResponse.Limit)), "",
			"Check what answers at the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM) and in proxies."}
	}
	return explanation{"Unexpected Error", Textf("%s", clause(err.Error())), "", "This is a defect of the provider. Please report it."}
}

// sentences joins the sentences that are not empty to a paragraph.
func sentences(all ...Text) Text {
	var given []string
	for _, sentence := range all {
		if sentence != "" {
			given = append(given, string(sentence))
		}
	}
	return Text(strings.Join(given, " "))
}

const (
	propagation         Text = "IAM changes can take a few seconds to propagate."
	rejectedAdvice      Text = "The error is not retryable. Check the arguments, and that the endpoint is an endpoint of Systems Manager."
	configurationAdvice Text = "Check these arguments of the provider block, and the environment variables and profile settings in their place: " +
		"region, endpoints (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSM), use_fips_endpoint, use_dualstack_endpoint, and user_agent."
)

// allow returns the advice for an operation without resource-level permissions that IAM denied.
func allow(r runcommand.Response) Text {
	if explicit := explicitDeny(r); explicit != "" {
		return explicit + " " + propagation
	}
	return Textf("Allow %s on Resource \"*\". The action does not support resource-level permissions. %s", r.Action(), propagation)
}

// explicitDeny returns the advice for a policy that denies the operation explicitly, or "" if the
// message of IAM does not contain "with an explicit deny in a … policy" (user guide of IAM,
// "Troubleshoot access denied error messages").
func explicitDeny(r runcommand.Response) Text {
	if !strings.Contains(r.Message, "explicit deny") {
		return ""
	}
	return "A policy denies the action explicitly. Change that policy: a statement that allows the action has no effect beside it."
}
