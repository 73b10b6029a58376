package runcommand

// What a row weighs on Terraform's channel beside its own text: the names of its
// attributes, which are written for every row.
const (
	rowWeight  = 700
	stepWeight = 400
)

// size estimates how many bytes the command takes in Terraform's answer.
func (c *Command) size() int {
	size := rowWeight + len(c.Comment) + len(c.DocumentName) + len(c.OutputS3.BucketName) + len(c.OutputS3.KeyPrefix) + len(c.ServiceRole)
	for _, id := range c.InstanceIDs {
		size += len(id)
	}
	for _, t := range c.Targets {
		size += len(t.Key) + lengths(t.Values)
	}
	for name, values := range c.Parameters {
		size += len(name) + lengths(values)
	}
	return size
}

// size estimates how many bytes the row takes in Terraform's answer.
func (n *NodeInvocation) size() int {
	size := rowWeight + len(n.Comment) + len(n.DocumentName) + len(n.InstanceName) + len(n.TraceOutput) +
		len(n.StandardOutputURL) + len(n.StandardErrorURL) + len(n.ServiceRole)
	for _, s := range n.Steps {
		size += stepWeight + len(s.Name) + len(s.Output) + len(s.StandardOutputURL) + len(s.StandardErrorURL) +
			len(s.OutputS3.BucketName) + len(s.OutputS3.KeyPrefix)
	}
	return size
}

func lengths(list []string) int {
	size := 0
	for _, s := range list {
		size += len(s)
	}
	return size
}
