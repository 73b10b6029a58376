// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var completeOutput = path.Root("complete_output")

const withoutCompleteOutput Text = "To read the truncated output instead, remove complete_output."

// streamName returns the name of a stream, stdout or stderr, for a message.
func streamName(stream string) Text {
	if stream == "stderr" {
		return "standard error"
	}
	return "standard output"
}

// outputNotAvailable is the error about a truncated stream whose rest cannot be read.
func outputNotAvailable(s Subject, e *runcommand.OutputNotAvailableError) diag.Diagnostic {
	seen := Textf("Systems Manager truncated the %s of %s, and complete_output requests all of it.", streamName(e.Stream), s.text())
	var why Text
	switch e.Why {
	case runcommand.NotWrittenToS3:
		why = "The command was sent without an S3 bucket, so the rest is not in S3. Send the command with OutputS3BucketName " +
			"(`aws ssm send-command --output-s3-bucket-name`). The node's role needs s3:PutObject on the bucket."
	case runcommand.NotAnS3URL:
		why = Textf("The output URL %q is not the S3 address of this stream: the provider reads only objects in a general purpose bucket "+
			"whose key has the command ID, the instance ID, and the name of the stream, as the agent writes them.", e.URL)
	case runcommand.NoObject:
		why = Textf("The object at %s does not exist. Either its upload failed, which does not fail the command, or it was deleted. "+
			"The node's role needs s3:PutObject on the bucket.", e.URL)
		if e.Response != nil {
			why = Textf("%s (%s.)", why, clause(e.Response.Cause))
		}
	case runcommand.NotTheOutput:
		why = Textf("The object at %s does not begin with the output that Systems Manager keeps, so it is not the complete output. "+
			"It may have been overwritten, or a proxy may have answered instead of S3.", e.URL)
	}
	var cloudWatch Text
	if e.CloudWatchGroup != "" {
		cloudWatch = Textf("The text is also in CloudWatch Logs, group %s, stream %s. The agent reformats the text it sends there, "+
			"so the provider does not return it as the command's output.", e.CloudWatchGroup, e.CloudWatchStream)
	}
	return AttributeError(completeOutput, "Output Not Available", seen, s.Outcome, why, cloudWatch, withoutCompleteOutput)
}

// outputTooLarge is the error about a stream that is larger than max_output_bytes.
func outputTooLarge(s Subject, e *runcommand.OutputTooLargeError) diag.Diagnostic {
	return AttributeError(path.Root("max_output_bytes"), "Output Too Large",
		Textf("The %s of %s is %d bytes in %s, and max_output_bytes allows %d. Nothing was read.", streamName(e.Stream), s.text(), e.Size, e.Object, e.Limit),
		s.Outcome,
		"Raise max_output_bytes, or make the command write less. "+withoutCompleteOutput)
}

// objectDenied is the error about an object in S3 that the caller may not read. S3 can need several
// permissions.
func objectDenied(s Subject, e *runcommand.AccessDeniedError) diag.Diagnostic {
	return AttributeError(completeOutput, "Access Denied",
		Textf("S3 does not allow reading %s, which has the complete output of %s: %s.", e.Object, s.text(), clause(e.Cause)),
		requestID(e.Response), s.Outcome,
		"Allow s3:GetObject on the object, and kms:Decrypt on the key if the bucket is encrypted with a customer managed key. "+
			"If expected_bucket_owner is set, check that this account owns the bucket. "+
			"Without s3:ListBucket on the bucket, S3 returns the same error for an object that does not exist.",
		withoutCompleteOutput)
}

// objectRejected is the error about an object that S3 does not return, such as an archived one.
func objectRejected(s Subject, e *runcommand.RejectedError) diag.Diagnostic {
	return AttributeError(completeOutput, "Request Rejected",
		Textf("S3 rejected the request for %s, which has the complete output of %s: %s.", e.Object, s.text(), clause(e.Cause)),
		requestID(e.Response), s.Outcome,
		"Check the object, its storage class and encryption, and that the endpoint (endpoints.s3, AWS_ENDPOINT_URL_S3) is an endpoint of S3.",
		withoutCompleteOutput)
}

// OutputOmitted is the warning about output that is too large to store in the state.
func OutputOmitted(s Sending, r runcommand.RunResult) diag.Diagnostic {
	return Warning("Output Too Large",
		Textf("Storing the output of %s failed for %s: the output is larger than 16 MiB in all, which is the limit. The contents of these steps are null.",
			s.command(r.Command.CommandID), plural(r.Omitted, "step")),
		"To read the output of one node, use data \"ssm_command_invocation\". To keep the complete output, set output_s3_bucket_name.")
}
