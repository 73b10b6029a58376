// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"testing"
)

// A number that is not in the response is not 0.
func TestAbsentNumbersAreNil(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{
			"ListCommands":           always(200, commandBody("Failed", `,"TargetCount":1,"CompletedCount":1,"errorcount":3,"DeliveryTimedOutCount":null`)),
			"ListCommandInvocations": always(200, rowBody("Failed", `{"Name":"one","Status":"Failed"},{"Name":"two","Status":"Failed","ResponseCode":0},{"Name":"three","Status":"Failed","ResponseCode":null}`)),
		})
		c, err := reader.Command(t.Context(), commandQuery())
		if err != nil || c.TargetCount == nil || *c.TargetCount != 1 || c.ErrorCount != nil || c.DeliveryTimedOutCount != nil {
			t.Errorf("%+v, %v", c, err)
		}
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil || len(result.Invocations) != 1 {
			t.Fatalf("%+v, %v", result, err)
		}
		if steps := result.Invocations[0].Steps; steps[0].ResponseCode != nil || steps[1].ResponseCode == nil || *steps[1].ResponseCode != 0 || steps[2].ResponseCode != nil {
			t.Errorf("%+v", steps)
		}
	})
	// The SDK takes the first JSON value of a body, and every 2xx for a success.
	for name, answer := range map[string]func(int, string) (int, string){
		"something behind the body": always(200, invocationBody("Failed", `,"ResponseCode":7,"PluginName":"x"`)+`{"garbage`),
		"status 202":                always(202, invocationBody("Failed", `,"ResponseCode":7,"PluginName":"x"`)),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := responding(responses{"GetCommandInvocation": answer})
				if i := read(t, reader, ask()).Invocation; i.ResponseCode == nil || *i.ResponseCode != 7 {
					t.Errorf("%+v", i)
				}
			})
		})
	}
}
