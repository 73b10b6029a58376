package runcommand

import "testing"

// The truth table over the detective's finding: what "does not exist" means.
func TestJudge(t *testing.T) {
	denied := &Answer{Operation: "ListCommands", Code: "AccessDeniedException"}
	row := &NodeInvocation{Status: "InProgress"}
	status := map[bool]string{false: "InProgress", true: "Success"}
	names := func(ended bool, nodes ...string) *Command {
		return &Command{Status: status[ended], InstanceIDs: nodes, TargetCount: int32(len(nodes))}
	}
	byTag := func(ended bool, targets int32) *Command {
		return &Command{Status: status[ended], Targets: []Target{{Key: "tag:Role", Values: []string{"web"}}}, TargetCount: targets}
	}

	for name, c := range map[string]struct {
		finding    Finding
		open, over ruling // While the visibility clock runs, and after it.
	}{
		"nobody knows the command":                   {Finding{}, patience, missing},
		"the node has a row":                         {Finding{Node: row, Command: names(false, node)}, expected, expected},
		"the node has a row, the command is unknown": {Finding{Node: row}, expected, expected},
		"the node has a row, the command is denied":  {Finding{Node: row, CommandSilence: denied}, expected, expected},
		"the node has a row, the command has ended":  {Finding{Node: row, Command: names(true, node)}, expected, expected},
		"runs, names the node":                       {Finding{Command: names(false, otherNode, node)}, expected, expected},
		"runs, names the node in capitals":           {Finding{Command: names(false, "I-0AAAAAAAAAAAAAAAA")}, expected, expected},
		"runs, names other nodes":                    {Finding{Command: names(false, otherNode)}, missing, missing},
		"has ended, names other nodes":               {Finding{Command: names(true, otherNode)}, missing, missing},
		"runs, by tag":                               {Finding{Command: byTag(false, 0)}, expected, expected},
		"runs, by tag, has other rows":               {Finding{Command: byTag(false, 2), Nodes: []string{otherNode}}, expected, expected},
		"has ended, by tag, all rows are others'":    {Finding{Command: byTag(true, 1), Nodes: []string{otherNode}, complete: true}, missing, missing},
		"has ended, no node matched":                 {Finding{Command: byTag(true, 0), complete: true}, missing, missing},
		"has ended, by tag, rows are yet to come":    {Finding{Command: byTag(true, 2), Nodes: []string{otherNode}}, patience, missing},
		"has ended, names the node, no row":          {Finding{Command: names(true, node)}, patience, missing},
		"has ended, by tag, rows denied":             {Finding{Command: byTag(true, 1), NodeSilence: denied}, patience, missing},
		"runs, names the node, rows denied":          {Finding{Command: names(false, node), NodeSilence: denied}, expected, expected},
		"both denied":                                {Finding{CommandSilence: denied, NodeSilence: denied}, patience, missing},
		"command denied, no row":                     {Finding{CommandSilence: denied}, patience, missing},
		"command unanswered, no row":                 {Finding{unanswered: true}, patience, patience},
		"has ended, by tag, rows unanswered":         {Finding{Command: byTag(true, 1), unanswered: true}, patience, patience},
		"names other nodes, rows unanswered":         {Finding{Command: names(false, otherNode), unanswered: true}, missing, missing},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.finding.judge(node, false); got != c.open {
				t.Errorf("clock running: %d, want %d", got, c.open)
			}
			if got := c.finding.judge(node, true); got != c.over {
				t.Errorf("clock over: %d, want %d", got, c.over)
			}
		})
	}
}

// allow_missing rests on this: null only where both witnesses answered and
// neither knows the command.
func TestCommandUnknownNeedsBothWitnesses(t *testing.T) {
	denied := &Answer{Code: "AccessDeniedException"}
	for name, c := range map[string]struct {
		finding Finding
		want    bool
	}{
		"nobody knows it": {Finding{}, true},
		"command known":   {Finding{Command: &Command{}}, false},
		"row there":       {Finding{Node: &NodeInvocation{}}, false},
		"command denied":  {Finding{CommandSilence: denied}, false},
		"rows denied":     {Finding{NodeSilence: denied}, false},
	} {
		if got := (&NotFoundError{Finding: c.finding}).CommandUnknown(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
