package datasource

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// streamName is a stream in the words of the attributes.
func streamName(stream string) string {
	if stream == "stderr" {
		return "standard error"
	}
	return "standard output"
}

// outputNotAvailable says where the rest of a stream might have been, and what to
// send next time.
func outputNotAvailable(a asked, e *runcommand.OutputNotAvailableError) diag.Diagnostic {
	name := streamName(e.Stream)
	seen := fmt.Sprintf("The service cut the %s of %s, and complete_output asks for all of it.", name, a)
	var why string
	switch e.Why {
	case runcommand.NotWrittenToS3:
		why = "The command was sent without a bucket, so the rest is not kept in S3. Send it with OutputS3BucketName (aws ssm send-command --output-s3-bucket-name) next time; " +
			"the node's role needs s3:PutObject there."
	case runcommand.NotAnS3URL:
		why = fmt.Sprintf("The service names %q, which is not the address of an object in S3 that this provider knows.", e.URL)
	case runcommand.NoObject:
		why = fmt.Sprintf("The service names %s, but there is no such object: the upload failed, which does not fail the command, or the object was deleted since. "+
			"The node's role needs s3:PutObject on the bucket.", e.URL)
		if e.Answer != nil {
			why = fmt.Sprintf("%s (%s.)", why, bare(e.Answer.Cause))
		}
	}
	cloud := ""
	if e.CloudWatchGroup != "" {
		cloud = fmt.Sprintf("The text is also in CloudWatch Logs, group %s, stream %s. The agent joins and rewrites lines there, so it is to be looked at and no substitute.",
			e.CloudWatchGroup, e.CloudWatchStream)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("complete_output"), "Output Not Available", sentences(seen, why, cloud,
		"Without complete_output the read gives the beginning that the service keeps."))
}

// outputTooLarge says how large a stream is that was not read.
func outputTooLarge(a asked, e *runcommand.OutputTooLargeError) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("max_output_bytes"), "Output Too Large", sentences(
		fmt.Sprintf("The %s of %s has at least %d bytes in %s, and max_output_bytes allows %d. Nothing of it was taken.", streamName(e.Stream), a, e.Size, e.Object, e.Limit),
		"Raise max_output_bytes, have the command write less, or leave out complete_output to get the beginning that the service keeps."))
}

// objectDenied says what S3 needs, which is more than one permission.
func objectDenied(a asked, e *runcommand.AccessDeniedError) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("complete_output"), "Access Denied", sentences(
		fmt.Sprintf("S3 does not allow to read %s, where the rest of the output of %s is: %s.", e.Object, a, bare(e.Cause)),
		requestID(e.Answer),
		"Allow s3:GetObject on the object, and kms:Decrypt on its key where the bucket is encrypted with one of yours. "+
			"Without s3:ListBucket on the bucket, S3 gives the same answer for an object that is not there."))
}
