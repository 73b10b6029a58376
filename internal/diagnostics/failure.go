// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"errors"
	"strings"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// failed is what an error says that can end any operation, for a message that names the operation.
type failed struct {
	summary Text
	cause   Text // A clause without a full stop.
	request Text // The ID of the request, in a sentence.
	advice  Text
}

// failure explains an error of a request. The timeout is the argument that bounds the operation, ""
// if none does.
func failure(err error, timeout Text) failed {
	f := requestFailure(err, timeout)
	var noOutput *runcommand.OutputNotReadError
	if errors.As(err, &noOutput) {
		f.cause = Textf("reading the output of step %q on node %s: ", noOutput.Step, noOutput.InstanceID) + f.cause
	}
	return f
}

// requestFailure explains the error of the request itself.
func requestFailure(err error, timeout Text) failed {
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
		return failed{"Access Denied", Textf("%s", clause(denied.Cause)), requestID(denied.Response), allow(denied.Response)}
	case errors.As(err, &credentials):
		return failed{"Invalid Credentials", Textf("%s", clause(credentials.Cause)), requestID(credentials.Response), credentialsAdvice(credentials)}
	case errors.As(err, &configuration):
		return failed{"Invalid Provider Configuration", Textf("%s", clause(configuration.Cause)), "", configurationAdvice}
	case errors.As(err, &rejected):
		return failed{"Request Rejected", Textf("%s", clause(rejected.Cause)), requestID(rejected.Response), rejectedAdvice}
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
		if unavailable.Why == runcommand.GaveUpTimedOut && unavailable.Attempts == 0 && unavailable.Cause != "" {
			why, advice = "", "Raise "+bound+"." // Nothing failed: the request waited for its turn.
		}
		return failed{"Service Unavailable", cause, requestID(unavailable.Response), sentences(why, advice)}
	case errors.As(err, &notFound):
		return failed{"Command Not Found", Textf("Systems Manager returned no record of the command for %s", round(notFound.Waited)), "",
			"Check that the Region, and the account of the provider's credentials, are those that the command was sent with."}
	case errors.As(err, &noStep):
		return failed{"Step Not Found", "GetCommandInvocation returned InvalidPluginName", "", "The list of invocations names a step that GetCommandInvocation does not return. Read the results again later."}
	case errors.As(err, &running):
		return failed{"Command Still Running", Textf("the status was still %s after %s", withDetails(running.Status, running.StatusDetails), round(running.Waited)), "",
			trouble(running.Trouble)}
	case errors.As(err, &unfinished):
		var raise Text
		if timeout != "" {
			raise = "Raise " + timeout + "."
		}
		return failed{"Service Unavailable", Textf("%s returned %d entries in %s, and there are more", unfinished.Operation, unfinished.Rows, round(unfinished.Waited)), "",
			sentences(trouble(unfinished.Trouble), raise)}
	case errors.As(err, &endless):
		return failed{"Service Unavailable", Textf("%s returned a pagination token a second time, so the list never ends", endless.Operation), "",
			"Check the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM) and proxies, and run Terraform again."}
	case errors.As(err, &tooLarge):
		return failed{"Answer Too Large", Textf("the list is larger than %s, and has more than %d entries", mebibytes(tooLarge.Limit), tooLarge.Rows), "",
			"Send the command to fewer nodes at a time."}
	case errors.As(err, &hugeResponse):
		return failed{"Answer Too Large", Textf("a response is larger than %s, and no response of Systems Manager is", mebibytes(hugeResponse.Limit)), "",
			"Check what answers at the endpoint (endpoints.ssm, AWS_ENDPOINT_URL_SSM) and in proxies."}
	}
	return failed{"Unexpected Error", Textf("%s", clause(err.Error())), "", "This is a defect of the provider. Please report it."}
}

// sentences joins sentences to a paragraph; empty ones are left out.
func sentences(all ...Text) Text {
	var said []string
	for _, sentence := range all {
		if sentence != "" {
			said = append(said, string(sentence))
		}
	}
	return Text(strings.Join(said, " "))
}

const (
	propagation         Text = "IAM changes can take a few seconds to propagate."
	rejectedAdvice      Text = "The error is not retryable. Check the arguments, and that the endpoint is an endpoint of Systems Manager."
	configurationAdvice Text = "Check these arguments of the provider block, and the environment variables and profile settings in their place: " +
		"region, endpoints (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSM), use_fips_endpoint, use_dualstack_endpoint, and user_agent."
)

// allow names the statement of a policy that allows an operation without resource-level permissions.
func allow(r runcommand.Response) Text {
	if explicit := explicitDeny(r); explicit != "" {
		return explicit + " " + propagation
	}
	return Textf("Allow %s on Resource \"*\". The action does not support resource-level permissions. %s", r.Action(), propagation)
}

// explicitDeny says that another statement does not help, if the message of IAM says so ("with an
// explicit deny in a service control policy"; user guide of IAM, "Troubleshoot access denied error
// messages").
func explicitDeny(r runcommand.Response) Text {
	if !strings.Contains(r.Message, "explicit deny") {
		return ""
	}
	return "A policy denies the action explicitly. Change that policy: a statement that allows the action has no effect beside it."
}
